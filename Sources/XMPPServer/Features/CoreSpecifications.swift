//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// Specifications that no feature declares, because the server itself or the bridge beside it implements them. With what
/// the features declare (``ServerModule/implements``) this is all that `docs/switchboard.doap` lists.
package enum CoreSpecifications {
    package static let all: [Specification] = streams + stanzas + customerService

    private static let streams: [Specification] = [
        Specification("RFC 6120", "2011-03"),
        Specification("RFC 7622", "2015-09"),
        Specification("RFC 5802", "2010-07"),
        Specification("RFC 7677", "2015-11"),
        Specification("RFC 9266", "2022-07"),
        .xep(114, "1.6"),
        .xep(198, "1.6.3"),
        .xep(178, "1.2"),
        .xep(185, "1.0"),
        .xep(220, "1.1.1"),
        .xep(288, "1.0.1", note: "one pair of domains a stream"),
        .xep(368, "1.1.0"),
        .xep(386, "1.1.0"),
        .xep(388, "1.0.4"),
        .xep(440, "1.0.0"),
        .xep(474, "0.5.0"),
        .xep(480, "0.2.0"),
        .xep(484, "0.2.0", note: "no TLS early data"),
        .xep(495, "0.1.0"),
    ]

    private static let stanzas: [Specification] = [
        .xep(227, "1.1", note: "export and import of accounts; nothing of PEP"),
        .xep(4, "2.13.2", note: "the forms that the server and the bridge send and take"),
        .xep(82, "1.1.1"),
        .xep(85, "2.1", note: "passed on, and told apart from messages that matter"),
        .xep(106, "1.1.1", note: "names of groups in broadcast addresses"),
        .xep(184, "1.4.0", note: "passed on and archived"),
        .xep(308, "1.2.1", note: "passed on and archived"),
        .xep(333, "1.0.0", note: "what recipients of broadcasts say; others' markers are passed on"),
        .xep(334, "1.0.0", note: "hints about storage and copies"),
        .xep(359, "0.7.0", note: "ids of archives and on the way to the bridge; forged ones are removed"),
        .xep(444, "0.2.1", note: "passed on and archived"),
        .xep(461, "0.2.1", note: "passed on and archived"),
    ]

    private static let customerService: [Specification] = [
        .xep(45, "1.35.5", note: "the room behind a conversation; agents only, by invitation"),
        .xep(142, "0.3.1", note: "the agent's side, and what a customer's client asks of a queue"),
        .xep(144, "1.1.1", note: "suggests the company's contacts to customers"),
        .xep(147, "1.2", note: "links that put a contact into a contact list"),
        .xep(172, "1.1", note: "customers' names"),
        .xep(249, "1.2"),
        .xep(410, "1.1.0", note: "answers of the rooms"),
        .xep(504, "0.1.0", note: "of the contacts that customers write to"),
    ]
}
