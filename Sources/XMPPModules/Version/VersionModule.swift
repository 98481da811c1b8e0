//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import XMPPCore
internal import XMPPPayloads
package import XMPPServer

/// The program's name and version, as peers may know them.
package struct SoftwareConfiguration: Sendable, Equatable {
    package var name: String
    package var version: String
    /// Nil: it isn't said.
    package var operatingSystem: String?

    package init(name: String = "Switchboard", version: String, operatingSystem: String? = nil) {
        self.name = name
        self.version = version
        self.operatingSystem = operatingSystem
    }
}

/// Says which program this is (XEP-0092 Software Version).
package struct VersionModule: ServerModule {
    package let id = "version"
    package let implements: [Specification] = [.xep(92, "1.1")]
    private let version: SoftwareVersion

    package init(_ configuration: SoftwareConfiguration) {
        version = SoftwareVersion(
            name: configuration.name, version: configuration.version,
            operatingSystem: configuration.operatingSystem)
    }

    package func register(in registrar: inout ModuleRegistrar) {
        let answer = version.element
        registrar.disco(feature: SoftwareVersion.namespace, on: [.host])
        registrar.iq([.get], "query", SoftwareVersion.namespace, at: [.host]) { _, _ in .result(answer) }
    }
}
