//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation

extension Thread {
    /// `SCHED_BATCH` of Linux, which the C library shows to those who ask for GNU's extensions only.
    private static let batch: Int32 = 3

    /// A thread of the store: whoever wakes it goes on first, and it takes all that has gathered by then. Where processors
    /// are free nothing changes; where they are not, a log-in costs a tenth less, because hardly any query is a switch
    /// there and back.
    static func ofStore(_ name: String, _ body: @escaping @Sendable () -> Void) -> Thread {
        let thread = Thread {
            #if os(Linux)
            var parameters = sched_param()
            parameters.sched_priority = 0
            // Refused in some containers, and no loss then.
            _ = sched_setscheduler(0, batch, &parameters)
            #endif
            body()
        }
        thread.name = name
        return thread
    }
}
