//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

extension SwitchboardConfiguration {
    /// Accounts and contacts by invitation (XEP-0401).
    struct Invitations: Sendable, Equatable {
        var isEnabled = true
        var isOpenToAll = false
        var days = 7
        var openPerAccount = 20
        var landingPage: String?

        static let schema = SectionSchema<Invitations>(
            [
                Field("enabled", \.isEnabled, .boolean, "Whether there are invitations."),
                Field(
                    "open_to_all", \.isOpenToAll, .boolean,
                    "Whether everybody, and not only roles.invite and roles.admins, may invite people to make an account."
                ),
                Field("days", \.days, .integer(1...365), "Days that an invitation holds."),
                Field(
                    "open_per_account", \.openPerAccount, .integer(1...10_000),
                    "Invitations that one account may have open at a time."),
                Field(
                    "landing_page", \.landingPage, .optional(.text), example: "\"https://acme.example/join\"",
                    """
                    A web page for who has no client yet. Its address with the invitation behind "#" is given out beside the xmpp: link; \
                    the server does not serve the page.
                    """),
            ],
            finish: { invitations, path, reading in
                if let page = invitations.landingPage, !page.hasPrefix("https://") {
                    reading.report("\"\(page)\" does not begin with https://", at: path + ["landing_page"])
                }
            })
    }
}
