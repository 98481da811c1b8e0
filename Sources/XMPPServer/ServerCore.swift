//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import Logging
internal import NIOCore
internal import NIOPosix
internal import Synchronization
internal import XMPPCore
internal import XMPPSASL
package import XMPPStorage
internal import XMPPTLS

/// The running server: what sessions, features and listeners share. Everything in it is immutable or guarded; it is
/// reached from every event loop.
package final class ServerCore: Sendable {
    package let configuration: ServerConfiguration
    package let tables: FeatureTables
    package let database: XMPPDatabase
    package let log: Logger
    package let metrics = ServerMetrics()
    package let accounts = AccountRegistry()
    package let profiles: AccountProfiles
    package let rosters: RosterService
    let components = ComponentRegistry()
    let registrations: RegistrationLimiter
    /// Tokens that stand for no invitation, by address.
    let wrongTokens = RegistrationLimiter(perHour: InvitationToken.failuresPerHour)
    /// Wrong passwords in sessions that are logged in, by account.
    let wrongPasswords = RegistrationLimiter(perHour: ServerCore.wrongPasswordsPerHour)
    /// Accounts that are no more but whose last sessions are still ending.
    let leavingAccounts = LeavingAccounts()
    /// Failed attempts to prove a password.
    package let logins: LoginLimiter
    let tokens: TokenService
    let certificates: CertificateStore
    let keys: KeyCensus

    package let accountStore: AccountStore
    package let invitations: InvitationStore
    package let offline: OfflineStore
    package let blocking: BlockingStore
    /// How far the offline store is committed.
    let offlineRows = CommittedRows()
    package let archive: ArchiveStore
    let outbox: DelegationOutbox
    let componentInbox: ComponentInbox
    let sessions: SessionStore
    /// The next numbers of connections and sessions, and of sessions in the store.
    private let sessionIDs = Atomic<UInt64>(1)
    let sessionKeys = Atomic<Int64>(1)
    /// The components that delegated addresses belong to.
    let delegations: [String: String]
    /// Whether messages can belong into anybody's archive.
    let hasArchives: Bool

    /// Password hashing: milliseconds each, so never on a loop, and no more at a time than there are cores.
    let hashing: HashingPool
    let backgroundTasks = BackgroundTasks()
    /// The event loops that serve connections.
    let loops = Mutex<[any EventLoop]>([])
    let loopResources = Mutex<[LoopResources]>([])
    let redeliveries = Redeliveries()
    let queuedBytes = QueuedBytes()
    /// Accounts with messages that are recorded and could not be delivered at once.
    let detours = Detours()
    let untoldRows = UntoldRows()
    let requests = OwnRequests()

    /// Makes the server from its parts; nothing listens yet.
    ///
    /// - Throws: `FeatureConflict` if features contradict each other.
    package init(
        configuration: ServerConfiguration, modules: [any ServerModule], database: XMPPDatabase, log: Logger
    ) throws(FeatureConflict) {
        self.configuration = configuration
        self.database = database
        self.log = log
        tables = try FeatureTables(modules)
        let limits = configuration.limits
        accountStore = AccountStore(database)
        invitations = InvitationStore(database)
        offline = OfflineStore(
            database, quota: StorageQuota(stanzas: limits.offlineMessages, bytes: limits.offlineBytes))
        archive = ArchiveStore(database)
        outbox = DelegationOutbox(
            database, quota: StorageQuota(stanzas: limits.delegatedStanzas, bytes: limits.delegatedBytes))
        componentInbox = ComponentInbox(database)
        sessions = SessionStore(database)
        blocking = BlockingStore(database)
        delegations = configuration.components.values.reduce(into: [:]) { delegations, component in
            for address in component.delegated { delegations[address] = component.domain }
        }
        hasArchives = configuration.archivesAnywhere
        rosters = RosterService(RosterStore(database), limit: limits.rosterItems)
        registrations = RegistrationLimiter(perHour: configuration.registration.perHour)
        logins = LoginLimiter(configuration.authentication.limits)
        tokens = TokenService(TokenStore(database), settings: configuration.authentication.tokens)
        certificates = CertificateStore(database)
        keys = KeyCensus(accountStore, hashes: configuration.authentication.hashes, log: log)
        hashing = HashingPool()
        profiles = AccountProfiles(capacity: limits.profiles)
    }

    /// Whether this domain's accounts live here.
    package func isHost(_ domain: String) -> Bool { configuration.hosts[domain] != nil }

    /// Whether the store takes writes.
    package var isHealthy: Bool { !database.statistics.isFailing }

    /// Writes a little, so that a store that takes writes again is known to although nobody else writes.
    func probeStorage() {
        background { [self] in try? await MetaStore(database).set([1], for: "health-probe") }
    }

    /// SHA-1, for what specifications still ask it for (XEP-0115, XEP-0153).
    package func sha1(_ bytes: [UInt8]) -> [UInt8] { HashFunction.sha1.digest(bytes) }

    /// HMAC-SHA-1 in base64: what the REST interface of TURN servers asks for.
    package func hmacSHA1(key: String, _ message: String) -> String {
        Base64.encode(HashFunction.sha1.hmac(key: Array(key.utf8), Array(message.utf8)))
    }

    /// The bytes that strict base64 stands for; nil for anything else.
    package func base64Decoded(_ text: String) -> [UInt8]? { Base64.decode(text) }

    /// An unguessable id: 128 random bits.
    package func makeID() -> String { SecureRandom.hexToken() }

    /// What connections of this name share: the same name always has the same loop. Nil before the server serves.
    package func loopResources(for name: String) -> LoopResources? {
        loopResources.withLock { resources in
            guard !resources.isEmpty else { return nil }
            return resources[Int(UInt(bitPattern: name.hashValue) % UInt(resources.count))]
        }
    }

    /// A number that no connection or session has had.
    package func nextSessionID() -> UInt64 { sessionIDs.wrappingAdd(1, ordering: .relaxed).oldValue }

    func nextSessionKey() -> Int64 { sessionKeys.wrappingAdd(1, ordering: .relaxed).oldValue }

    /// Tells all observers; what they must wait for comes back as one.
    package func notify(_ event: SessionEvent) -> Deferred? {
        let work = tables.sessionObservers.compactMap { $0(event, self) }
        guard !work.isEmpty else { return nil }
        return { for item in work { await item() } }
    }

    /// Returns when all that was handed to sessions before has been written to their connections: once through each
    /// loop's mailbox, once through its writes.
    package func settleLoops() async {
        for loop in loops.withLock({ $0 }) {
            for _ in 0..<2 {
                await withCheckedContinuation { continuation in loop.execute { continuation.resume() } }
            }
        }
    }

    /// Returns when nothing is under way any more: also nothing that began when something else had ended, as what a client
    /// had sent last does.
    package func waitUntilIdle() async {
        // Far more than a client's backlog takes; a feature that never rests must not hold up the stop.
        for _ in 0..<10_000 {
            await backgroundTasks.waitUntilIdle()
            await settleLoops()
            if backgroundTasks.isIdle { return }
        }
    }

    /// Runs work that belongs to no session. A graceful stop waits for it.
    package func background(_ work: @escaping Deferred) {
        backgroundTasks.run(work)
    }

    /// The same on a loop of ours.
    func background(on resources: LoopResources, _ work: @escaping Deferred) {
        backgroundTasks.run(on: resources, work)
    }
}
