//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore

/// Something a customer can ask of a contact by an ad-hoc command (XEP-0050), as in words.
enum CustomerVerb: String, CaseIterable, Sendable {
    case help
    case position
    case callback
    case leave
    case transcript
    case alerts
    case stop
    case link
    case answer
    case export
    case erase

    var node: String { Verb.nodePrefix + rawValue }

    static func at(node: String) -> CustomerVerb? {
        node.hasPrefix(Verb.nodePrefix) ? CustomerVerb(rawValue: String(node.dropFirst(Verb.nodePrefix.count))) : nil
    }

    /// What a list of commands shows.
    var title: CustomerText {
        switch self {
        case .help: .titleHelp
        case .position: .titlePosition
        case .callback: .titleCallback
        case .leave: .titleLeave
        case .transcript: .titleTranscript
        case .alerts: .titleAlerts
        case .stop: .titleStop
        case .link: .titleLink
        case .answer: .titleAnswer
        case .export: .titleExport
        case .erase: .titleErase
        }
    }
}
