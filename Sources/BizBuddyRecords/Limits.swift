//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Bounds on what sources can make us do and keep; all ours.
enum Limits {
    /// Records of one answer.
    static let records = 5
    static let fields = 64
    /// Unicode scalars of a key, a label, a name, a value.
    static let key = 64
    static let label = 100
    static let value = 1_000
    /// Bytes of an HTTP answer's body, and of an LDAP answer.
    static let answer = 256 << 10
    /// Lookups that one source is asked at the same time.
    static let concurrency = 32
    /// Answers that are remembered of one source.
    static let remembered = 4_096
}
