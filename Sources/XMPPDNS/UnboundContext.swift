//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CUnbound

/// Sets up contexts of libunbound.
struct UnboundContext {
    private let pointer: OpaquePointer

    /// What libunbound does beyond its defaults. Caches are small: a server asks for few domains again and again.
    private static let options = [
        ("msg-cache-size:", "4m"),
        ("rrset-cache-size:", "8m"),
        ("key-cache-size:", "1m"),
        // A domain that was set up a minute ago is not unknown for hours.
        ("cache-max-negative-ttl:", "60"),
        ("cache-max-ttl:", "86400"),
        // Larger answers go over TCP: fragments are lost, and can be forged (DNS flag day 2020).
        ("edns-buffer-size:", "1232"),
        ("harden-glue:", "yes"),
        ("harden-dnssec-stripped:", "yes"),
        ("harden-below-nxdomain:", "yes"),
        ("use-caps-for-id:", "no"),
        ("verbosity:", "0"),
    ]

    /// A context that is ready for questions; to be freed with `ub_ctx_delete`.
    static func make(_ configuration: ResolverConfiguration) throws(DNSError) -> OpaquePointer {
        guard let pointer = ub_ctx_create() else { throw .configuration("libunbound cannot be initialised") }
        do throws(DNSError) {
            try UnboundContext(pointer: pointer).apply(configuration)
        } catch {
            ub_ctx_delete(pointer)
            throw error
        }
        return pointer
    }

    private func apply(_ configuration: ResolverConfiguration) throws(DNSError) {
        // Errors are ours to report, not for standard error.
        ub_ctx_debugout(pointer, nil)
        try UnboundContext.check(ub_ctx_async(pointer, 1), "thread")
        for (name, value) in UnboundContext.options { try set(name, value) }
        try apply(configuration.servers)
        try apply(configuration.trustAnchor)
        if let file = configuration.hostsFile { try UnboundContext.check(ub_ctx_hosts(pointer, file), file) }
        // Files and keys are read with the first use; a zone of no meaning is one that needs no network.
        try UnboundContext.check(
            ub_ctx_zone_add(pointer, "switchboard.invalid.", "refuse"), "the trust anchor \(configuration.trustAnchor)")
    }

    private func set(_ option: String, _ value: String) throws(DNSError) {
        try UnboundContext.check(ub_ctx_set_option(pointer, option, value), option)
    }

    private func apply(_ servers: ResolverConfiguration.Servers) throws(DNSError) {
        switch servers {
        case .system:
            // Often a resolver of this machine.
            try set("do-not-query-localhost:", "no")
            try UnboundContext.check(ub_ctx_resolvconf(pointer, nil), "/etc/resolv.conf")
        case .root: break
        case .forwarders(let servers):
            guard !servers.isEmpty else { throw .configuration("no DNS server is given") }
            try set("do-not-query-localhost:", "no")
            for server in servers {
                guard let address = IPAddress(server.address), 1...65535 ~= server.port else {
                    throw .configuration("\(server.address) port \(server.port) is no address of a DNS server")
                }
                try UnboundContext.check(
                    ub_ctx_set_fwd(pointer, "\(address)@\(server.port)"), "\(address) port \(server.port)")
            }
        }
    }

    private func apply(_ anchor: ResolverConfiguration.TrustAnchor) throws(DNSError) {
        switch anchor {
        case .root: try apply(.records(ResolverConfiguration.rootKeys))
        case .file(let path): try UnboundContext.check(ub_ctx_add_ta_file(pointer, path), path)
        case .records(let records):
            for record in records { try UnboundContext.check(ub_ctx_add_ta(pointer, record), record) }
        case .none: break
        }
    }

    private static func check(_ status: Int32, _ subject: String) throws(DNSError) {
        guard status != UB_NOERROR.rawValue else { return }
        throw .configuration("\(subject): \(ub_strerror(status).map { String(cString: $0) } ?? "error \(status)")")
    }
}
