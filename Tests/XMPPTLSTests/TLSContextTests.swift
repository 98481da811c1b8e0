//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

/// Loading of certificates and keys.
@Suite struct TLSContextTests {
    private let files = TestCertificates.shared

    private func error(chain: String, key: String) -> TLSError? {
        do throws(TLSError) {
            _ = try TLSContext(certificateChain: files.path(chain), privateKey: files.path(key))
            return nil
        } catch {
            return error
        }
    }

    @Test func readsNamesAndValidity() throws {
        let context = try files.one
        #expect(context.dnsNames == ["one.example", "*.wild.example", "one.alias.example"])
        #expect(context.notAfter - context.notBefore == 30 * 86400)
        #expect(context.covers("ONE.example."))
        #expect(context.covers("a.wild.example"))
        #expect(!context.covers("a.b.wild.example"))
        #expect(!context.covers("wild.example"))
        #expect(!context.covers("example"))
    }

    @Test func warnsOfTheEndOfValidity() throws {
        let context = try files.one
        #expect(context.validityWarning(at: context.notBefore + 1) == nil)
        #expect(context.validityWarning(at: context.notBefore - 1)?.contains("not valid yet") == true)
        #expect(context.validityWarning(at: context.notAfter - 86400)?.contains("expires in 1 days") == true)
        #expect(context.validityWarning(at: context.notAfter)?.contains("expired") == true)
        #expect(try files.client().validityWarning(at: 0) == nil)
    }

    static let failures: [(String, String, TLSError.Kind, String)] = [
        ("missing.crt", "one.key", .unreadable, "missing.crt"), ("one.crt", "missing.key", .unreadable, "missing.key"),
        ("garbage.pem", "one.key", .notPEM, "garbage.pem"), ("one.crt", "garbage.pem", .notPEM, "garbage.pem"),
        ("broken.crt", "one.key", .notPEM, "broken.crt"), ("one.crt", "one.crt", .notPEM, "one.crt"),
        ("one.key", "one.key", .notPEM, "one.key"), ("one.crt", "two.key", .keyMismatch, "two.key"),
        ("one.crt", "encrypted.key", .encryptedKey, "encrypted.key"), ("", "one.key", .notPEM, ""),
    ]

    @Test(arguments: failures)
    func saysWhichFileIsWrong(_ chain: String, _ key: String, _ kind: TLSError.Kind, _ file: String) throws {
        let loaded = self.error(chain: chain, key: key)
        let error = try #require(loaded)
        #expect(error.kind == kind || (chain.isEmpty && error.kind == .unreadable))
        #expect(error.file == files.path(file))
        #expect(error.remedy != nil)
        #expect(error.description.hasPrefix("\(files.path(file)): "))
    }

    @Test func refusesRootsThatAreNone() {
        #expect(throws: TLSError.self) {
            _ = try TLSContext(trustRoots: .file(files.path("garbage.pem")))
        }
    }

    @Test func findsContextsByName() throws {
        let one = try files.one
        let two = try files.two
        let store = TLSContextStore(fallback: one, byName: ["Two.Example": two, "*.wild.example": two])
        #expect(store.context(for: "two.example.") === two)
        #expect(store.context(for: "A.WILD.example") === two)
        #expect(store.context(for: "a.b.wild.example") == nil)
        #expect(store.context(for: "wild.example") == nil)
        #expect(store.context(for: "") == nil)
        #expect(store.context(for: ".") == nil)
        #expect(store.context(for: "*") == nil)
        #expect(store.all.count == 2)
        store.replace(fallback: two)
        #expect(store.fallback === two)
        #expect(store.context(for: "two.example") == nil)
    }
}
