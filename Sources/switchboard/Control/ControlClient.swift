//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import NIOCore
import NIOPosix

/// Asks the running server.
enum ControlClient {
    /// An answer that is longer is none of ours.
    private static let maximumBytes = 16_777_216

    /// - Throws: `CommandFailure` if the server does not run, or says that it did not work.
    static func ask(_ question: String, _ folder: DataFolder) async throws -> String {
        let path = ControlService.path(folder)
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch {
            throw CommandFailure(
                "The server does not run with this configuration, or you may not ask it: \(path) does not answer.")
        }
        let answer = try await channel.executeThenClose { inbound, outbound in
            try await outbound.write(ByteBuffer(string: question + "\n"))
            var answer = ByteBuffer()
            for try await var part in inbound {
                answer.writeBuffer(&part)
                guard answer.readableBytes <= maximumBytes else { throw CommandFailure("The answer is too long.") }
            }
            return String(buffer: answer)
        }
        let parts = answer.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { throw CommandFailure("The server has ended before its answer.") }
        guard parts[0] == "ok" else { throw CommandFailure(String(parts[1])) }
        return String(parts[1])
    }
}
