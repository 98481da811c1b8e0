//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// The opening tag of a stream (RFC 6120 §4.7).
package struct StreamHeader: Sendable, Equatable {
    package var name: String
    package var namespace: String
    /// The default namespace that the header declares: the content namespace (RFC 6120 §4.8.2).
    package var contentNamespace: String
    package var to: String?
    package var from: String?
    package var id: String?
    package var version: String?
    package var language: String?
    /// Attributes in other namespaces, by `{namespace}name`.
    package var extensions: [String: String]

    package init(
        contentNamespace: String = Namespace.client, to: String? = nil, from: String? = nil, id: String? = nil,
        version: String? = "1.0", language: String? = nil, extensions: [String: String] = [:]
    ) {
        name = "stream"
        namespace = Namespace.streams
        self.contentNamespace = contentNamespace
        self.to = to
        self.from = from
        self.id = id
        self.version = version
        self.language = language
        self.extensions = extensions
    }
}

/// What a stream parser finds.
package enum XMLStreamEvent: Sendable {
    /// The stream was opened.
    indirect case opened(StreamHeader)
    /// A whole first-level element.
    case element(XMLElement)
    /// The stream was closed by its end tag.
    case closed
}
