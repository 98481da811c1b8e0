//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import Synchronization
internal import XMPPCore
internal import XMPPPayloads
internal import XMPPServer
internal import XMPPStorage
internal import XMPPXML

/// Holds all registrations and tells services of messages. Nothing here waits: what takes time goes on in the background.
final class PushDispatcher: Sendable {
    private struct Device {
        var device: String?
        var resource: String
        var node: PushNode
        /// What stands in the store.
        var written: Counts

        init(_ registration: PushRegistration) {
            device = registration.device
            resource = registration.resource
            node = PushNode(count: registration.pending, told: registration.told)
            written = Counts(registration)
        }

        /// What is to stand there.
        var counts: Counts { Counts(pending: node.count, told: node.toldCount) }

        func isOf(_ session: BoundSession) -> Bool {
            session.resource == resource || (device != nil && session.device == device)
        }
    }

    /// Messages since a device was here last, and those of them that its service knows of.
    private struct Counts: Equatable {
        var pending: Int
        var told: Int

        init(pending: Int, told: Int) {
            self.pending = pending
            self.told = told
        }

        init(_ registration: PushRegistration) {
            self.init(pending: registration.pending, told: registration.told)
        }
    }

    private struct State {
        var accounts: [String: [PushTarget: Device]] = [:]
        var queue: PushQueue
    }

    private let configuration: PushConfiguration
    private let state: Mutex<State>
    /// So that servers where nobody has asked for notifications do not meet at the lock.
    private let isNeeded = Atomic<Bool>(false)

    init(_ configuration: PushConfiguration) {
        self.configuration = configuration
        state = Mutex(State(queue: PushQueue(perService: configuration.perService, limit: configuration.outstanding)))
    }

    // MARK: Registrations

    func load(_ registrations: [PushRegistration]) {
        for (account, own) in Dictionary(grouping: registrations, by: \.account) {
            replace(account, own, enabled: nil)
        }
    }

    /// Services are told what they were not before the server stopped, once devices have had time to come back.
    func tellWhatIsLeft(_ server: ServerCore) {
        let left = state.withLock { state in
            state.accounts.values.flatMap { devices in devices.filter { $0.value.node.isWaiting }.map(\.key) }
        }
        for target in left { perform(.wait(seconds: PushNode.firstPause), target, server) }
    }

    /// Takes the registrations of an account after a change, in the order of the commits; `enabled` is the one that was
    /// asked for.
    func replace(_ account: String, _ registrations: [PushRegistration], enabled: PushTarget?) {
        state.withLock { state in
            let old = state.accounts[account] ?? [:]
            var new: [PushTarget: Device] = [:]
            for registration in registrations {
                let target = PushTarget(account: account, service: registration.service, node: registration.node)
                var device = old[target] ?? Device(registration)
                device.device = registration.device
                device.resource = registration.resource
                device.written = Counts(registration)
                if target == enabled { device.node.enabled() }
                new[target] = device
            }
            state.accounts[account] = new.isEmpty ? nil : new
            if !new.isEmpty { isNeeded.store(true, ordering: .releasing) }
        }
    }

    /// A session has a connection: whatever its device has missed it gets now.
    func isHere(_ handle: SessionHandle, _ server: ServerCore) {
        guard isNeeded.load(ordering: .acquiring),
            let session = server.accounts.online(handle.jid)?.session(handle.jid.resource ?? "")
        else { return }
        let here = state.withLock { state in
            let devices = state.accounts[handle.jid.bareString] ?? [:]
            let here = devices.filter { $0.value.isOf(session) }.map(\.key)
            for target in here { state.accounts[target.account]?[target]?.node.deviceIsHere() }
            return here
        }
        for target in here { writeCount(of: target, server) }
    }

    /// Writes down how much a device has missed, so that the count goes on after a restart.
    private func writeCount(of target: PushTarget, _ server: ServerCore) {
        let counts = state.withLock { state -> Counts? in
            guard let device = state.accounts[target.account]?[target], device.counts != device.written else {
                return nil
            }
            state.accounts[target.account]?[target]?.written = device.counts
            return device.counts
        }
        guard let counts else { return }
        let store = PushStore(server.database)
        server.database.submit { context in
            try store.setPending(
                counts.pending, told: counts.told, of: target.account, service: target.service, node: target.node,
                in: context)
        } completion: { result in
            guard case .failure(let error) = result else { return }
            server.log.error("What a device has missed could not be stored", metadata: ["error": "\(error)"])
        }
    }

    // MARK: Messages

