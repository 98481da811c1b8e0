//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage

/// The form that questions to an archive are asked with (XEP-0313 §4.1).
enum ArchiveForm {
    /// All fields there are (XEP-0313 §4.1.5). The list of ids is open to any value (XEP-0122).
    static let element = XMLElement("query", MAM.namespace) {
        XMLElement("x", DataForm.namespace, ["type": "form"]) {
            XMLElement("field", DataForm.namespace, ["type": "hidden", "var": DataForm.formTypeField]) {
                XMLElement("value", DataForm.namespace, text: MAM.namespace)
            }
            MAM.Field.allCases.map { field in
                XMLElement("field", DataForm.namespace, ["type": field.kind.rawValue, "var": field.rawValue]) {
                    if field == .ids { anyString }
                }
            }
        }
    }

    private static let validation = "http://jabber.org/protocol/xdata-validate"
    private static let anyString = XMLElement("validate", validation, ["datatype": "xs:string"]) {
        XMLElement("open", validation)
    }

    /// Reads a question.
    static func query(
        _ wanted: MAM.Query, _ configuration: ServerConfiguration.Archive
    ) throws(StanzaError) -> ArchiveQuery {
        var query = ArchiveQuery(limit: configuration.pageSize)
        if let form = wanted.form { try fill(&query, from: form, configuration) }
        if let page = wanted.page { try fill(&query, from: page, configuration) }
        return query
    }

    // MARK: - Filters

    private static func fill(
        _ query: inout ArchiveQuery, from form: DataForm, _ configuration: ServerConfiguration.Archive
    ) throws(StanzaError) {
        guard form.kind == .submit, form.formType == MAM.namespace else {
            throw StanzaError(.badRequest, text: "The form is none of \(MAM.namespace).")
        }
        for field in form.fields where field.name != DataForm.formTypeField {
            guard let known = field.name.flatMap(MAM.Field.init(rawValue:)) else {
                throw StanzaError(.featureNotImplemented, text: "A field of the form is not known.")
            }
            guard let value = field.values.first, !value.isEmpty else { continue }
            switch known {
            case .with:
                let address = try address(value)
                query.with = address.bareString
                query.resource = address.resource
            case .start: query.start = try time(value)
            case .end: query.end = try time(value)
            case .afterID: query.afterID = try id(value)
            case .beforeID: query.beforeID = try id(value)
            case .ids:
                guard field.values.count <= configuration.largestPage else {
                    throw StanzaError(.policyViolation, text: "At most \(configuration.largestPage) ids at once.")
                }
                var ids: [ArchiveID] = []
                for value in field.values { ids.append(try id(value)) }
                query.ids = ids
            // There are no messages of rooms in the archives of accounts: either choice holds.
            case .includesGroupchat: continue
            case .fullText: query.text = value
            }
        }
    }

    private static func address(_ value: String) throws(StanzaError) -> JID {
        do throws(JIDError) {
            return try JID(value)
        } catch {
            throw StanzaError(.jidMalformed, text: "The field with is no address.")
        }
    }

    private static func time(_ value: String) throws(StanzaError) -> Int64 {
        guard let time = Timestamp(value) else {
            throw StanzaError(.badRequest, text: "A time is not written as XEP-0082 says.")
        }
        return time.milliseconds
    }

    /// What was never an id of ours is in no archive.
    private static func id(_ value: String) throws(StanzaError) -> ArchiveID {
        guard let id = ArchiveID(value) else { throw StanzaError(.itemNotFound) }
        return id
    }

    // MARK: - Pages

    private static func fill(
        _ query: inout ArchiveQuery, from page: ResultSetRequest, _ configuration: ServerConfiguration.Archive
    ) throws(StanzaError) {
        guard page.index == nil else {
            throw StanzaError(.featureNotImplemented, text: "Pages are asked for by ids.")
        }
        guard page.before == nil || page.after == nil else {
            throw StanzaError(.badRequest, text: "A page comes after a message or before one.")
        }
        if let after = page.after { query.position = .after(try id(after)) }
        if let before = page.before { query.position = before.isEmpty ? .last : .before(try id(before)) }
        if let maximum = page.maximum { query.limit = min(maximum, configuration.largestPage) }
    }
}
