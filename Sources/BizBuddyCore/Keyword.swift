//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Words that act while nobody has accepted, if they are the whole text.
enum Keyword: String, Hashable, Sendable, CaseIterable {
    case position
    case leave
    case help
    case callback
    case transcript

    var text: CustomerText {
        switch self {
        case .position: .keywordPosition
        case .leave: .keywordLeave
        case .help: .keywordHelp
        case .callback: .keywordCallback
        case .transcript: .keywordTranscript
        }
    }
}
