//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Glibc
internal import Synchronization

/// Another program that runs for a test.
///
/// In place of Foundation's `Process`, which reads beyond the end of a buffer when it lists this process's open files,
/// and so now and then kills a test run that has some thousand of them.
package final class ChildProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    /// No program may start between the making of a pipe and its mark: a long one would keep the pipe open.
    private static let lock = Mutex(())

    private let id: pid_t

    /// Starts `program`, a path or a name in `PATH`; it reads nothing.
    ///
    /// What it prints goes to the descriptor `output`, and what it says about itself to `errors`, if there are any.
    /// Throws ``Failure`` if it cannot be started.
    package init(_ program: String, _ arguments: [String], output: Int32? = nil, errors: Int32? = nil) throws {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        if let output {
            posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0)
        }
        if let errors {
            posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0)
        }
        // Threads of a pool block signals, and a child inherits that: it could not be asked to end.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var words = ([program] + arguments).map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var id = pid_t()
        let status = Self.lock.withLock { _ in posix_spawnp(&id, program, &actions, &attributes, &words, environ) }
        guard status == 0 else { throw Failure(description: "\(program): \(String(cString: strerror(status)))") }
        self.id = id
    }

    /// Starts `program` and waits until it says something about itself that contains `words`; afterwards nobody listens.
    ///
    /// - Throws: ``Failure`` if it cannot be started, ends before, or says nothing of the kind in time.
    package static func start(
        _ program: String, _ arguments: [String], saying words: String, within seconds: Int32 = 20
    ) throws -> ChildProcess {
        let ends = try pipe()
        defer { close(ends.reading) }
        let child: ChildProcess
        do {
            defer { close(ends.writing) }
            child = try ChildProcess(program, arguments, errors: ends.writing)
        }
        var said: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        var state = pollfd(fd: ends.reading, events: Int16(POLLIN), revents: 0)
        while said.firstRange(of: Array(words.utf8)) == nil {
            let count = poll(&state, 1, seconds * 1000) > 0 ? read(ends.reading, &part, part.count) : 0
            guard count > 0 else {
                child.terminate()
                child.waitUntilExit()
                throw Failure(description: "\(program) has only said: \(String(decoding: said, as: UTF8.self))")
            }
            said += part[..<count]
        }
        return child
    }

    private static func pipe() throws -> (reading: Int32, writing: Int32) {
        var ends: [Int32] = [-1, -1]
        let isOpen = lock.withLock { _ in
            Glibc.pipe(&ends) == 0 && ends.allSatisfy { fcntl($0, F_SETFD, FD_CLOEXEC) == 0 }
        }
        guard isOpen else { throw Failure(description: "no pipe can be made") }
        return (ends[0], ends[1])
    }

    /// Asks it to end (SIGTERM).
    package func terminate() {
        kill(id, SIGTERM)
    }

    /// Waits for its end; its exit status, 128 and the signal where one ended it. To be called once.
    @discardableResult package func waitUntilExit() -> Int32 {
        var status: Int32 = 0
        while waitpid(id, &status, 0) == -1, errno == EINTR {}
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + status & 0x7f
    }

    /// What `program` prints.
    ///
    /// - Throws: ``Failure`` if it cannot be started or its exit status is not 0.
    @discardableResult package static func run(_ program: String, _ arguments: [String]) throws -> [UInt8] {
        let ends = try pipe()
        defer { close(ends.reading) }
        let child: ChildProcess
        do {
            defer { close(ends.writing) }
            child = try ChildProcess(program, arguments, output: ends.writing)
        }
        var printed: [UInt8] = []
        var part = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(ends.reading, &part, part.count)
            if count == -1, errno == EINTR { continue }
            guard count > 0 else { break }
            printed += part[..<count]
        }
        let status = child.waitUntilExit()
        guard status == 0 else {
            throw Failure(description: "\(program) \(arguments.joined(separator: " ")): exit status \(status)")
        }
        return printed
    }
}
