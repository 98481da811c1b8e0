//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// One thing that was looked at on the way to another server.
package struct CheckStep: Sendable, Equatable {
    /// In the order in which they are done.
    package enum Stage: String, Sendable, CaseIterable {
        /// The rules of this server.
        case policy
        /// SRV records and addresses.
        case dns
        /// Whether DNSSEC proves them, and TLSA records.
        case dnssec
        case tcp
        case tls
        case certificate
        /// What the other server offers.
        case features
        case authentication
    }

    package enum Outcome: String, Sendable {
        case ok
        /// It works, and could be better, or cannot be told from here.
        case note
        case failed
    }

    package let stage: Stage
    package let outcome: Outcome
    /// What was found.
    package let detail: String
    /// How to mend it, and who has to.
    package let remedy: String?

    package init(_ stage: Stage, _ outcome: Outcome = .ok, _ detail: String, remedy: String? = nil) {
        self.stage = stage
        self.outcome = outcome
        self.detail = detail
        self.remedy = remedy
    }
}

/// What came of a check.
package struct CheckReport: Sendable, Equatable {
    package let domain: String
    package let steps: [CheckStep]

    package init(domain: String, steps: [CheckStep]) {
        self.domain = domain
        self.steps = steps
    }

    /// For people, in lines.
    package var text: String {
        var lines: [String] = []
        for step in steps {
            let mark =
                switch step.outcome {
                case .ok: "good "
                case .note: "note "
                case .failed: "ERROR"
                }
            lines.append("\(mark)  \(step.stage.rawValue): \(Self.printable(step.detail))")
            if let remedy = step.remedy, step.outcome != .ok { lines.append("       \(Self.printable(remedy)).") }
        }
        lines.append(isOK ? "\(domain) can be reached." : "\(domain) cannot be reached: see what stands at ERROR.")
        return lines.joined(separator: "\n")
    }

    /// Without what a stranger's text could do to a terminal.
    private static func printable(_ text: String) -> String {
        String(
            String.UnicodeScalarView(text.unicodeScalars.map { $0.properties.generalCategory == .control ? " " : $0 }))
    }

    /// Whether stanzas can be exchanged, as far as can be told from here.
    package var isOK: Bool { !steps.contains { $0.outcome == .failed } }
}
