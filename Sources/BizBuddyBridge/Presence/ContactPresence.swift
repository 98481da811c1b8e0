//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import XMPPCore
import XMPPPayloads

/// What a contact shows to whoever sees it: the state exactly for programs, and in words of each language there is
/// (RFC 6121 §4.7.2.2).
struct ContactPresence {
    private let address: JID
    private let status: DepartmentStatus
    private let zone: ZoneOffsets
    private let catalogue: TextCatalogue
    private let languages: [String]
    /// By the language that goes first: many are told the same.
    private var made: [String: (nodes: [XMLNode], language: String?)] = [:]

    init(_ status: DepartmentStatus, at address: JID, _ configuration: ServiceConfiguration) {
        self.address = address
        self.status = status
        zone = configuration[department: status.department]?.hours.zone ?? .utc
        catalogue = configuration.catalogue
        languages = configuration.catalogue.languages(for: ContactAddress(address.bareString))
    }

    /// The presence for somebody who is spoken to in a language, if that is known. It goes first, for clients that show one
    /// text only, and is that of the stanza, for those that look for one without a language.
    mutating func stanza(to peer: JID, language: String?, beside news: XMLElement? = nil) -> Stanza {
        let texts = texts(language)
        let key = texts.language ?? ""
        let content = made[key] ?? content(texts)
        made[key] = content
        return Stanza(.presence, .available, from: address, to: peer) {
            content.nodes
            news
        }.speaking(content.language)
    }

    private func texts(_ language: String?) -> CustomerTexts {
        catalogue.texts(language: language, contact: ContactAddress(address.bareString))
    }

    private func words(_ texts: CustomerTexts) -> String {
        texts.status(status.state, wait: status.wait, reopens: status.reopens, zone: zone)
    }

    private func content(_ first: CustomerTexts) -> (nodes: [XMLNode], language: String?) {
        let (state, show): (BizBuddyDepartment.State, String?) =
            switch status.state {
            case .open: (.open, nil)
            case .busy: (.busy, "away")
            case .closed: (.closed, "xa")
            }
        let sentence = CustomerTexts.status(status.state, wait: status.wait, reopens: status.reopens)
        let own = words(first)
        var elements = show.map { [XMLElement("show", Namespace.client, text: $0)] } ?? []
        elements.append(XMLElement("status", Namespace.client, text: own))
        for texts in languages.map({ self.texts($0) }) where texts.language != first.language {
            let words = words(texts)
            // What is the same in every language has been said.
            guard words != own, let language = texts.language(of: sentence) else { continue }
            elements.append(XMLElement("status", Namespace.client, ["xml:lang": language], text: words))
        }
        elements.append(
            BizBuddyDepartment(
                state, wait: status.wait.flatMap { BizBuddyDepartment.Wait(rawValue: $0.rawValue) },
                reopens: status.reopens.map { Timestamp(milliseconds: $0.milliseconds) }
            ).element)
        return (elements.map { .element($0) }, first.language(of: sentence))
    }
}
