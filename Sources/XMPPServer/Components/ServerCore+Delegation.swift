//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import CoreMetrics
internal import Logging
package import XMPPCore
internal import XMPPStorage

extension ServerCore {
    /// Hands a stanza for a delegated address to its component by way of the durable outbox: once this is done the
    /// stanza reaches the component, whatever happens in between (architecture, "BizBuddy").
    package func delegate(_ stanza: Stanza, to component: String) -> Deferred {
        { [self] in
            do {
                _ = try await outbox.append(
                    NewOutboxStanza(
                        component: component, address: stanza.to?.bareString ?? "",
                        stanza: String(decoding: stanza.xmlBytes, as: UTF8.self),
                        stamp: Timestamp.now().milliseconds))
                metrics.delegatedStored.increment()
                components.connected(component)?.pump()
            } catch {
                log.error("A stanza could not be kept for its component", metadata: ["error": "\(error)"])
                await bounce(stanza, StanzaError(.resourceConstraint))?()
            }
        }
    }

    /// Hands a stanza to a component at once; false if it isn't connected.
    package func forward(_ stanza: Stanza, toComponent domain: String) -> Bool {
        guard let component = components.connected(domain) else { return false }
        component.deliver(stanza)
        return true
    }

    /// Whether it is not only people who read what is sent to an address, but programs that answer in a language, or servers
    /// that cannot know the stream it came on: they are told what it is written in (RFC 6120 §8.1.5).
    func readsWords(_ address: JID) -> Bool {
        configuration.components[address.domain] != nil || delegations[address.bareString] != nil
            || !isOwn(address.domain)
    }

    /// Whether the domain is one of a configured component.
    package func isComponent(_ domain: String) -> Bool { configuration.components[domain] != nil }

    /// Reads what waits in the outbox; nothing if it cannot be read now.
    func loadPending(
        for component: String, after row: Int64, limit: Int,
        then body: @escaping @Sendable ([StoredOutboxStanza]) -> Void
    ) {
        background { [self] in
            do {
                body(try await outbox.pending(component, after: row, limit: limit))
            } catch {
                log.error("The delegation outbox could not be read", metadata: ["error": "\(error)"])
                body([])
            }
        }
    }

    /// A stanza from the outbox with the id by which the component knows it again.
    func stamped(_ stanza: Stanza, row: Int64) -> Stanza {
        guard let host = stanza.to?.domain else { return stanza }
        let mark = XMLElement("stanza-id", "urn:xmpp:sid:0", ["by": host, "id": "\(configuration.instance)-\(row)"])
        let content = stanza.content.removingChildren {
            $0.isNamed("stanza-id", "urn:xmpp:sid:0") && $0["by"] == host
        }
        guard var marked = try? Stanza(content.adding(mark), kind: stanza.kind, from: nil, to: stanza.to)
        else { return stanza }
        marked.from = stanza.from
        return marked
    }

    /// What is to be written of a component's message before it goes on; nil if nothing is, or something must be read
    /// first.
    func recording(of stanza: Stanza) -> Recording? {
        guard stanza.kind == .message, let to = stanza.to else { return nil }
        let account = accounts.online(to)
        guard let parties = parties(of: stanza, to: to, from: nil, account: account),
            case .record(let recording) = plan(for: stanza, to: to, from: nil, account: account, parties)
        else { return nil }
        return recording
    }

    /// Delivers a component's message unless it has come before: a component sends again what it has no
    /// acknowledgement for.
    func takeOnce(_ stanza: Stanza, _ mark: OnceMark) async {
        do {
            guard try await !componentInbox.contains(mark.sender, id: mark.id) else { return }
        } catch {
            // Not known whether it has come before: the component is told, and may send it again.
            log.error("A component's message could not be looked up", metadata: ["error": "\(error)"])
            await bounce(stanza, StanzaError(.resourceConstraint))?()
            return
        }
        await route(stanza)?()
        // Only what has left for the recipient counts as taken: the component would not send it again.
        await settleLoops()
        do {
            _ = try await componentInbox.insertIfNew(mark.sender, id: mark.id, stamp: Timestamp.now().milliseconds)
        } catch {
            log.error("A component's message could not be noted", metadata: ["error": "\(error)"])
        }
    }
}
