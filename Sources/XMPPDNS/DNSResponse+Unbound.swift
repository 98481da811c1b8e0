//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CUnbound

extension DNSResponse {
    /// RFC 1035 §4.1.1.
    private enum Code {
        static let noError: Int32 = 0
        static let serverFailure: Int32 = 2
        static let nameError: Int32 = 3
    }

    /// What libunbound found out.
    static func read(_ status: Int32, _ result: UnsafeMutablePointer<ub_result>?) -> Result<DNSResponse, DNSError> {
        guard status == 0, let result = result?.pointee else {
            return .failure(.serverFailure(ub_strerror(status).map { String(cString: $0) } ?? ""))
        }
        // First, since nothing else in the answer can be believed then.
        guard result.bogus == 0 else { return .failure(.bogus(line(result.why_bogus))) }
        switch result.rcode {
        case Code.noError: break
        case Code.nameError: break
        case Code.serverFailure: return .failure(.serverFailure(""))
        default: return .failure(.refused(code: Int(result.rcode)))
        }
        return .success(
            DNSResponse(
                records: result.havedata != 0 ? records(of: result) : [], isSecure: result.secure != 0,
                exists: result.nxdomain == 0 && result.rcode != Code.nameError,
                canonicalName: canonicalName(of: result),
                timeToLive: max(0, Int(result.ttl))))
    }

    private static func records(of result: ub_result) -> [[UInt8]] {
        guard let data = result.data, let lengths = result.len else { return [] }
        var records: [[UInt8]] = []
        while records.count < UnboundQueries.maximumRecords, let record = data[records.count] {
            let length = max(0, Int(lengths[records.count]))
            records.append(Array(UnsafeRawBufferPointer(start: record, count: length)))
        }
        return records
    }

    private static func canonicalName(of result: ub_result) -> String? {
        guard let pointer = result.canonname else { return nil }
        let name = String(cString: pointer).lowercased()
        let asked = result.qname.map { String(cString: $0).lowercased() } ?? ""
        let trimmed = name.hasSuffix(".") ? String(name.dropLast()) : name
        return trimmed == (asked.hasSuffix(".") ? String(asked.dropLast()) : asked) ? nil : trimmed
    }

    /// A text of libunbound on one line.
    private static func line(_ text: UnsafePointer<CChar>?) -> String {
        guard let text else { return "" }
        return String(String(cString: text).prefix(300).map { $0.isNewline ? " " : $0 })
    }
}
