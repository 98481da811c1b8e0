//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Why a question has no answer. That there are no records of a type is an answer, not an error.
package enum DNSError: Error, Sendable, Equatable {
    /// No server answered in time.
    case timedOut
    /// The servers of the zone failed, or ours did (SERVFAIL); the text is libunbound's, or empty.
    case serverFailure(String)
    /// Another response code (RFC 1035 §4.1.1), for example 5, REFUSED.
    case refused(code: Int)
    /// DNSSEC says that the answer is forged or its signatures are broken or out of date; with the reason.
    case bogus(String)
    /// There are records and none of them can be read.
    case malformed(DNSType)
    /// Not a name that can be asked for.
    case invalidName
    /// Too many questions wait already.
    case overloaded
    /// The resolver has been closed.
    case closed
    /// The resolver cannot be set up as configured; with the reason.
    case configuration(String)
}

extension DNSError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .timedOut: "no DNS server answered in time"
        case .serverFailure(let text):
            "the DNS servers of the domain failed (SERVFAIL)" + (text.isEmpty ? "" : ": \(text)")
        case .refused(let code): "the DNS server answered with code \(code)" + (code == 5 ? " (REFUSED)" : "")
        case .bogus(let reason): "DNSSEC validation failed" + (reason.isEmpty ? "" : ": \(reason)")
        case .malformed(let type): "the \(type.name) records cannot be read"
        case .invalidName: "not a name that DNS can hold"
        case .overloaded: "too many DNS questions are waiting"
        case .closed: "the resolver has been closed"
        case .configuration(let reason): reason
        }
    }
}
