// The twilio scheme: HMAC-SHA1 (RFC 2104) over the url as it was called and behind it the form's fields in order
// (https://www.twilio.com/docs/usage/security#validating-requests).

import Model
import Signing

/// A signature over the url and a form.
enum SignedForm {
    /// The query parameter that holds the body's hash when the body is no form.
    static let hashParameter = "bodySHA256"

    /// `nil` when the signature matches one of the secrets, else why not.
    static func refusal(
        of parts: inout RequestParts, from: Part, secrets: [[UInt8]]
    ) throws(RequestParts.Missing) -> String? {
        guard let signature = BinaryText.base64.decode(try parts.text(from)) else {
            return "signature is not base64"
        }
        var fields: [UInt8] = []
        if parts.isPresent(.query(hashParameter)) {
            let hash = BinaryText.hex.decode(try parts.text(.query(hashParameter)))
            guard let hash, constantTimeEqual(hash, Digest.hash(.sha256, parts.request.body)) else {
                return "the body is not the one whose hash stands in the url"
            }
        } else {
            guard let pairs = try? FormBody.pairs(parts.request.body) else { return "the body is no form" }
            fields = inOrder(pairs)
        }
        let messages = addresses(try parts.text(.url)).map { Array($0.utf8) + fields }
        let expected = secrets.flatMap { key in messages.map { Digest.hmac(.sha1, key: key, $0) } }
        return Verifier.matches(signature, expected) ? nil : "signature does not match"
    }

    /// Names and values without anything between them, sorted by their bytes; a pair that comes again counts once.
    private static func inOrder(_ pairs: [(name: String, value: String)]) -> [UInt8] {
        let sorted = pairs.map { (name: Array($0.name.utf8), value: Array($0.value.utf8)) }.sorted { left, right in
            left.name == right.name
                ? left.value.lexicographicallyPrecedes(right.value) : left.name.lexicographicallyPrecedes(right.name)
        }
        var bytes: [UInt8] = []
        for (index, pair) in sorted.enumerated() {
            if index > 0, sorted[index - 1] == pair { continue }
            bytes += pair.name + pair.value
        }
        return bytes
    }

    /// The url with and without the port: which one is signed is not told.
    private static func addresses(_ url: String) -> [String] {
        guard let scheme = url.firstRange(of: "://") else { return [url] }
        let authority = url[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
        let rest = url[authority.endIndex...]
        let start = url[..<scheme.upperBound]
        // The colons of an address in brackets are none of a port's.
        let colon = authority.lastIndex(of: ":").flatMap { authority[$0...].contains("]") ? nil : $0 }
        let host = authority[..<(colon ?? authority.endIndex)]
        let port = colon.map { authority[$0...] } ?? (start == "https://" ? ":443" : ":80")
        return ["\(start)\(host)\(rest)", "\(start)\(host)\(port)\(rest)"]
    }
}
