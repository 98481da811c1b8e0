//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPCore

/// Services outside XMPP, such as relays for calls (XEP-0215 External Service Discovery).
package enum ExternalServices {
    package static let namespace = "urn:xmpp:extdisco:2"

    /// A service, or in a question what is asked about.
    package struct Service: Payload, Equatable {
        /// What has become of a service, in a push.
        package enum Action: String, Sendable, CaseIterable {
            case add
            case delete
            case modify
        }

        /// `stun`, `turn`, …
        package var type: String
        /// A name or an IP address.
        package var host: String
        package var port: Int?
        /// `udp` or `tcp`.
        package var transport: String?
        /// For people.
        package var name: String?
        package var username: String?
        package var password: String?
        /// When the credentials end.
        package var expires: Timestamp?
        /// It takes credentials, which have to be asked for if they are not here.
        package var isRestricted: Bool
        package var action: Action?

        package init(
            type: String, host: String, port: Int? = nil, transport: String? = nil, name: String? = nil,
            username: String? = nil, password: String? = nil, expires: Timestamp? = nil, isRestricted: Bool = false,
            action: Action? = nil
        ) {
            self.type = type
            self.host = host
            self.port = port
            self.transport = transport
            self.name = name
            self.username = username
            self.password = password
            self.expires = expires
            self.isRestricted = isRestricted
            self.action = action
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("service", namespace)
            self.init(
                type: try element.required("type"), host: try element.required("host"),
                port: try element.number("port", in: 0...65_535), transport: element["transport"],
                name: element["name"], username: element["username"], password: element["password"],
                expires: try element.timestamp("expires"), isRestricted: try element.boolean("restricted"),
                action: try element.value("action"))
        }

        package var element: XMLElement {
            XMLElement(
                "service", namespace,
                [
                    "action": action?.rawValue, "host": host, "port": port.map { String($0) },
                    "transport": transport, "type": type, "name": name, "username": username, "password": password,
                    "expires": expires?.description, "restricted": isRestricted.attribute,
                ])
        }
    }

    /// All services, or those of a type; also what a push brings (XEP-0215 §3.1, §3.2).
    package struct List: Payload, Equatable {
        package var type: String?
        package var services: [Service]

        package init(type: String? = nil, services: [Service] = []) {
            self.type = type
            self.services = services
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("services", namespace)
            type = element["type"]
            services = []
            for child in element.children("service", namespace) { services.append(try Service(child)) }
        }

        package var element: XMLElement {
            XMLElement("services", namespace, ["type": type]) { services.map(\.element) }
        }
    }

    /// Credentials for services, asked for or given (XEP-0215 §3.3).
    package struct Credentials: Payload, Equatable {
        package var services: [Service]

        package init(services: [Service]) {
            self.services = services
        }

        package init(_ element: XMLElement) throws(PayloadError) {
            try element.expect("credentials", namespace)
            services = []
            for child in element.children("service", namespace) { services.append(try Service(child)) }
        }

        package var element: XMLElement {
            XMLElement("credentials", namespace) { services.map(\.element) }
        }
    }
}
