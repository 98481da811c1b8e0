//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore
internal import XMPPPayloads
package import XMPPServer
package import XMPPStorage
internal import XMPPXML

/// Keeps what clients want to find again: any XML, for its owner only (XEP-0049 Private XML Storage).
package struct PrivateStorageModule: ServerModule {
    package let id = "private-storage"
    package let implements: [Specification] = [.xep(49, "1.2")]
    private let quota: StorageQuota

    /// What an account may keep unless the configuration says otherwise.
    package static let defaultQuota = StorageQuota(stanzas: 200, bytes: 1_048_576)

    package init(quota: StorageQuota = defaultQuota) {
        self.quota = quota
    }

    package func register(in registrar: inout ModuleRegistrar) {
        registrar.disco(feature: PrivateStorage.namespace)
        registrar.iq([.get], "query", PrivateStorage.namespace, at: [.account]) { [quota] request, server in
            guard request.isOwn else { throw Self.notOwn }
            let asked = try PrivateStorage(request.payload).elements
            guard asked.count == 1, let wanted = asked.first, Self.isAcceptable(wanted) else {
                throw StanzaError(.notAcceptable, text: "Exactly one element with a namespace of its own is asked for.")
            }
            let owner = request.to.bareString
            return .wait {
                let store = PrivateXMLStore(server.database, quota: quota)
                guard let xml = try await store.xml(wanted.name, wanted.namespace, of: owner) else {
                    return PrivateStorage([XMLElement(wanted.name, wanted.namespace)]).element
                }
                return try XMLElement(parsing: "<query xmlns='\(PrivateStorage.namespace)'>\(xml)</query>")
            }
        }
        registrar.iq([.set], "query", PrivateStorage.namespace, at: [.account]) { [quota] request, server in
            guard request.isOwn else { throw Self.notOwn }
            let elements = try PrivateStorage(request.payload).elements
            guard !elements.isEmpty, elements.allSatisfy(Self.isAcceptable) else {
                throw StanzaError(.notAcceptable, text: "Each element needs a namespace of its own.")
            }
            let entries = PrivateXMLEntry.entries(of: elements)
            let owner = request.to.bareString
            return .wait {
                do {
                    try await PrivateXMLStore(server.database, quota: quota).set(entries, of: owner)
                } catch StorageError.quotaExceeded {
                    throw StanzaError(
                        .resourceConstraint,
                        text: "At most \(quota.bytes) bytes in \(quota.stanzas) entries are kept.")
                }
                return nil
            }
        }
    }

    private static let notOwn = StanzaError(.forbidden, kind: .cancel, text: "This is somebody else's.")

    private static func isAcceptable(_ element: XMLElement) -> Bool {
        !element.namespace.isEmpty && element.namespace != PrivateStorage.namespace
    }
}

extension PrivateXMLEntry {
    /// Elements as they are stored: those of one name and namespace together. An empty one takes away what there was.
    package static func entries(of elements: [XMLElement]) -> [PrivateXMLEntry] {
        var entries: [PrivateXMLEntry] = []
        for element in elements {
            let isEmpty = element.firstChild == nil && element.text.isEmpty && element.attributes.isEmpty
            let xml = isEmpty ? "" : element.xmlString
            if let index = entries.firstIndex(where: {
                $0.name == element.name && $0.namespace == element.namespace
            }) {
                entries[index].xml += xml
            } else {
                entries.append(PrivateXMLEntry(name: element.name, namespace: element.namespace, xml: xml))
            }
        }
        return entries
    }
}
