//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc
import Synchronization

/// A TCP connection that ends by itself when its time is over, whatever the library that uses it is doing.
///
/// libldap's own time-outs count while it waits for the network; a server that never stops talking keeps it busy for ever.
final class LDAPSocket: Sendable {
    /// The library's, which closes it.
    let descriptor: Int32
    /// A name of our own for the same connection, so that no other connection is ever hit.
    private let handle: Mutex<Int32?>

    /// Connects. Waits for the name server and for the network, for the latter at most until `end`.
    init(host: String, port: Int, until end: ContinuousClock.Instant) throws {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(host, String(port), &hints, &list) == 0 else { throw SourceFailure("cannot be found") }
        defer { freeaddrinfo(list) }
        var next = list
        while let entry = next?.pointee {
            next = entry.ai_next
            if let descriptor = Self.connect(entry, until: end) {
                self.descriptor = descriptor
                handle = Mutex(fcntl(descriptor, F_DUPFD_CLOEXEC, 0))
                return
            }
        }
        throw SourceFailure("cannot be reached")
    }

    deinit { release() }

    /// Ends the connection: whoever reads or writes fails at once.
    func end() {
        handle.withLock { handle in
            if let handle { _ = shutdown(handle, Int32(SHUT_RDWR)) }
        }
    }

    /// It needs no watching any more.
    func release() {
        handle.withLock { handle in
            if let handle { close(handle) }
            handle = nil
        }
    }

    private static func connect(_ entry: addrinfo, until end: ContinuousClock.Instant) -> Int32? {
        let flags = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(entry.ai_family, flags, 0)
        guard descriptor >= 0 else { return nil }
        var isOpen = Glibc.connect(descriptor, entry.ai_addr, entry.ai_addrlen) == 0
        if !isOpen, errno == EINPROGRESS {
            let left = max(0, min(60_000, Int((end - ContinuousClock.now) / .milliseconds(1))))
            var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
            var error: Int32 = 0
            var length = socklen_t(MemoryLayout<Int32>.size)
            isOpen =
                poll(&waiting, 1, Int32(left)) == 1
                && getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &length) == 0 && error == 0
        }
        guard isOpen, fcntl(descriptor, F_SETFL, 0) == 0 else {
            close(descriptor)
            return nil
        }
        return descriptor
    }
}
