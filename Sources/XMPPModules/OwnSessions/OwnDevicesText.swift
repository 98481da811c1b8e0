//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

/// The words of the commands for devices, in the languages that the server speaks.
struct OwnDevicesText: Sendable {
    var listName: String
    var signOutName: String
    var instructions: String
    var device: String
    var name: String
    var software: String
    var state: String
    var address: String
    var first: String
    var last: String
    var token: String
    var thisOne: String
    var connected: String
    var none: String
    var devices: String
    var all: String
    var allOthers: String
    var noOthers: String
    private var signedOutOne: String
    private var signedOutMany: String

    static let english = OwnDevicesText(
        listName: "My devices", signOutName: "Sign out my devices",
        instructions: "A device that is signed out needs the password to log in again.", device: "Device", name: "Name",
        software: "Software", state: "State", address: "Last address", first: "First used", last: "Last used",
        token: "Logs in without the password until", thisOne: "this one", connected: "connected", none: "no",
        devices: "Devices to sign out", all: "All of them", allOthers: "All others",
        noOthers: "There are no other devices.", signedOutOne: "1 device was signed out.",
        signedOutMany: "# devices were signed out.")

    private static let german = OwnDevicesText(
        listName: "Meine Geräte", signOutName: "Meine Geräte abmelden",
        instructions: "Ein abgemeldetes Gerät braucht das Passwort, um sich wieder anzumelden.", device: "Gerät",
        name: "Name", software: "Programm", state: "Zustand", address: "Letzte Adresse", first: "Zuerst benutzt",
        last: "Zuletzt benutzt", token: "Meldet sich ohne Passwort an bis", thisOne: "dieses",
        connected: "verbunden", none: "nein", devices: "Abzumeldende Geräte", all: "Alle", allOthers: "Alle anderen",
        noOthers: "Es gibt keine anderen Geräte.", signedOutOne: "1 Gerät wurde abgemeldet.",
        signedOutMany: "# Geräte wurden abgemeldet.")

    func signedOut(_ count: Int) -> String { CommandLanguage.counted(count, one: signedOutOne, many: signedOutMany) }
}

extension OwnDevicesText {
    init(language: String?) {
        self = CommandLanguage.choose(language, english: Self.english, german: Self.german)
    }
}
