//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle

/// Answers other processes of this program on this machine: a socket in the data folder, which only its owner may use.
struct ControlService: Service {
    /// Answers a question, which is one line; what is thrown is told to whoever asks.
    typealias Answer = @Sendable () async throws -> String

    /// Does something with what stands after its word.
    typealias Task = @Sendable (String) async throws -> String

    private let path: String
    private let answers: [String: Answer]
    private let tasks: [String: Task]
    private let log: Logger

    /// - answers: by question.
    /// - tasks: by the first word of a question.
    init(
        _ folder: DataFolder, _ part: Part = .server, answers: [String: Answer] = [:], tasks: [String: Task] = [:],
        log: Logger
    ) {
        path = Self.path(folder, part)
        self.answers = answers
        self.tasks = tasks
        self.log = log
    }

    /// Which part of the program answers: in one process or in two, each has its own socket.
    enum Part: String {
        case server = "control"
        case bridge
    }

    static func path(_ folder: DataFolder, _ part: Part = .server) -> String {
        "\(folder.path)/\(part.rawValue).socket"
    }

    /// Whether the system takes the path: if not, nobody answers although the service runs.
    static func isPossible(_ folder: DataFolder, _ part: Part) -> Bool {
        path(folder, part).utf8.count <= maximumPathBytes
    }

    private static let unfinished = ".new"
    /// The longest path that the system takes for a socket.
    private static let maximumPathBytes = 107 - unfinished.utf8.count

    func run() async throws {
        guard path.utf8.count <= Self.maximumPathBytes else {
            log.warning(
                "The running server cannot be asked for its state: the path of the data folder is too long",
                metadata: ["path": "\(path)"])
            try await gracefulShutdown()
            return
        }
        let channel = try await open()
        try? await gracefulShutdown()
        try? await channel.close()
        try? FileManager.default.removeItem(atPath: path)
    }

    private func open() async throws -> any Channel {
        let channel = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelInitializer { [answers, tasks] channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ControlHandler(answers, tasks))
                }
            }
            .bind(unixDomainSocketPath: path + Self.unfinished, cleanupExistingSocketFile: true).get()
        do {
            // It has its name when nobody else may use it any more.
            let files = FileManager.default
            try files.setAttributes([.posixPermissions: 0o600], ofItemAtPath: path + Self.unfinished)
            if files.fileExists(atPath: path) { try files.removeItem(atPath: path) }
            try files.moveItem(atPath: path + Self.unfinished, toPath: path)
        } catch {
            try? await channel.close()
            throw CommandFailure("The access to \(path) cannot be restricted: \(error)")
        }
        return channel
    }
}
