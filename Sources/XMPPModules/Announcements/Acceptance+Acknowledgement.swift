//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPServer
internal import XMPPStorage

extension Acceptance {
    /// An acknowledgement: when it is written the desk knows what there is to tell.
    static func noting(
        _ desk: AcknowledgementDesk, _ write: @escaping @Sendable (WriteContext) throws -> [BroadcastProgress]
    ) -> Acceptance {
        let progress = WriteOutcome<[BroadcastProgress]>()
        return Acceptance(
            write: { progress.store(try write($0)) },
            committed: {
                desk.note(progress.value ?? [])
                return nil
            })
    }
}
