//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads

/// One run of a command: the stages it has come through. Whoever steps it takes it out of the table, so that two
/// requests at a time cannot step it twice.
struct CommandSession: Sendable {
    /// Stages of one run, and the text that may be kept of them, in bytes: commands need far fewer.
    static let maximumStages = 16
    static let maximumKept = 65_536

    /// A form, and what came back.
    struct Stage: Sendable {
        /// Nil if the requester filled in the form without having been shown it.
        var form: DataForm?
        var actions: AdHocCommand.Actions
        var answer: DataForm?
    }

    let id: String
    let node: String
    /// What the first request said (XEP-0050 §3.8: one language for the whole session).
    let language: String?
    /// The last one waits to be filled in.
    private(set) var stages: [Stage] = []

    init(id: String, node: String, language: String?) {
        self.id = id
        self.node = node
        self.language = language
    }

    /// What the current stage allows; before the first one whatever a program that needs no form to be shown asks for.
    var actions: AdHocCommand.Actions { stages.last?.actions ?? .init(execute: .complete, allowed: [.complete]) }

    /// What was filled in before the current stage.
    var earlier: [DataForm] { stages.dropLast().compactMap(\.answer) }

    /// Keeps what the current stage was filled in with.
    ///
    /// - Returns: false if that is more than is kept.
    mutating func fillIn(_ answer: DataForm) -> Bool {
        if stages.isEmpty {
            stages.append(Stage(form: nil, actions: actions, answer: answer))
        } else {
            stages[stages.count - 1].answer = answer
        }
        return stages.reduce(0) { $0 + Self.size($1.answer) } <= Self.maximumKept
    }

    /// Goes on to another stage, or shows the current one once more if it was not filled in.
    ///
    /// - Returns: false if there are too many.
    mutating func advance(to form: DataForm, next: Bool, complete: Bool) -> Bool {
        if let last = stages.last, last.answer == nil { stages.removeLast() }
        guard stages.count < Self.maximumStages else { return false }
        var allowed: Set<AdHocCommand.Action> = []
        if next { allowed.insert(.next) }
        if complete { allowed.insert(.complete) }
        if stages.last?.form != nil { allowed.insert(.prev) }
        stages.append(
            Stage(form: form, actions: .init(execute: next ? .next : .complete, allowed: allowed), answer: nil))
        return true
    }

    /// Goes back a stage, whose form then holds what it was filled in with, secrets left out.
    mutating func goBack() {
        guard stages.count > 1, stages[stages.count - 2].form != nil else { return }
        stages.removeLast()
        let index = stages.count - 1
        if let answer = stages[index].answer { stages[index].form?.remember(answer) }
        stages[index].answer = nil
    }

    /// The current stage as the requester is told it; nil before the first.
    var command: AdHocCommand? {
        guard let stage = stages.last, let form = stage.form else { return nil }
        return AdHocCommand(node: node, sessionID: id, status: .executing, actions: stage.actions, form: form)
    }

    private static func size(_ form: DataForm?) -> Int {
        guard let form else { return 0 }
        return form.fields.reduce(0) { sum, field in
            field.values.reduce(sum + (field.name?.utf8.count ?? 0)) { $0 + $1.utf8.count }
        }
    }
}

extension DataForm {
    /// Fills in what a submission says.
    fileprivate mutating func remember(_ answer: DataForm) {
        for index in fields.indices where fields[index].kind != .textPrivate && fields[index].kind != .hidden {
            guard let name = fields[index].name, let given = answer.field(name) else { continue }
            fields[index].values = given.values
        }
    }
}
