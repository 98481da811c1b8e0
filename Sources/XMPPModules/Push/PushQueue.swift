//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Where notifications of one device go.
struct PushTarget: Hashable, Sendable {
    /// The bare JID.
    let account: String
    let service: String
    let node: String
}

/// Lets only so many notifications be on their way at a time, to one service and in all; the others wait for their turn.
/// Pure.
struct PushQueue: Sendable {
    /// First in, first out.
    private struct Line: Sendable {
        private var incoming: [PushTarget] = []
        private var outgoing: [PushTarget] = []

        var isEmpty: Bool { incoming.isEmpty && outgoing.isEmpty }

        mutating func append(_ target: PushTarget) { incoming.append(target) }

        mutating func popFirst() -> PushTarget? {
            if outgoing.isEmpty {
                outgoing = incoming.reversed()
                incoming = []
            }
            return outgoing.popLast()
        }
    }

    private struct Service: Sendable {
        var line = Line()
        var outstanding = 0
    }

    /// Most on their way to one service.
    let perService: Int
    /// Most on their way in all.
    let limit: Int
    private(set) var outstanding = 0
    private var services: [String: Service] = [:]
    /// Services that could go on if there were not so many of others.
    private var stalled: [String] = []

    init(perService: Int, limit: Int) {
        self.perService = perService
        self.limit = limit
    }

    /// Adds a notification, which must be in the queue only once.
    ///
    /// - Returns: what may go out now.
    mutating func add(_ target: PushTarget) -> [PushTarget] {
        services[target.service, default: Service()].line.append(target)
        return start(target.service)
    }

    /// A notification to the service has come to its end.
    ///
    /// - Returns: what may go out now.
    mutating func finished(_ service: String) -> [PushTarget] {
        guard services[service] != nil else { return [] }
        services[service]?.outstanding -= 1
        outstanding -= 1
        // Those of others first, who have waited for this.
        let waiting = stalled
        stalled = []
        return (waiting.filter { $0 != service } + [service]).flatMap { start($0) }
    }

    private mutating func start(_ name: String) -> [PushTarget] {
        guard var service = services[name] else { return [] }
        var started: [PushTarget] = []
        while service.outstanding < perService, !service.line.isEmpty {
            guard outstanding < limit else {
                if !stalled.contains(name) { stalled.append(name) }
                break
            }
            guard let target = service.line.popFirst() else { break }
            service.outstanding += 1
            outstanding += 1
            started.append(target)
        }
        services[name] = service.outstanding == 0 && service.line.isEmpty ? nil : service
        return started
    }
}
