//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import XMPPDNS

extension PeerConnecting {
    /// The same, for no longer than until `deadline`: a domain may have many servers that do not answer.
    func connect(
        to domain: String, on loop: any EventLoop, excluding: Set<ServiceTarget>, until deadline: NIODeadline
    ) async throws -> PeerConnection {
        let rest = (deadline - .now()).nanoseconds
        let late = OutgoingFailure(.timeout, "It took too long to reach a server of the domain.")
        guard rest > 0 else { throw late }
        return try await withThrowingTaskGroup(of: PeerConnection?.self) { group in
            group.addTask { try await self.connect(to: domain, on: loop, excluding: excluding) }
            group.addTask {
                try await Task.sleep(for: .nanoseconds(rest))
                return nil
            }
            let first = try await group.next() ?? nil
            group.cancelAll()
            if let first { return first }
            // It may have come in the same moment.
            while let other = await group.nextResult() {
                if case .success(let connection?) = other { connection.channel.close(promise: nil) }
            }
            throw late
        }
    }
}
