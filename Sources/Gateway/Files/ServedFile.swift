// A file as an answer: never shown by a browser as part of this site, whatever it says it is.

import HTTPTypes
import Hummingbird
import Model
import NIOCore

extension Response {
    /// A file to be saved.
    init(_ file: CarriedFile) {
        var headers: HTTPFields = [
            .contentType: file.type, .contentDisposition: Self.disposition(of: file.name),
            .xContentTypeOptions: "nosniff", .cacheControl: "private, no-store",
        ]
        if let policy = HTTPField.Name("Content-Security-Policy") { headers[policy] = "default-src 'none'; sandbox" }
        self.init(status: .ok, headers: headers, body: .init(byteBuffer: ByteBuffer(bytes: file.bytes)))
    }

    /// RFC 6266: the name in ASCII for old readers, and whole in UTF-8 (RFC 8187).
    private static func disposition(of name: String?) -> String {
        guard let name else { return "attachment" }
        let plain = String(
            name.unicodeScalars.map { scalar -> Character in
                let isSafe = (0x20..<0x7F).contains(scalar.value) && scalar != "\"" && scalar != "\\" && scalar != "%"
                return isSafe ? Character(scalar) : "_"
            })
        let whole = name.utf8.map { byte -> String in
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: String(UnicodeScalar(byte))
            default: "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }.joined()
        return "attachment; filename=\"\(plain)\"; filename*=UTF-8''\(whole)"
    }
}

extension Problem {
    /// A file that does not come now: somebody else's server has it.
    static func fileUnavailable(_ reason: String) -> Problem {
        Problem(.badGateway, "file-unavailable", reason, retryAfter: 60)
    }

    /// A file that never comes.
    static func fileRefused(_ reason: String) -> Problem { Problem(.gone, "file-refused", reason) }
}
