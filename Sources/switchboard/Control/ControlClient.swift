//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import NIOCore
import NIOPosix

/// Asks the running server.
enum ControlClient {
    /// An answer that is longer is none of ours.
    private static let maximumBytes = 16_777_216

    /// Nobody listens.
    private struct NobodyThere: Error {}

    /// - Throws: `CommandFailure` if the server does not run, or says that it did not work.
    static func ask(
        _ question: String, _ folder: DataFolder, _ part: ControlService.Part = .server
    ) async throws -> String {
        do {
            return try await exchange(question, ControlService.path(folder, part))
        } catch is NobodyThere {
            let path = ControlService.path(folder, part)
            throw CommandFailure(
                "The server does not run with this configuration, or you may not ask it: \(path) does not answer.")
        }
    }

    /// Nil if nobody answers because the service does not run.
    static func askIfRunning(
        _ question: String, _ folder: DataFolder, _ part: ControlService.Part
    ) async throws -> String? {
        guard ControlService.isPossible(folder, part) else {
            throw CommandFailure(
                "The path of the data folder is too long to ask the running service: \(ControlService.path(folder, part))."
            )
        }
        do {
            return try await exchange(question, ControlService.path(folder, part))
        } catch is NobodyThere {
            return nil
        }
    }

    private static func exchange(_ question: String, _ path: String) async throws -> String {
        let channel: NIOAsyncChannel<ByteBuffer, ByteBuffer>
        do {
            channel = try await ClientBootstrap(group: MultiThreadedEventLoopGroup.singleton)
                .connect(unixDomainSocketPath: path) { channel in
                    channel.eventLoop.makeCompletedFuture { try NIOAsyncChannel(wrappingChannelSynchronously: channel) }
                }
        } catch let error as IOError where error.errnoCode == EACCES || error.errnoCode == EPERM {
            throw CommandFailure("You may not ask the running service: \(path) belongs to somebody else.")
        } catch {
            throw NobodyThere()
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
