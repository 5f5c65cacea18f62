// Encodings are strict: one value, one text.

import Signing
import Testing

@Suite("Binary text")
struct BinaryTextTests {
    @Test(
        "Base 64 gives the vectors of RFC 4648 section 10",
        arguments: [
            ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ])
    func rfc4648(plain: String, text: String) {
        let bytes = Array(plain.utf8)
        let unpadded = String(text.prefix { $0 != "=" })
        #expect(BinaryText.base64.encode(bytes) == text)
        #expect(BinaryText.base64.decode(text) == bytes)
        #expect(BinaryText.base64url.encode(bytes) == unpadded)
        #expect(BinaryText.base64url.decode(text) == bytes)
        #expect(BinaryText.base64url.decode(unpadded) == bytes)
    }

    @Test("Hex is written in lower case and read in either")
    func hexCase() {
        #expect(BinaryText.hex.encode([0x00, 0xAB, 0xFF]) == "00abff")
        #expect(BinaryText.hex.decode("00aBFf") == [0x00, 0xAB, 0xFF])
        #expect(BinaryText.hex.decode("") == [])
    }

    @Test("Every byte comes back from every encoding", arguments: BinaryText.allCases)
    func roundTrip(encoding: BinaryText) {
        for count in 0...66 {
            let bytes = RandomBytes.make(count)
            #expect(encoding.decode(encoding.encode(bytes)) == bytes)
        }
        let all = Array(UInt8.min...UInt8.max)
        #expect(encoding.decode(encoding.encode(all)) == all)
    }

    @Test(
        "What is no hex is refused",
        arguments: [
            "0", "000", "0g", "0x00", " 00", "00 ", "00\n", "-1", "+1", "0\u{0}", "é0", "００",
        ])
    func badHex(text: String) {
        #expect(BinaryText.hex.decode(text) == nil)
    }

    @Test(
        "What is no strict base 64 is refused",
        arguments: [
            "Zg", "Zg=", "Zg===", "Zg==\n", " Zg==", "Z===", "====", "=", "==", "Zm9v====", "Zm9vY", "Zg==Zg==", "Zm=v",
            "Zm9_", "Zm9-", "Zm9v\u{0}AAA", "Zh==", "Zm9=", "Zm8\u{0}",
        ])
    func badBase64(text: String) {
        #expect(BinaryText.base64.decode(text) == nil)
    }

    @Test(
        "What is no strict base64url is refused",
        arguments: [
            "Zg=", "Zg===", "Zm8==", "Z", "Zm9vY", "Zm9+", "Zm9/", "Zh", "Zm9", "Zg==\n", "=", "====", "Zm9v=",
        ])
    func badBase64url(text: String) {
        #expect(BinaryText.base64url.decode(text) == nil)
    }

    @Test("The two alphabets differ in the last two digits only")
    func alphabets() {
        #expect(BinaryText.base64.encode([0xFB, 0xFF]) == "+/8=")
        #expect(BinaryText.base64url.encode([0xFB, 0xFF]) == "-_8")
    }
}
