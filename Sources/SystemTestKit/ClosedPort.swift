//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Glibc

/// A TCP port of 127.0.0.1 that refuses connections as long as this object lives: it is taken, and nobody listens.
package final class ClosedPort: Sendable {
    package let number: Int
    private let descriptor: Int32

    /// `isShared`: a server that sets SO_REUSEADDR may listen on it, and nobody else gets it before.
    package init(isShared: Bool = false) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if isShared {
            var one: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                bind(descriptor, address, length) == 0 && getsockname(descriptor, address, &length) == 0
            }
        }
        self.descriptor = descriptor
        number = Int(UInt16(bigEndian: address.sin_port))
        guard descriptor >= 0, isBound else {
            close(descriptor)
            throw ChildProcess.Failure(description: "no port can be taken")
        }
    }

    deinit {
        close(descriptor)
    }
}
