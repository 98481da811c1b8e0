//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import XMPPCore
import XMPPTLS

/// Looks at what a good configuration needs from its machine: certificates, ports, a place to write.
struct InstallationCheck {
    enum Severity: String, Sendable, Codable {
        case good, warning, error
    }

    /// One thing that was looked at.
    struct Finding: Sendable, Equatable, Codable {
        var severity: Severity
        /// The key it comes from, `hosts.acme.example`.
        var key: String
        /// What was found and, if it is not good, how to mend it.
        var text: String
    }

    private let configuration: SwitchboardConfiguration
    private let file: String
    /// Seconds since 1970.
    private let now: Int64

    init(_ configuration: SwitchboardConfiguration, file: String, now: Int64 = Int64(Date().timeIntervalSince1970)) {
        self.configuration = configuration
        self.file = file
        self.now = now
    }

    func run() -> [Finding] {
        configuration.hosts.map(certificate)
            + (configuration.hosts.isEmpty ? [] : configuration.listeners.map(port))
            + [dataFolder()]
    }

    private func certificate(of host: NamedValues<SwitchboardConfiguration.Host>.Entry) -> Finding {
        let key = "hosts.\(host.name)"
        guard let chain = host.value.certificate ?? configuration.tls.certificate,
            let privateKey = host.value.key ?? configuration.tls.key
        else { return Finding(severity: .good, key: key, text: "needs no certificate") }
        do throws(TLSError) {
            let context = try TLSContext(certificateChain: chain, privateKey: privateKey)
            guard context.covers(host.name) else {
                let names = context.dnsNames.isEmpty ? "no DNS name" : context.dnsNames.joined(separator: ", ")
                return Finding(
                    severity: .error, key: key,
                    text: "\(chain) is for \(names), not for \(host.name). Request one with the DNS name \(host.name)")
            }
            if let warning = context.validityWarning(at: now) {
                let isValid = context.notBefore <= now && now < context.notAfter
                return Finding(severity: isValid ? .warning : .error, key: key, text: warning)
            }
            let days = (context.notAfter - now) / 86_400
            return Finding(severity: .good, key: key, text: "\(chain) is good for \(days) more days")
        } catch {
            return Finding(severity: .error, key: key, text: error.description)
        }
    }

    private func port(of listener: NamedValues<SwitchboardConfiguration.Listener>.Entry) -> Finding {
        let place = "\(listener.value.address) port \(listener.value.port)"
        let outcome = PortProbe.probe(address: listener.value.address, port: listener.value.port)
        let (severity, text): (Severity, String) =
            switch outcome {
            case .free: (.good, "\(place) is free")
            case .taken:
                (
                    .warning,
                    "\(place) is in use. That is right if Switchboard runs; else stop what uses it, or change the port"
                )
            case .forbidden:
                (
                    .error,
                    "\(place) may not be opened by this user. Choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE"
                )
            case .noSuchAddress:
                (
                    .error,
                    "\(listener.value.address) is no address of this machine. Choose one that \"ip address\" shows"
                )
            case .failed(let reason): (.error, "\(place) cannot be opened: \(reason)")
            }
        return Finding(severity: severity, key: "listeners.\(listener.name)", text: text)
    }

    private func dataFolder() -> Finding {
        let path = configuration.data.path
        let files = FileManager.default
        var isFolder = false
        if files.fileExists(atPath: path, isDirectory: &isFolder) {
            guard isFolder else {
                return Finding(severity: .error, key: "data", text: "\(path) is a file. Name a folder")
            }
            return files.isWritableFile(atPath: path)
                ? Finding(severity: .good, key: "data", text: "\(path) can be written")
                : Finding(
                    severity: .error, key: "data",
                    text: "\(path) cannot be written by this user. Give it to the user that runs Switchboard")
        }
        var parent = ConfigurationText.folder(of: path)
        while parent != "/", !files.fileExists(atPath: parent) { parent = ConfigurationText.folder(of: parent) }
        return files.isWritableFile(atPath: parent)
            ? Finding(severity: .good, key: "data", text: "\(path) will be made")
            : Finding(
                severity: .error, key: "data",
                text:
                    "\(path) is not there and cannot be made in \(parent). Make it, owned by the user that runs Switchboard"
            )
    }

    private static func counted(_ count: Int, _ word: String) -> String {
        "\(count) \(word)\(count == 1 ? "" : "s")"
    }

    /// For people: what is not good, then a line that sums up.
    static func text(_ findings: [Finding], file: String) -> String {
        let lines = findings.map { "\($0.severity.rawValue): \($0.key): \($0.text)" }
        let errors = findings.count { $0.severity == .error }
        let warnings = findings.count { $0.severity == .warning }
        let summary = "\(file): \(Self.counted(errors, "error")), \(Self.counted(warnings, "warning"))"
        return (lines + [summary]).joined(separator: "\n")
    }

    /// For scripts: `[{"severity": …, "key": …, "text": …}]`.
    static func json(_ findings: [Finding]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(findings), as: UTF8.self)
    }
}
