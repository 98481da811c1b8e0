//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
internal import NIOCore
internal import NIOPosix
internal import XMPPCore
internal import XMPPSASL
package import XMPPServer
package import XMPPStorage
package import XMPPTLS

/// A whole server on loopback ports of its own, over an empty store that goes with it.
package final class TestServer: Sendable {
    /// The password of every account.
    package static let password = "secret"
    /// The fewest that a client may accept (RFC 7677 §4): log-in stays cheap.
    private static let iterations = 4096

    package let core: ServerCore
    package let database: XMPPDatabase
    /// What clients use to reach the TLS listeners.
    package let clientTLS: TLSContext?
    private let ports: [ListenerConfiguration.Kind: Int]
    private let task: Task<Void, any Error>

    private init(
        core: ServerCore, database: XMPPDatabase, clientTLS: TLSContext?,
        ports: [ListenerConfiguration.Kind: Int], task: Task<Void, any Error>
    ) {
        self.core = core
        self.database = database
        self.clientTLS = clientTLS
        self.ports = ports
        self.task = task
    }

    /// What a server is made of.
    package struct Setup: Sendable {
        package var hosts = ["acme.example", "home.example"]
        package var modules: [any ServerModule] = []
        /// Bare JIDs; all have the same password.
        package var accounts = ["alice@acme.example", "bob@acme.example", "carol@acme.example", "dave@home.example"]
        package var components: [ServerConfiguration.Component] = []
        /// With it the listeners for STARTTLS and direct TLS are opened too.
        package var tls: TestTLS?
        /// With it the listeners ask clients for certificates.
        package var clientCertificateTLS: TLSContextStore?
        /// An existing store, to see what survives; a new one otherwise.
        package var database: XMPPDatabase?
        package var log = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        /// Other servers may connect; a module has to take them.
        package var acceptsServers = false
        /// Changes limits and the like.
        package var configure: @Sendable (inout ServerConfiguration) -> Void = { _ in }

        package init() {}
    }

    /// Starts a server and makes its accounts; it listens when this returns.
    package static func start(_ setup: Setup = Setup()) async throws -> TestServer {
        var limits = ServerLimits()
        limits.stopSeconds = 1
        var configuration = ServerConfiguration(
            hosts: setup.hosts.map { .init(name: $0) }, components: setup.components, limits: limits,
            authentication: .init(allowsPlainWithoutTLS: true, iterations: iterations))
        setup.configure(&configuration)
        let database = try setup.database ?? XMPPDatabase(inMemory: "test")
        let core = try ServerCore(
            configuration: configuration, modules: setup.modules, database: database, log: setup.log)
        for account in setup.accounts where try await !core.accountStore.exists(account) {
            try await core.createAccount(JID(account), password: password)
        }
        var kinds: [ListenerConfiguration.Kind] = [.clientPlain, .component, .health]
        if setup.tls != nil { kinds += [.client, .clientTLS] }
        if setup.acceptsServers { kinds += [.server, .serverTLS] }
        let opened = Watched<[ListenerConfiguration]?>(nil)
        let service = XMPPService(
            server: core, modules: setup.modules,
            listeners: kinds.map { .init(name: $0.rawValue, kind: $0, address: "127.0.0.1", port: 0) },
            tls: setup.tls?.server,
            clientCertificateTLS: setup.clientCertificateTLS.map { store in
                Dictionary(uniqueKeysWithValues: kinds.map { ($0.rawValue, store) })
            } ?? [:], secret: SASLServerSecret(iterations: [iterations]), metrics: PrometheusRegistry(),
            ready: { listeners in opened.change { $0 = listeners } })
        let failed = Watched<(any Error)?>(nil)
        // It runs beside the test until `stop`: cancelling it is a graceful stop.
        let task = Task {
            do {
                try await service.run()
            } catch {
                failed.change { $0 = error }
                opened.change { $0 = [] }
                throw error
            }
        }
        let listeners = try await opened.wait("open ports", within: .seconds(30)) { listeners in
            listeners.map { .success($0) }
        }
        if let error = failed.value { throw error }
        return TestServer(
            core: core, database: database, clientTLS: setup.tls?.client,
            ports: Dictionary(uniqueKeysWithValues: listeners.map { ($0.kind, $0.port) }), task: task)
    }

    /// Starts a server, runs `body` and stops the server, whatever happens.
    @discardableResult
    package static func with<R>(_ setup: Setup, _ body: (TestServer) async throws -> R) async throws -> R {
        let server = try await start(setup)
        do {
            let result = try await body(server)
            await server.stop()
            return result
        } catch {
            await server.stop()
            throw error
        }
    }

    /// Starts a server with some of its parts given, runs `body` and stops the server.
    @discardableResult
    package static func with<R>(
        modules: [any ServerModule] = [], components: [ServerConfiguration.Component] = [], tls: TestTLS? = nil,
        configure: @escaping @Sendable (inout ServerConfiguration) -> Void = { _ in },
        _ body: (TestServer) async throws -> R
    ) async throws -> R {
        var setup = Setup()
        setup.modules = modules
        setup.components = components
        setup.tls = tls
        setup.configure = configure
        return try await with(setup, body)
    }

    /// Stops gracefully and waits until all is closed.
    package func stop() async {
        task.cancel()
        _ = await task.result
    }

    /// The port of a listener.
    package func port(_ kind: ListenerConfiguration.Kind) throws -> Int {
        guard let port = ports[kind] else { throw ExpectationFailure("There is no listener \(kind.rawValue)") }
        return port
    }

    /// Waits until something outside of any stream has come about, such as a row that is to be deleted.
    package func eventually(
        _ what: String, within limit: Duration = StreamConnection.patience,
        _ condition: () async throws -> Bool
    ) async throws {
        let loop = MultiThreadedEventLoopGroup.singleton.any()
        let deadline = ContinuousClock.now + limit
        while try await !condition() {
            guard ContinuousClock.now < deadline else { throw ExpectationFailure("Waited \(limit) for \(what)") }
            try await loop.scheduleTask(in: .milliseconds(2)) {}.futureResult.get()
        }
    }
}

/// Certificates for a server, and what its clients trust.
package struct TestTLS: Sendable {
    package let server: TLSContextStore
    package let client: TLSContext

    /// Reads PEM files, given by their paths.
    package init(chain: String, key: String, trusted: String) throws {
        server = TLSContextStore(fallback: try TLSContext(certificateChain: chain, privateKey: key))
        client = try TLSContext(trustRoots: .file(trusted))
    }
}
