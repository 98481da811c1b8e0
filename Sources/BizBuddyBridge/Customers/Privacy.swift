//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import BizBuddyCore
import BizBuddyStorage
import XMPPCore
import XMPPPayloads

extension BridgeConfiguration.Privacy {
    /// What is told to customers' clients about their data (XEP-0504).
    static let policyFormType = "urn:xmpp:data-policy:0"

    /// The policy of a contact, as a form for its disco#info.
    func policyForm(of contact: ContactAddress, _ texts: CustomerTexts) -> DataForm {
        var access = ["admins", "organization_member"]
        if !limited.isEmpty { access.append("partners") }
        let hours = retention.conversations(of: contact).map { String(Int($0 / .seconds(3600))) } ?? "infinite"
        var fields = [
            DataForm.Field("auth_data", kind: .listSingle, values: ["no_auth"]),
            DataForm.Field("data_retention", kind: .textSingle, values: [hours]),
            DataForm.Field("data_deletion", kind: .boolean, values: ["false"]),
            DataForm.Field("encryption_at_rest", kind: .boolean, values: ["false"]),
            DataForm.Field("data_export", kind: .boolean, values: [takesRequests ? "true" : "false"]),
            DataForm.Field("full_erasure", kind: .boolean, values: [takesRequests ? "true" : "false"]),
            DataForm.Field("access_policy", kind: .listMulti, values: access),
        ]
        if let terms { fields.append(DataForm.Field("tos", kind: .textSingle, values: [terms])) }
        var extra: [String] = []
        if !redactor.kinds.isEmpty || !redactor.patterns.isEmpty { extra.append(texts[.policyRedaction]) }
        if takesRequests { extra.append(texts[.policyRequests]) }
        if !extra.isEmpty { fields.append(DataForm.Field("extra_info", kind: .textMulti, values: extra)) }
        return DataForm(.result, formType: Self.policyFormType, fields: fields)
    }
}

extension Clerk {
    /// Deletes what is older than the policy says, and writes down that it was done.
    func tidy(_ policy: RetentionPolicy, _ store: ServiceStore, at now: Instant) async throws {
        guard !policy.isEmpty else { return }
        let deleted = try await store.deleteConversations(policy, at: now)
        for (contact, count) in deleted.sorted(by: { $0.key < $1.key }) {
            try audit?.append(
                actor: "switchboard", action: "retention", subject: contact.rawValue,
                detail: "\(count) conversations deleted", at: now.milliseconds)
        }
        guard let book, let notes = policy.notes else { return }
        let count = try await book.deleteNotes(before: now.milliseconds - Int64(notes / .milliseconds(1)))
        if count > 0 {
            try audit?.append(
                actor: "switchboard", action: "retention", subject: "notes", detail: "\(count) notes deleted",
                at: now.milliseconds)
        }
    }
}
