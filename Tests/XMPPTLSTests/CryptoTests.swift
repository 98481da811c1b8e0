//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//

import Testing
import XMPPTLS

@Suite struct CryptoTests {
    private func hex(_ bytes: [UInt8]) -> String { Hexadecimal.encode(bytes) }

    @Test func digestsAsInFIPS180() {
        #expect(hex(HashFunction.sha1.digest("abc".utf8)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
        #expect(
            hex(HashFunction.sha256.digest("abc".utf8))
                == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(hex(HashFunction.sha512.digest("abc".utf8)).hasPrefix("ddaf35a193617abacc417349ae204131"))
        #expect(hex(HashFunction.sha1.digest([])) == "da39a3ee5e6b4b0d3255bfef95601890afd80709")
    }

    @Test func authenticatesAsInRFC4231() {
        let key = [UInt8](repeating: 0x0B, count: 20)
        #expect(
            hex(HashFunction.sha256.hmac(key: key, "Hi There".utf8))
                == "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
        #expect(
            hex(HashFunction.sha256.hmac(key: "Jefe".utf8, "what do ya want for nothing?".utf8))
                == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
        // An empty key after another one must not mean "the same key again".
        #expect(
            hex(HashFunction.sha256.hmac(key: [], []))
                == "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad")
    }

    @Test func stretchesAsInRFC6070() {
        func key(_ iterations: Int) -> String {
            hex(HashFunction.sha1.pbkdf2(password: "password".utf8, salt: "salt".utf8, iterations: iterations))
        }
        #expect(key(1) == "0c60c80f961f0e71f3a9b524af6012062fe037a6")
        #expect(key(2) == "ea6c014dc72d6f8ccd1ed92ace1d41f0d8de8957")
        #expect(key(4096) == "4b007901b765489abead49d926f721d065a429c1")
        #expect(key(0) == key(1))
        #expect(
            hex(
                HashFunction.sha1.pbkdf2(
                    password: "passwordPASSWORDpassword".utf8, salt: "saltSALTsaltSALTsaltSALTsaltSALTsalt".utf8,
                    iterations: 4096, length: 25)) == "3d2eec4fe41c849b80c8d83662c0e44a8b291a964cf2f07038")
    }

    static let encodings = [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ]

    @Test(arguments: encodings) func encodesAsInRFC4648(_ plain: String, _ encoded: String) {
        #expect(Base64.encode(plain.utf8) == encoded)
        #expect(Base64.decode(encoded) == Array(plain.utf8))
        #expect(Base64.encodeURL(plain.utf8) == encoded.replacing("=", with: ""))
    }

    @Test(arguments: [
        "Z", "Zg", "Zg=", "Zg===", "====", "=Zg=", "Zg==Zg==", "Zm9v\n", " Zm9v", "Zm-v", "Zm_v", "Zh==", "Zm9=",
        "Zm9v=", "Zm9vé===", "A===", "Zm=v",
    ])
    func refusesSloppyBase64(_ text: String) {
        #expect(Base64.decode(text) == nil)
    }

    @Test func everyByteSurvivesBase64() {
        let bytes = (0...255).map { UInt8($0) }
        for length in 0...256 {
            #expect(Base64.decode(Base64.encode(bytes.prefix(length))) == Array(bytes.prefix(length)))
        }
        #expect(Base64.encodeURL([0xFB, 0xFF]) == "-_8")
    }

    @Test func comparesInConstantTime() {
        #expect(ConstantTime.equals([], []))
        #expect(ConstantTime.equals([1, 2], [1, 2]))
        #expect(!ConstantTime.equals([1, 2], [1, 3]))
        #expect(!ConstantTime.equals([1], [1, 2]))
        #expect(ConstantTime.equals("token", "token"))
        #expect(!ConstantTime.equals("token", "tokem"))
    }

    @Test func tokensAreLongAndNeverTheSame() {
        #expect(SecureRandom.bytes(0).isEmpty)
        #expect(SecureRandom.bytes(33).count == 33)
        #expect(SecureRandom.hexToken().count == 32)
        #expect(SecureRandom.base64URLToken().count == 24)
        #expect(Set((0..<1000).map { _ in SecureRandom.hexToken() }).count == 1000)
    }
}
