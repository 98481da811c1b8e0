//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// A thread for ``UnboundQueries``: libunbound tells of answers by a file descriptor that only it may read, so no event
/// loop can take it.
enum ResolverThread {
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Whether a thread could be started for `body`.
    static func start(_ body: @escaping @Sendable () -> Void) -> Bool {
        let own = Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let status = pthread_create(&thread, nil, ResolverThread.main, own.toOpaque())
        guard status == 0 else {
            own.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { body in
        if let body { Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run() }
        return nil
    }
}

/// Wakes a thread that waits for a file descriptor.
struct WakeUp: ~Copyable, Sendable {
    private let reading: Int32
    private let writing: Int32

    /// Nil if the process has too many files open.
    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        reading = ends[0]
        writing = ends[1]
        for end in ends {
            _ = fcntl(end, F_SETFL, O_NONBLOCK)
            _ = fcntl(end, F_SETFD, FD_CLOEXEC)
        }
    }

    deinit {
        close(reading)
        close(writing)
    }

    /// Wakes the thread, or keeps it from falling asleep.
    func signal() {
        var byte: UInt8 = 1
        // A full pipe wakes as well.
        _ = write(writing, &byte, 1)
    }

    /// Waits for a signal, `descriptor` or the end of the time (-1: for ever); whether `descriptor` can be read.
    func wait(and descriptor: Int32, milliseconds: Int32) -> Bool {
        var set = [
            pollfd(fd: reading, events: Int16(POLLIN), revents: 0),
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&set, 2, milliseconds) > 0 else { return false }
        if set[0].revents != 0 {
            var bytes = [UInt8](repeating: 0, count: 64)
            while read(reading, &bytes, bytes.count) == bytes.count {}
        }
        return set[1].revents != 0
    }
}
