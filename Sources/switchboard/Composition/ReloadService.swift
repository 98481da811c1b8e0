//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyBridge
import Logging
import ServiceLifecycle
import UnixSignals

/// Reads the configuration anew on SIGHUP: certificates and what concerns only the customer service change at once, and of
/// the rest it is said what needs a restart.
struct ReloadService: Service {
    private let configuration: SwitchboardConfiguration
    private let certificates: Certificates
    private let bridge: BizBuddyBridge.Bridge?
    /// Puts in force what else changes without a restart.
    private let apply: @Sendable (SwitchboardConfiguration) -> Void
    private let log: Logger
    private let reload: @Sendable () throws -> SwitchboardConfiguration

    init(
        _ configuration: SwitchboardConfiguration, certificates: Certificates, bridge: BizBuddyBridge.Bridge?,
        log: Logger, reload: @escaping @Sendable () throws -> SwitchboardConfiguration,
        apply: @escaping @Sendable (SwitchboardConfiguration) -> Void = { _ in }
    ) {
        self.configuration = configuration
        self.certificates = certificates
        self.bridge = bridge
        self.log = log
        self.reload = reload
        self.apply = apply
    }

    /// Whether a key's new value is in force after a reload. Who is in rosters, and with them which presence the bridge
    /// sees, is the server's to know: such keys of the customer service are not.
    static func isLive(_ key: String, hasBridge: Bool) -> Bool {
        if key.hasSuffix(".certificate") || key.hasSuffix(".key") { return true }
        if key.hasPrefix("external_services.") || key == "external_services" { return true }
        guard hasBridge else { return false }
        if key.hasPrefix("contacts.") {
            let last = key.split(separator: ".").last.map(String.init) ?? ""
            return key.contains(".vcard.") || ["skills", "priority", "weight_percent", "texts"].contains(last)
        }
        if key.hasPrefix("bridge.departments.") {
            let parts = key.split(separator: ".")
            return parts.count >= 4 && parts[3] != "agents"
        }
        return liveBridgeKeys.contains { key == $0 || key.hasPrefix($0 + ".") }
    }

    private static let liveBridgeKeys = [
        "bridge.agent_capacity", "bridge.agent_capacities", "bridge.lookup_deadline_milliseconds",
        "bridge.reoffer_delay_seconds", "bridge.agent_grace_seconds", "bridge.missed_offers_before_pause",
        "bridge.assumed_handling_minutes", "bridge.agent_skills", "bridge.sticky_hours", "bridge.turn_minutes",
        "bridge.question_minutes", "bridge.language", "bridge.suggest_contacts", "bridge.link_in_greeting",
        "bridge.texts",
    ]

    func run() async throws {
        for await _ in await UnixSignalsSequence(trapping: .sighup).cancelOnGracefulShutdown() {
            do {
                let changed = try reload()
                let service = try bridge.map { _ in try BridgeConfiguration(changed) }
                try certificates.reload(changed)
                certificates.warn(log)
                apply(changed)
                if let bridge, let service {
                    bridge.reload(service)
                    log.notice("Reloaded: certificates and the customer service's settings are in force")
                } else {
                    log.notice("Reloaded: certificates are in force")
                }
                let rest = configuration.changedKeys(to: changed).filter {
                    !Self.isLive($0, hasBridge: bridge != nil)
                }
                if !rest.isEmpty {
                    log.warning(
                        "These changes need a restart", metadata: ["keys": "\(rest.sorted().joined(separator: ", "))"])
                }
            } catch {
                log.error("Not reloaded: everything stays as it was", metadata: ["error": "\(error)"])
            }
        }
    }
}
