//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import XMPPStorage

extension ServerConfiguration {
    /// What is kept of people's conversations (XEP-0313).
    package struct Archive: Sendable, Equatable {
        /// Whether accounts have archives, where their host says nothing else.
        package var isEnabled: Bool
        /// What an archive may hold, where its host says nothing else.
        package var retention: ArchiveRetention
        /// Messages of a page that names no size (XEP-0059).
        package var pageSize: Int
        /// Messages of the largest page.
        package var largestPage: Int

        package init(
            isEnabled: Bool = true, retention: ArchiveRetention = ArchiveRetention(), pageSize: Int = 50,
            largestPage: Int = 250
        ) {
            self.isEnabled = isEnabled
            self.retention = retention
            self.pageSize = pageSize
            self.largestPage = largestPage
        }
    }

    /// Whether the accounts of a host have archives.
    package func archives(_ host: String) -> Bool {
        hosts[host]?.hasArchives ?? archive.isEnabled
    }

    /// Whether any host's accounts have archives.
    package var archivesAnywhere: Bool { hosts.values.contains { $0.hasArchives ?? archive.isEnabled } }

    /// What the archives of a host may hold.
    package func archiveRetention(_ host: String) -> ArchiveRetention {
        var retention = archive.retention
        let own = hosts[host]
        if let days = own?.archiveDays { retention.days = days > 0 ? days : nil }
        if let messages = own?.archiveMessages { retention.messages = messages > 0 ? messages : nil }
        if let bytes = own?.archiveBytes { retention.bytes = bytes > 0 ? bytes : nil }
        return retention
    }
}
