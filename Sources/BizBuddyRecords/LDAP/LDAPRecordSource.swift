//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
package import NIOCore
package import NIOPosix

/// A directory of people (RFC 4511), asked anew for everybody.
package struct LDAPRecordSource: RecordSource {
    package struct Settings: Sendable, Equatable {
        package var name: String
        package var address: LDAPAddress
        /// Whether an `ldap:` connection must be encrypted before anything is said.
        package var startsTLS: Bool
        /// A PEM file of the authorities to trust.
        package var authorities: String
        package var bindName: String?
        package var password: String
        package var base: String
        package var filter: LDAPFilter
        /// The attributes of the customer's number and of the name.
        package var idAttribute: String
        package var nameAttribute: String
        /// Attributes that agents see, with what stands before them.
        package var fields: [(attribute: String, label: String)]

        package init(
            name: String, address: LDAPAddress, startsTLS: Bool = true,
            authorities: String = "/etc/ssl/certs/ca-certificates.crt", bindName: String? = nil, password: String = "",
            base: String, filter: LDAPFilter, idAttribute: String = "uid", nameAttribute: String = "cn",
            fields: [(attribute: String, label: String)] = []
        ) {
            self.name = name
            self.address = address
            self.startsTLS = startsTLS
            self.authorities = authorities
            self.bindName = bindName
            self.password = password
            self.base = base
            self.filter = filter
            self.idAttribute = idAttribute
            self.nameAttribute = nameAttribute
            self.fields = fields
        }

        package static func == (left: Self, right: Self) -> Bool {
            left.name == right.name && left.address == right.address && left.base == right.base
                && left.filter == right.filter
                && left.bindName == right.bindName && left.password == right.password
        }
    }

    private let settings: Settings
    private let threads: NIOThreadPool
    private let group: any EventLoopGroup

    /// `threads` must be running; each question takes one of them for a moment. `group` watches the time.
    package init(_ settings: Settings, threads: NIOThreadPool, group: any EventLoopGroup) {
        self.settings = settings
        self.threads = threads
        self.group = group
    }

    package var name: String { settings.name }

    package func answer(_ query: RecordQuery) async throws -> RecordAnswer {
        let end = ContinuousClock.now + query.timeout
        let settings = settings
        let loop = group.next()
        return try await threads.runIfActive {
            // It may have waited for its thread.
            let left = end - ContinuousClock.now
            guard left > .zero else { throw SourceFailure.timeout }
            let socket = try LDAPSocket(host: settings.address.host, port: settings.address.port, until: end)
            let watch = loop.scheduleTask(in: .nanoseconds(Int64((end - .now) / .nanoseconds(1)))) { socket.end() }
            defer {
                watch.cancel()
                socket.release()
            }
            return try Self.ask(settings, query, over: socket.descriptor, until: end)
        }
    }

    private static func ask(
        _ settings: Settings, _ query: RecordQuery, over descriptor: Int32, until end: ContinuousClock.Instant
    ) throws -> RecordAnswer {
        let connection = try LDAPConnection(settings, over: descriptor, timeout: max(.milliseconds(1), end - .now))
        if settings.address.isEncrypted {
            try connection.installTLS()
        } else if settings.startsTLS {
            try connection.startTLS()
        }
        try connection.bind(settings.bindName, password: settings.password)
        let attributes = [settings.idAttribute, settings.nameAttribute] + settings.fields.map(\.attribute)
        var records: [CustomerRecord] = []
        for address in query.addresses.prefix(Limits.records) {
            let left = end - ContinuousClock.now
            guard left > .zero else { throw SourceFailure.timeout }
            let entries = try connection.search(
                settings.base, settings.filter.text(address.value), attributes: attributes, timeout: left)
            for record in entries.compactMap({ record(of: $0, settings) })
            where !records.contains(where: { $0.customerID == record.customerID }) {
                records.append(record)
            }
        }
        return RecordAnswer(records: records)
    }

    private static func record(of entry: LDAPConnection.Entry, _ settings: Settings) -> CustomerRecord? {
        func value(_ attribute: String) -> String? {
            entry[attribute.lowercased()].map { $0.joined(separator: ", ") }
        }
        guard let id = value(settings.idAttribute).map({ RecordText.clean($0, limit: Limits.key) }), !id.isEmpty else {
            return nil
        }
        let name = value(settings.nameAttribute).map { RecordText.clean($0, limit: Limits.label) } ?? id
        return CustomerRecord(
            customerID: id, displayName: name, source: settings.name, match: .exact,
            fields: settings.fields.compactMap { attribute, label in
                value(attribute).flatMap { RecordText.field(attribute, label: label, value: $0) }
            })
    }
}

/// Where an LDAP directory is.
package struct LDAPAddress: Hashable, Sendable {
    package let host: String
    package let port: Int
    /// `ldaps`: encrypted from the first byte.
    package let isEncrypted: Bool

    /// Reads `ldap://host` or `ldaps://host:636`, nothing after it but a slash.
    package init?(_ url: String) {
        guard let end = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<end.lowerBound].lowercased()
        guard scheme == "ldap" || scheme == "ldaps",
            let address = HTTPAddress((scheme == "ldap" ? "http" : "https") + url[end.lowerBound...]),
            address.target == "/"
        else { return nil }
        host = address.host
        isEncrypted = scheme == "ldaps"
        let isGiven = url.hasSuffix(":\(address.port)") || url.hasSuffix(":\(address.port)/")
        port = isGiven ? address.port : isEncrypted ? 636 : 389
    }

    var url: String {
        "\(isEncrypted ? "ldaps" : "ldap")://\(host.contains(":") ? "[\(host)]" : host):\(port)"
    }
}
