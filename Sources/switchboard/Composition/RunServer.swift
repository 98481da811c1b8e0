//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import FoundationEssentials
import Logging
import Metrics
import ServiceLifecycle
import UnixSignals
import XMPPCore
import XMPPModules
import XMPPSASL
import XMPPServer
import XMPPStorage
import XMPPTLS

/// Serves a configuration until the process is asked to stop: `switchboard serve`. `reload` reads the configuration anew,
/// for SIGHUP.
func runServer(
    _ configuration: SwitchboardConfiguration, reload: @escaping @Sendable () throws -> SwitchboardConfiguration
) async throws {
    let log = ProgramLog.start(configuration.logging)
    let registry = PrometheusRegistry()
    MetricsSystem.bootstrap(registry)
    try DataFolderOnDisk.prepare(configuration.data)
    let database = try openDatabase(configuration)
    let first = FirstStart(configuration, database: database)
    let instance = try await first.instance()
    let secret = SASLServerSecret(
        key: try await first.secret(), iterations: [configuration.authentication.scramIterations])
    try await first.makeAccounts(log)
    let certificates = try Certificates(configuration)
    certificates.warn(log)
    let federation = try FederationComposition(configuration, log)
    var modules = BuiltinModules.all(ModulesConfiguration(configuration), commands: federation?.commands ?? [])
    if let federation {
        modules.append(federation.service)
        federation.register(in: registry)
    }
    let server = try ServerCore(
        configuration: ServerConfiguration(
            configuration, instance: instance, tokenKey: try TokenKey.load(configuration.data)), modules: modules,
        database: database,
        log: log)
    let service = XMPPService(
        server: server, modules: modules, listeners: configuration.listeners.map { ListenerConfiguration($0) },
        tls: certificates.store, clientCertificateTLS: certificates.withClients, secret: secret, metrics: registry,
        ready: { StandardStream.write(ReadyNotice.text(configuration, bound: $0), to: .output) })
    let bridge = configuration.bridge?.inProcess == true ? try await makeBridge(configuration, log: log) : nil
    let reloading = ReloadService(
        configuration, certificates: certificates, bridge: bridge, log: log, reload: reload,
        apply: { [modules] changed in
            do {
                try federation?.reload(changed)
            } catch {
                log.error("Certificates for other servers stay as they were", metadata: ["error": "\(error)"])
            }
            for case let module as ExternalServicesModule in modules {
                module.reload(changed.externalServices.values.map { ExternalService($0) }, server)
            }
        })
    var services: [any Service] = [service, reloading]
    if let bridge {
        services.append(bridge)
        services.append(BridgeOffice.service(bridge, configuration.data, log))
    }
    if let federation {
        services.append(ControlService(configuration.data, answers: federation.answers, log: log))
    }
    do {
        try await ServiceGroup(
            configuration: ServiceGroupConfiguration(
                services: services.map {
                    .init(service: $0, successTerminationBehavior: .gracefullyShutdownGroup)
                }, gracefulShutdownSignals: [.sigterm, .sigint], logger: log)
        ).run()
    } catch let error as ListenerError {
        throw CommandFailure(error.description)
    }
    await database.close()
    DataFolderOnDisk.remove(configuration.data)
    log.info("Stopped")
}

private func openDatabase(_ configuration: SwitchboardConfiguration) throws -> XMPPDatabase {
    do {
        return try XMPPDatabase(
            path: configuration.storage.path,
            durability: StorageDurability(rawValue: configuration.storage.synchronous.rawValue) ?? .full)
    } catch {
        throw CommandFailure("The database \(configuration.storage.path) cannot be opened: \(error)")
    }
}

/// The folder for everything the program writes.
enum DataFolderOnDisk {
    static func prepare(_ folder: DataFolder) throws {
        do {
            try FileManager.default.createDirectory(atPath: folder.path, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure(
                "The data folder \(folder.path) cannot be made: \(error). Check its permissions, or set \"data\"."
            )
        }
    }

    static func remove(_ folder: DataFolder) {
        guard folder.isTemporary else { return }
        try? FileManager.default.removeItem(atPath: folder.path)
    }
}
