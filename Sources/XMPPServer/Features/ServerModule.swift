//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// A specification that a feature implements, for the list of what the server supports.
package struct Specification: Sendable, Hashable {
    /// `XEP-0199` or `RFC 6121`.
    package let name: String
    package let version: String
    /// What of it is left out, if anything.
    package let note: String?

    package init(_ name: String, _ version: String, note: String? = nil) {
        self.name = name
        self.version = version
        self.note = note
    }

    package static func xep(_ number: Int, _ version: String, note: String? = nil) -> Specification {
        let digits = String(number)
        return Specification(
            "XEP-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits, version, note: note)
    }
}

/// A feature of the server. It declares what it does; the host checks, orders and freezes the declarations before the
/// listeners open.
package protocol ServerModule: Sendable {
    /// Short and stable, as it appears in logs and metrics: `roster`.
    var id: String { get }
    var implements: [Specification] { get }
    /// Declares handlers, hooks and contributions. Called once.
    func register(in registrar: inout ModuleRegistrar)
    /// Loads what the feature holds in memory, before the listeners open.
    func prepare(_ server: ServerCore) async throws
    /// A service that runs beside the listeners until it is cancelled.
    func run(_ server: ServerCore) async throws
}

extension ServerModule {
    package var implements: [Specification] { [] }
    package func prepare(_ server: ServerCore) async throws {}
    package func run(_ server: ServerCore) async throws {}
}
