//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Foundation
internal import GRDB

/// Columns read without a trap: a damaged file gives an error, where GRDB's subscripts would stop the program.
extension Row {
    /// The column's value, which may be NULL.
    func optional<Value: DatabaseValueConvertible>(_ column: String) throws(StorageError) -> Value? {
        let stored: DatabaseValue = self[column]
        guard !stored.isNull else { return nil }
        guard let value = Value.fromDatabaseValue(stored) else {
            throw .corrupt("column \(column) has a value of the wrong type")
        }
        return value
    }

    /// The column's value, which must be there.
    func value<Value: DatabaseValueConvertible>(_ column: String) throws(StorageError) -> Value {
        guard let value: Value = try optional(column) else {
            throw .corrupt("column \(column) is NULL")
        }
        return value
    }

    /// A BLOB column as bytes; must be there.
    func bytes(_ column: String) throws(StorageError) -> [UInt8] {
        let data: Data = try value(column)
        return [UInt8](data)
    }

    // Where it matters: by place, without a look for the name. The place is that in the statement.

    /// The value of the column at a place; may be NULL.
    func optional<Value: DatabaseValueConvertible>(at index: Int) throws(StorageError) -> Value? {
        let stored: DatabaseValue = self[index]
        guard !stored.isNull else { return nil }
        guard let value = Value.fromDatabaseValue(stored) else {
            throw .corrupt("column \(index) has a value of the wrong type")
        }
        return value
    }

    /// The value of the column at a place, which must be there.
    func value<Value: DatabaseValueConvertible>(at index: Int) throws(StorageError) -> Value {
        guard let value: Value = try optional(at: index) else { throw .corrupt("column \(index) is NULL") }
        return value
    }

    /// A BLOB at a place; must be there.
    func bytes(at index: Int) throws -> [UInt8] {
        guard let bytes = try withUnsafeData(atIndex: index, { data in data.map { [UInt8]($0) } }) else {
            throw StorageError.corrupt("column \(index) is NULL")
        }
        return bytes
    }
}
