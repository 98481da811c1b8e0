//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Synchronization

/// The certificates of a server by the name a client asks for (RFC 6066 §3), swapped as a whole on reload.
///
/// Connections that stand keep the context they started with; the next ClientHello sees the new ones.
package final class TLSContextStore: Sendable {
    private struct Contexts: Sendable {
        let fallback: TLSContext
        let byName: [String: TLSContext]
    }

    private let contexts: Mutex<Contexts>

    /// - `fallback`: for clients that name no server or one we do not know.
    /// - `byName`: exact names and wildcards (`*.example.org`).
    package init(fallback: TLSContext, byName: [String: TLSContext] = [:]) {
        contexts = Mutex(TLSContextStore.contexts(fallback, byName))
    }

    /// Replaces everything at once (SIGHUP). Load and check the new contexts first.
    package func replace(fallback: TLSContext, byName: [String: TLSContext] = [:]) {
        let new = TLSContextStore.contexts(fallback, byName)
        contexts.withLock { $0 = new }
    }

    /// The context for clients that name no server.
    package var fallback: TLSContext {
        contexts.withLock { $0.fallback }
    }

    /// The context for `name`: exact, else by wildcard of the first label, else nil.
    package func context(for name: String) -> TLSContext? {
        let name = TLSContextStore.canonical(name)
        return contexts.withLock { contexts in
            contexts.byName[name] ?? TLSContextStore.wildcard(for: name).flatMap { contexts.byName[$0] }
        }
    }

    /// All contexts, each once, for warnings about validity.
    package var all: [TLSContext] {
        contexts.withLock { contexts in
            var result = [contexts.fallback]
            for context in contexts.byName.values where !result.contains(where: { $0 === context }) {
                result.append(context)
            }
            return result
        }
    }

    private static func contexts(_ fallback: TLSContext, _ byName: [String: TLSContext]) -> Contexts {
        let pairs = byName.map { (canonical($0.key), $0.value) }
        return Contexts(fallback: fallback, byName: Dictionary(pairs, uniquingKeysWith: { _, last in last }))
    }

    /// Lower case, without the dot of the root.
    static func canonical(_ name: String) -> String {
        let name = name.lowercased()
        return name.hasSuffix(".") ? String(name.dropLast()) : name
    }

    /// `*.example.org` for `chat.example.org`; nil for a single label.
    static func wildcard(for name: String) -> String? {
        guard let dot = name.firstIndex(of: "."), dot != name.startIndex else { return nil }
        return "*" + name[dot...]
    }
}
