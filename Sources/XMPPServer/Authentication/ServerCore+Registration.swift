//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

internal import Logging
internal import XMPPCore
internal import XMPPStorage

extension ServerCore {
    private static let registerNamespace = "jabber:iq:register"

    /// Answers an iq of in-band registration that comes before log-in (XEP-0077 §3.1).
    func register(_ request: Stanza, host: String, address: String) async -> Stanza {
        guard let query = request.payload else { return refusal(request, .badRequest) }
        guard request.type == .set else {
            return Stanza(.iq, .result, id: request.id, from: try? JID(host)) {
                XMLElement("query", Self.registerNamespace) {
                    XMLElement("instructions", Self.registerNamespace, text: "Choose a user name and a password.")
                    XMLElement("username", Self.registerNamespace)
                    XMLElement("password", Self.registerNamespace)
                }
            }
        }
        let policy = configuration.registration
        guard let username = query.child("username", Self.registerNamespace)?.text,
            let password = query.child("password", Self.registerNamespace)?.text, !username.isEmpty
        else { return refusal(request, .notAcceptable, "A user name and a password are needed.") }
        guard password.unicodeScalars.count >= policy.minimumPasswordLength else {
            return refusal(
                request, .notAcceptable, "The password needs at least \(policy.minimumPasswordLength) characters.")
        }
        guard registrations.allows(address) else { return refusal(request, .resourceConstraint, "Too many accounts.") }
        do {
            let account = try JID(local: username, domain: host)
            guard tables.addresses[account.bareString] == nil else { return refusal(request, .conflict) }
            try await createAccount(account, password: password)
            return Stanza(.iq, .result, id: request.id)
        } catch let error as JIDError {
            return refusal(request, .jidMalformed, "The user name or password is not acceptable: \(error).")
        } catch StorageError.exists {
            return refusal(request, .conflict)
        } catch is HashingPool.Overloaded {
            return refusal(request, .resourceConstraint)
        } catch {
            log.error("An account could not be made", metadata: ["error": "\(error)"])
            return refusal(request, .internalServerError)
        }
    }

    private func refusal(_ request: Stanza, _ condition: StanzaError.Condition, _ text: String? = nil) -> Stanza {
        Stanza(.iq, .error, id: request.id) { StanzaError(condition, text: text).element }
    }
}
