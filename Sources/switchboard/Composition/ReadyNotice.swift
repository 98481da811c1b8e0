//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import XMPPServer

/// What is printed when all listeners are open: where to connect, and as whom.
enum ReadyNotice {
    static func text(_ configuration: SwitchboardConfiguration, bound: [ListenerConfiguration]) -> String {
        var lines = ["", "Switchboard is ready."]
        lines.append("  Hosts      " + configuration.hosts.names.joined(separator: ", "))
        for listener in bound {
            lines.append("  \(title(listener.kind)) \(listener.address):\(listener.port)")
        }
        if !configuration.initialAccounts.isEmpty {
            lines.append("  Accounts   " + configuration.initialAccounts.names.joined(separator: ", "))
            lines.append("             made at the first start, with the passwords in the configuration file")
        }
        if !configuration.contacts.isEmpty {
            lines.append("  Customers write to " + configuration.contacts.names.joined(separator: ", "))
        }
        if let http = bound.first(where: { $0.kind == .health }) {
            lines.append("  Health     http://\(http.address):\(http.port)/healthz")
            lines.append("  Metrics    http://\(http.address):\(http.port)/metrics")
        }
        lines.append("  Ctrl-C stops it.")
        return lines.joined(separator: "\n") + "\n\n"
    }

    private static func title(_ kind: ListenerConfiguration.Kind) -> String {
        switch kind {
        case .client: "Clients    STARTTLS "
        case .clientTLS: "Clients    TLS      "
        case .clientPlain: "Clients    PLAINTEXT"
        case .server: "Servers    STARTTLS "
        case .serverTLS: "Servers    TLS      "
        case .component: "Components          "
        case .health: "HTTP                "
        }
    }
}