    /// A message has come for an account: devices of it that have no connection are told.
    func arrived(_ message: Stanza, for account: JID, archiveID: ArchiveID?, _ server: ServerCore) {
        guard isNeeded.load(ordering: .acquiring), PushOccasion.isWorthTelling(message, to: account) else { return }
        let connected = (server.accounts.online(account)?.sessions ?? []).filter { !$0.isDetached }
        let key = PushOccasion.key(message, archiveID: archiveID?.description)
        let sender = configuration.includesSender ? message.from?.description : nil
        let body = configuration.includesBody ? Self.body(of: message) : nil
        let started = state.withLock { state in
            var started: [PushTarget] = []
            for (target, var device) in state.accounts[account.bareString] ?? [:] {
                guard !connected.contains(where: { device.isOf($0) }) else { continue }
                let step = device.node.arrived(key: key, sender: sender, body: body)
                state.accounts[target.account]?[target] = device
                if step == .publish { started += state.queue.add(target) }
            }
            return started
        }
        for target in started { publish(target, server) }
    }

    /// At most so many characters are shown anywhere.
    private static let shownCharacters = 200

    private static func body(of message: Stanza) -> String? {
        guard let text = message.child("body", Namespace.client)?.text, !text.isEmpty else { return nil }
        return String(text.prefix(shownCharacters))
    }

    // MARK: Notifications

    private func publish(_ target: PushTarget, _ server: ServerCore) {
        // A server that dies before the answer tells it again.
        writeCount(of: target, server)
        server.background { [self] in
            do {
                // What stands in the store counts: an account may have been removed.
                let store = PushStore(server.database)
                guard
                    let registration = try await store.registration(
                        target.account, service: target.service, node: target.node)
                else { return forget(target, server) }
                send(try notification(registration), target, server)
            } catch {
                server.log.error("A push registration could not be read", metadata: ["error": "\(error)"])
                finished(target, .refusedForNow, server)
            }
        }
    }

    private func notification(_ registration: PushRegistration) throws -> PushNotification {
        let options = try registration.options.map { try DataForm(XMLElement(parsing: $0)) }
        return PushNotification(node: registration.node, options: options)
    }

    private func send(_ empty: PushNotification, _ target: PushTarget, _ server: ServerCore) {
        var notification = empty
        let isDue = state.withLock { state in
            guard state.accounts[target.account]?[target]?.node.begins() == true,
                let node = state.accounts[target.account]?[target]?.node
            else { return false }
            notification.messageCount = node.count
            notification.lastSender = node.lastSender.flatMap { try? JID($0) }
            notification.lastBody = node.lastBody
            return true
        }
        guard isDue, let account = try? JID(target.account), let service = try? JID(target.service) else {
            return release(target, server)
        }
        server.request(
            .set, notification.element, from: account.domain, to: service, seconds: configuration.patience
        ) { [self] outcome in
            finished(target, PushNode.Answer(outcome), server)
        }
    }

    private func finished(_ target: PushTarget, _ answer: PushNode.Answer, _ server: ServerCore) {
        let step = state.withLock { $0.accounts[target.account]?[target]?.node.finished(answer) }
        release(target, server)
        writeCount(of: target, server)
        guard let step else { return }
        perform(step, target, server)
    }

    private func perform(_ step: PushNode.Step, _ target: PushTarget, _ server: ServerCore) {
        switch step {
        case .nothing:
            break
        case .publish:
            for target in state.withLock({ $0.queue.add(target) }) { publish(target, server) }
        case .wait(let seconds):
            server.later(seconds: seconds) { [self] in
                let step = state.withLock { $0.accounts[target.account]?[target]?.node.retry() }
                if let step { perform(step, target, server) }
            }
        case .remove:
            server.log.info(
                "A push service takes no more for a device",
                metadata: ["account": "\(target.account)", "service": "\(target.service)"])
            server.background { [self] in
                do {
                    try await PushChange.remove(target, server, self)
                } catch {
                    server.log.error("A push registration could not be removed", metadata: ["error": "\(error)"])
                }
            }
        }
    }

    /// Lets others have their turn.
    private func release(_ target: PushTarget, _ server: ServerCore) {
        for next in state.withLock({ $0.queue.finished(target.service) }) { publish(next, server) }
    }

    private func forget(_ target: PushTarget, _ server: ServerCore) {
        state.withLock { $0.accounts[target.account]?[target] = nil }
        release(target, server)
    }
}

extension PushNode.Answer {
    init(_ outcome: RequestOutcome) {
        switch outcome {
        case .result: self = .taken
        case .timeout: self = .silence
        case .error(let error): self = Self.isPassing(error) ? .refusedForNow : .refusedForGood
        }
    }

    /// Whether the error says something about the moment and not about the registration.
    private static func isPassing(_ error: StanzaError) -> Bool {
        guard error.kind != .wait else { return true }
        return switch error.condition {
        case .remoteServerNotFound, .remoteServerTimeout, .serviceUnavailable, .recipientUnavailable,
            .internalServerError, .resourceConstraint, .policyViolation:
            true
        default: false
        }
    }
}
