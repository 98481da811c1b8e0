//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import NIOCore

#if canImport(Glibc)
internal import Glibc
#elseif canImport(Musl)
internal import Musl
#endif

/// How many threads the server uses.
package enum ServerThreads {
    /// The processors this process may run on: fewer than the machine has where it was pinned. More event loops than
    /// processors would only hand stanzas back and forth.
    package static var available: Int {
        // sched_getaffinity is hidden from Swift; the kernel says the same here (proc(5)).
        allowedProcessors(inStatus: statusOfThisProcess()) ?? System.coreCount
    }

    /// Counts the bits of `Cpus_allowed`, hexadecimal words with commas between.
    static func allowedProcessors(inStatus status: String) -> Int? {
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed:") }) else {
            return nil
        }
        let count = line.dropFirst("Cpus_allowed:".count).reduce(0) { $0 + ($1.hexDigitValue?.nonzeroBitCount ?? 0) }
        return count > 0 ? count : nil
    }

    private static func statusOfThisProcess() -> String {
        guard let file = fopen("/proc/self/status", "r") else { return "" }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 16_384)
        let count = fread(&bytes, 1, bytes.count, file)
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }
}
