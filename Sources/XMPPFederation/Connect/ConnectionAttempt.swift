//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore
internal import NIOPosix
internal import Synchronization

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// One TCP connection on its way. Cancelling the task ends it at once.
final class ConnectionAttempt: Sendable {
    /// How long a server may take to answer.
    static let timeout = TimeAmount.seconds(10)

    enum Outcome: Sendable {
        case connected(any Channel)
        /// With the reason.
        case failed(String)
    }

    private struct State {
        var channel: (any Channel)?
        var isCancelled = false
    }

    private let state = Mutex(State())

    /// Connects; the channel does not read, and its pipeline is empty.
    func run(to address: SocketAddress, on loop: any EventLoop) async -> Outcome {
        let bootstrap = ClientBootstrap(group: loop)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.autoRead, value: false)
            .connectTimeout(ConnectionAttempt.timeout)
            .channelInitializer { channel in
                self.hold(channel)
                return channel.eventLoop.makeSucceededVoidFuture()
            }
        return await withTaskCancellationHandler {
            do {
                return .connected(try await bootstrap.connect(to: address).get())
            } catch {
                return .failed(ConnectionAttempt.reason(error))
            }
        } onCancel: {
            cancel()
        }
    }

    private func hold(_ channel: any Channel) {
        let isCancelled = state.withLock { state in
            state.channel = channel
            return state.isCancelled
        }
        if isCancelled { channel.close(promise: nil) }
    }

    private func cancel() {
        let channel = state.withLock { state in
            state.isCancelled = true
            return state.channel
        }
        channel?.close(promise: nil)
    }

    /// In words of an operator.
    private static func reason(_ error: any Error) -> String {
        switch error {
        case let error as IOError:
            switch error.errnoCode {
            case ECONNREFUSED: "connection refused: no server listens there, or a firewall says so"
            case ENETUNREACH, EHOSTUNREACH: "there is no route to it from here"
            case ECONNRESET: "the connection was reset"
            default: String(cString: strerror(error.errnoCode))
            }
        case ChannelError.connectTimeout: "no answer within \(timeout.nanoseconds / 1_000_000_000) seconds"
        default: "\(error)"
        }
    }
}
