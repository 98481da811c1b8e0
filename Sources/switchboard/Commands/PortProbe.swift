//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Glibc

/// Finds out whether a TCP port could be listened at, by doing so for a moment.
enum PortProbe {
    enum Outcome: Sendable, Equatable {
        case free, taken, forbidden, noSuchAddress
        case failed(String)
    }

    /// Tries an address, which must be an IP address in figures, and a port.
    static func probe(address: String, port: Int) -> Outcome {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(address, String(port), &hints, &found) == 0, let info = found else { return .noSuchAddress }
        defer { freeaddrinfo(found) }
        let descriptor = socket(info.pointee.ai_family, info.pointee.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return outcome(errno) }
        defer { close(descriptor) }
        var isOn: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isOn, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, info.pointee.ai_addr, info.pointee.ai_addrlen) == 0, listen(descriptor, 1) == 0 else {
            return outcome(errno)
        }
        return .free
    }

    private static func outcome(_ code: Int32) -> Outcome {
        switch code {
        case EADDRINUSE: .taken
        case EACCES, EPERM: .forbidden
        case EADDRNOTAVAIL, EAFNOSUPPORT: .noSuchAddress
        default: .failed(String(cString: strerror(code)))
        }
    }
}
