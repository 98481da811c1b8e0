//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The words of the commands for one's own sessions, in the languages that the server speaks.
struct OwnSessionsText: Sendable {
    var listName: String
    var endName: String
    var resource: String
    var state: String
    var address: String
    var since: String
    var heard: String
    var encryption: String
    var mechanism: String
    var device: String
    var thisOne: String
    var connected: String
    var detached: String
    var none: String
    var sessions: String
    var allOthers: String
    var noOthers: String
    private var endedOne: String
    private var endedMany: String

    static let english = OwnSessionsText(
        listName: "My sessions", endName: "End my sessions", resource: "Session", state: "State", address: "Address",
        since: "Connected since", heard: "Last heard", encryption: "Encryption", mechanism: "Log-in",
        device: "Device", thisOne: "this one", connected: "connected", detached: "waits for its client",
        none: "none", sessions: "Sessions to end", allOthers: "All others", noOthers: "You have no other sessions.",
        endedOne: "1 session was ended.", endedMany: "# sessions were ended.")

    private static let german = OwnSessionsText(
        listName: "Meine Sitzungen", endName: "Meine Sitzungen beenden", resource: "Sitzung", state: "Zustand",
        address: "Adresse", since: "Verbunden seit", heard: "Zuletzt gehört", encryption: "Verschlüsselung",
        mechanism: "Anmeldung", device: "Gerät", thisOne: "diese", connected: "verbunden",
        detached: "wartet auf ihr Programm", none: "keine", sessions: "Zu beendende Sitzungen",
        allOthers: "Alle anderen", noOthers: "Sie haben keine anderen Sitzungen.",
        endedOne: "1 Sitzung wurde beendet.", endedMany: "# Sitzungen wurden beendet.")

    func ended(_ count: Int) -> String { CommandLanguage.counted(count, one: endedOne, many: endedMany) }
}

extension OwnSessionsText {
    init(language: String?) {
        self = CommandLanguage.choose(language, english: Self.english, german: Self.german)
    }
}
