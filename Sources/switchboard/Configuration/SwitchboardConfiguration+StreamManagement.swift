//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// Sessions that wait for their clients to come back.
    struct StreamManagement: Sendable, Equatable {
        /// 0 turns resumption off.
        var resume: Duration = .seconds(600)
        var sessionsPerAccount = 10
        var memoryBytes = 1_048_576
        var queuedStanzas = 100_000
        var queuedBytes = 67_108_864
        var survivesCrash = true

        static let schema = SectionSchema<StreamManagement>([
            Field(
                "resume_seconds", \.resume, .seconds(0...604_800),
                """
                How long a session without a connection waits for its client, in seconds; a client may ask for less. 0 turns \
                resumption off.
                """),
            Field(
                "sessions_per_account", \.sessionsPerAccount, .integer(1...100),
                "Sessions of one account that may wait at a time; one more ends the oldest, of the same device first."),
            Field(
                "memory_bytes", \.memoryBytes, .integer(65_536...16_777_216),
                "Bytes that are kept in memory for the client of such a session; what is more goes to the disk."),
            Field(
                "queued_stanzas", \.queuedStanzas, .integer(1000...10_000_000),
                """
                Stanzas that may wait for such a client. What comes then and is in no archive is turned away: senders of messages and \
                requests get an error. Of what archives hold any number may wait.
                """),
            Field(
                "queued_bytes", \.queuedBytes, .integer(1_048_576...1_073_741_824),
                """
                Bytes that may wait for such a client on the disk, beside what archives hold, before the rest is turned away; for all \
                clients of an account together four times as much.
                """),
            Field(
                "survives_crash", \.survivesCrash, .boolean,
                """
                Whether a client hears that its stanzas were taken only when that is on the disk, so that its session can be \
                resumed even after the process was killed. Without it sessions survive clean stops only, and stanzas that are \
                stored nowhere are acknowledged without a write.
                """),
        ])
    }
}
