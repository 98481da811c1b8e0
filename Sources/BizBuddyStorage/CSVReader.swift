//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Reads RFC 4180 from bytes: quotes, doubled quotes, line breaks inside quotes, LF as well as CRLF, a byte order mark,
/// and `;` for `,` where the first line has more of them (what spreadsheets of half of Europe write).
struct CSVReader {
    enum Item: Equatable {
        /// A row and the line on which it begins, counted from 1.
        case row(line: Int, fields: [String])
        /// A row that cannot be read; reading goes on after it.
        case malformed(line: Int, reason: String)
    }

    private let bytes: [UInt8]
    private var position: Int
    private var line = 1
    private let delimiter: UInt8

    private static let quote = UInt8(ascii: "\"")
    private static let newline = UInt8(ascii: "\n")
    private static let carriageReturn = UInt8(ascii: "\r")
    private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = bytes.starts(with: Self.byteOrderMark) ? Self.byteOrderMark.count : 0
        var commas = 0
        var semicolons = 0
        for byte in bytes.prefix(while: { $0 != Self.newline }) {
            commas += byte == UInt8(ascii: ",") ? 1 : 0
            semicolons += byte == UInt8(ascii: ";") ? 1 : 0
        }
        delimiter = semicolons > commas ? UInt8(ascii: ";") : UInt8(ascii: ",")
    }

    /// The next row; nil at the end. Empty lines are passed over.
    mutating func next() -> Item? {
        while position < bytes.count {
            let start = line
            if endsLine() { continue }
            return row(from: start)
        }
        return nil
    }

    private mutating func row(from start: Int) -> Item {
        let begin = position
        var fields: [String] = []
        while true {
            guard fields.count < Limits.customerColumns else {
                return malformed(start, "more than \(Limits.customerColumns) columns")
            }
            guard let field = field() else {
                return malformed(start, "text after a closing quote, or a quote that is never closed")
            }
            guard position - begin <= Limits.customerRow else {
                return malformed(start, "longer than \(Limits.customerRow) bytes")
            }
            guard let text = String(validating: field, as: UTF8.self) else {
                return malformed(start, "not UTF-8")
            }
            fields.append(text)
            guard position < bytes.count, bytes[position] == delimiter else { break }
            position += 1
        }
        guard position == bytes.count || endsLine() else {
            return malformed(start, "a carriage return inside a field that is not quoted")
        }
        return .row(line: start, fields: fields)
    }

    /// One field, up to its delimiter or the end of the line; nil if its quotes are wrong.
    private mutating func field() -> [UInt8]? {
        guard position < bytes.count, bytes[position] == Self.quote else {
            let begin = position
            while position < bytes.count, !endsField(bytes[position]) {
                position += 1
            }
            return Array(bytes[begin..<position])
        }
        position += 1
        var field: [UInt8] = []
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            if byte == Self.quote {
                guard position < bytes.count, bytes[position] == Self.quote else {
                    return position == bytes.count || endsField(bytes[position]) ? field : nil
                }
                position += 1
            } else if byte == Self.newline {
                line += 1
            }
            // Past the limit the row is refused anyway: only look for its end.
            if field.count <= Limits.customerRow {
                field.append(byte)
            }
        }
        return nil
    }

    private func endsField(_ byte: UInt8) -> Bool {
        byte == delimiter || byte == Self.newline || byte == Self.carriageReturn
    }

    /// Passes over a line's end if one is here.
    private mutating func endsLine() -> Bool {
        guard position < bytes.count else { return false }
        if bytes[position] == Self.newline {
            position += 1
        } else if bytes[position] == Self.carriageReturn, position + 1 < bytes.count,
            bytes[position + 1] == Self.newline
        {
            position += 2
        } else if bytes[position] == Self.carriageReturn, position + 1 == bytes.count {
            position += 1
        } else {
            return false
        }
        line += 1
        return true
    }

    private mutating func malformed(_ start: Int, _ reason: String) -> Item {
        while position < bytes.count {
            position += 1
            if bytes[position - 1] == Self.newline {
                line += 1
                break
            }
        }
        return .malformed(line: start, reason: reason)
    }
}
