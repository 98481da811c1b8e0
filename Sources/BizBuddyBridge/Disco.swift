//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What entities of the bridge say about themselves (XEP-0030).
enum Disco {
    static let common = [
        DiscoveryInfo.namespace, DiscoveryItems.namespace, Ping.namespace, SoftwareVersion.namespace,
        AdHocCommand.namespace,
    ]

    static func component(_ texts: CustomerTexts) -> DiscoveryInfo {
        DiscoveryInfo(
            identities: [
                .init(
                    category: "collaboration", type: "workgroup", name: texts[.serviceName], language: texts.language),
                .init(category: "conference", type: "text", name: texts[.serviceRooms], language: texts.language),
            ],
            features: common + [Workgroup.namespace, MUC.namespace])
    }

    /// A department's contact or workgroup (XEP-0142 §4): a queue that is also somebody to write to.
    static func workgroup(
        named name: String, about: String?, status: String?, policy: DataForm, _ texts: CustomerTexts
    ) -> DiscoveryInfo {
        DiscoveryInfo(
            identities: [
                .init(category: "collaboration", type: "workgroup", name: name),
                .init(category: "account", type: "registered", name: name),
            ],
            features: common + [Workgroup.namespace, VCard.namespace],
            forms: [
                DataForm(
                    .result, formType: Workgroup.infoFormType,
                    fields: [
                        DataForm.Field("workgroup#description", label: texts[.fieldAbout], values: [about ?? name]),
                        DataForm.Field("workgroup#online", label: texts[.fieldStatus], values: [status ?? ""]),
                    ]),
                policy,
            ])
    }

    static func room(named name: String) -> DiscoveryInfo {
        DiscoveryInfo(
            identities: [.init(category: "conference", type: "text", name: name)],
            features: [
                AdHocCommand.namespace, DiscoveryInfo.namespace, MUC.namespace, "muc_hidden", "muc_membersonly",
                "muc_nonanonymous",
                "muc_temporary", "muc_unmoderated", "muc_unsecured",
            ])
    }
}

extension BridgeCore {
    /// Answers what any entity is asked.
    func discovery(_ request: Stanza, _ payload: XMLElement, _ addressee: Addressee) -> Stanza? {
        if case .nobody = addressee { return request.reply(StanzaError(.serviceUnavailable)) }
        switch (payload.name, payload.namespace, request.type) {
        case ("ping", Ping.namespace, .get): return request.result()
        case ("query", SoftwareVersion.namespace, .get):
            return request.result(SoftwareVersion(name: "Switchboard", version: "0.1").element)
        case ("query", DiscoveryInfo.namespace, .get):
            guard payload["node"] == nil else { return request.reply(StanzaError(.itemNotFound)) }
            return request.result(info(of: addressee, request.content.language)?.element)
        case ("query", DiscoveryItems.namespace, .get):
            return request.result(items(of: addressee, node: payload["node"]).element)
        case ("vCard", VCard.namespace, .get):
            return vCard(of: addressee, request.content.language).map { request.result($0) }
                ?? request.reply(StanzaError(.itemNotFound))
        case ("vCard", VCard.namespace, .set): return request.reply(StanzaError(.forbidden))
        default: return request.reply(StanzaError(.serviceUnavailable))
        }
    }

    private func info(of addressee: Addressee, _ language: String?) -> DiscoveryInfo? {
        func workgroup(
            at address: JID?, named name: String, about: String?, status: DepartmentStatus?
        ) -> DiscoveryInfo {
            let contact = ContactAddress(address?.bareString ?? "")
            let texts = service.configuration.catalogue.texts(language: language, contact: contact)
            let status = status.map { status in
                texts.status(
                    status.state, wait: status.wait, reopens: status.reopens,
                    zone: service.configuration[department: status.department]?.hours.zone ?? .utc)
            }
            return Disco.workgroup(
                named: name, about: about, status: status,
                policy: configuration.privacy.policyForm(of: contact, texts), texts)
        }
        return switch addressee {
        case .component: Disco.component(service.configuration.catalogue.texts(language: language, contact: nil))
        case .contact(let contact):
            workgroup(
                at: contact.address, named: contact.name, about: contact.card.about,
                status: combinedStatus(of: contact.departments))
        case .workgroup(let department):
            workgroup(
                at: addresses.workgroup(of: department), named: name(of: department),
                about: declaredContact(at: department)?.card.about, status: service.published[department]?.status)
        case .conversation, .nobody: nil
        }
    }

    /// The component's workgroups and contacts; conversations are nobody else's business.
    private func items(of addressee: Addressee, node: String?) -> DiscoveryItems {
        guard case .component = addressee, node == nil else { return DiscoveryItems(node: node) }
        let workgroups = configuration.departments.compactMap { department in
            addresses.workgroup(of: department.id).map { DiscoveryItems.Item($0, name: department.name) }
        }
        let known = Set(workgroups.map(\.jid))
        let contacts = addresses.allContacts.filter { !known.contains($0.address) }
            .map { DiscoveryItems.Item($0.address, name: $0.name) }
        return DiscoveryItems(items: workgroups + contacts)
    }

    private func vCard(of addressee: Addressee, _ language: String?) -> XMLElement? {
        switch addressee {
        case .contact(let contact): Self.vCard(named: contact.name, contact.card)
        case .workgroup(let department):
            Self.vCard(
                named: name(of: department), declaredContact(at: department)?.card ?? BridgeConfiguration.Card())
        case .component:
            Self.vCard(
                named: service.configuration.catalogue.texts(language: language, contact: nil)[.serviceName])
        case .conversation, .nobody: nil
        }
    }

    /// In front of other servers a workgroup's address is a contact as well.
    private func declaredContact(at department: DepartmentID) -> BridgeConfiguration.Contact? {
        addresses.workgroup(of: department).flatMap { addresses.contact(ContactAddress($0.bareString)) }
    }

    private func name(of department: DepartmentID) -> String {
        declaredContact(at: department)?.name ?? service.configuration[department: department]?.name
            ?? department.rawValue
    }

    private static func vCard(
        named name: String, _ card: BridgeConfiguration.Card = BridgeConfiguration.Card()
    ) -> XMLElement {
        func text(_ name: String, _ value: String?) -> XMLElement? {
            value.map { XMLElement(name, VCard.namespace, text: $0) }
        }
        func group(_ name: String, _ inner: String, _ value: String?) -> XMLElement? {
            text(inner, value).map { inner in XMLElement(name, VCard.namespace) { inner } }
        }
        return XMLElement("vCard", VCard.namespace) {
            text("FN", name)
            group("ORG", "ORGNAME", card.organisation)
            text("DESC", card.about)
            text("URL", card.url)
            group("EMAIL", "USERID", card.email)
            group("TEL", "NUMBER", card.telephone)
        }
    }
}
