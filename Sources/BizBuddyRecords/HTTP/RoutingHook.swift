//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

package import BizBuddyCore
import FoundationEssentials
package import NIOCore
import Synchronization
package import XMPPTLS

/// A web service that is asked where a new customer should go, with one signed POST in a short time. Whatever is wrong
/// with it, customers are routed as if it were not there.
package final class RoutingHook: Sendable {
    package struct Settings: Sendable {
        package var address: HTTPAddress
        package var signature: (key: String?, authorization: String?)
        /// The company, as the service knows it.
        package var tenant: String
        package var timeout: Duration
        package var trustRoots: TrustRoots

        package init(
            address: HTTPAddress, signingKey: String? = nil, authorization: String? = nil, tenant: String,
            timeout: Duration = .milliseconds(500), trustRoots: TrustRoots = .system
        ) {
            self.address = address
            signature = (signingKey, authorization)
            self.tenant = tenant
            self.timeout = timeout
            self.trustRoots = trustRoots
        }
    }

    /// What is to be decided on.
    package struct Question: Hashable, Sendable {
        package struct Department: Hashable, Sendable, Encodable {
            package let id: String
            package let open: Bool
            package let waiting: Int
            package let agents: [Agent]

            package init(id: String, open: Bool, waiting: Int, agents: [Agent]) {
                self.id = id
                self.open = open
                self.waiting = waiting
                self.agents = agents
            }
        }

        /// Somebody on duty.
        package struct Agent: Hashable, Sendable, Encodable {
            package let id: String
            package let load: Int
            package let capacity: Int

            package init(id: String, load: Int, capacity: Int) {
                self.id = id
                self.load = load
                self.capacity = capacity
            }
        }

        package let contact: String
        package let conversation: String
        package let language: String?
        package let departments: [Department]
        package var addresses: [CanonicalAddress] = []

        package init(contact: String, conversation: String, language: String?, departments: [Department]) {
            self.contact = contact
            self.conversation = conversation
            self.language = language
            self.departments = departments
        }
    }

    package enum Outcome: Hashable, Sendable {
        case advice(RoutingAdvice)
        /// It has no opinion.
        case none
        /// It has failed, or was left alone because it had.
        case failed(String)
    }

    private struct Request: Encodable {
        struct Address: Encodable {
            let scheme: String
            let value: String
        }

        let v = 1
        let tenant: String
        let buddy: String
        let session: String
        let language: String?
        let addresses: [Address]
        let departments: [Question.Department]
        let deadline_ms: Int
    }

    private struct Answer: Decodable {
        var department: String?
        var agent: String?
        var priority: Int?
        var skills: [String]?
    }

    private struct State {
        var breaker = CircuitBreaker()
        var asking = 0
    }

    /// Bytes of an answer, skills in it, and characters of a name.
    private static let answerBytes = 16 << 10
    private static let skills = 20
    private static let nameLength = 200

    private let settings: Settings
    private let exchange: HTTPExchange
    private let state = Mutex(State())

    /// Throws `TLSError` if the authorities to trust cannot be read.
    package init(_ settings: Settings, group: any EventLoopGroup) throws {
        self.settings = settings
        exchange = HTTPExchange(
            address: settings.address,
            tls: settings.address.isEncrypted ? try TLSContext(trustRoots: settings.trustRoots) : nil,
            maximumBody: Self.answerBytes, group: group)
    }

    package func ask(_ question: Question) async -> Outcome {
        let refusal: String? = state.withLock { state in
            guard state.asking < Limits.concurrency else { return "too many questions at once" }
            guard state.breaker.admits(at: .now) else { return "not asked: it has failed too often" }
            state.asking += 1
            return nil
        }
        if let refusal { return .failed(refusal) }
        do {
            let advice = try await answer(to: question)
            state.withLock { state in
                state.asking -= 1
                state.breaker.succeeded()
            }
            return advice.map { .advice($0) } ?? .none
        } catch {
            state.withLock { state in
                state.asking -= 1
                state.breaker.failed(at: .now)
            }
            return .failed((error as? SourceFailure)?.reason ?? "cannot be read")
        }
    }

    private func answer(to question: Question) async throws -> RoutingAdvice? {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let body = Array(
            try encoder.encode(
                Request(
                    tenant: settings.tenant, buddy: question.contact, session: question.conversation,
                    language: question.language,
                    addresses: question.addresses.map { Request.Address(scheme: $0.scheme, value: $0.value) },
                    departments: question.departments,
                    deadline_ms: Int(settings.timeout / .milliseconds(1)))))
        let signature = RequestSignature(
            key: settings.signature.key, authorization: settings.signature.authorization)
        let response = try await exchange.post(
            body, headers: signature.headers(for: body), timeout: settings.timeout)
        switch response.status {
        case 200: break
        case 204, 404: return nil
        case 300..<400: throw SourceFailure("it redirects, which is not followed")
        default: throw SourceFailure("it answers with status \(response.status)")
        }
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
            throw SourceFailure("its answer cannot be read")
        }
        func name(_ text: String?) -> String? {
            text.flatMap { $0.isEmpty || $0.count > Self.nameLength ? nil : $0 }
        }
        let advice = RoutingAdvice(
            department: name(answer.department).map { DepartmentID($0) },
            agent: name(answer.agent).map { AgentID($0.lowercased()) }, priority: answer.priority ?? 0,
            skills: (answer.skills ?? []).prefix(Self.skills).compactMap { name($0)?.lowercased() })
        return advice.isEmpty ? nil : advice
    }
}
