// Step 2 of the hallway: takes the parts that a verification or handshake names out of a request. Raw bytes stay raw;
// the body is decoded only when a part asks for a member of it.

import Model
import Signing

/// The parts of one request.
struct RequestParts {
    /// A part that cannot be had; the text names the part and never a value.
    struct Missing: Error, Hashable {
        let reason: String
        /// Whether the part is absent, and not there twice or unreadable.
        let isAbsent: Bool
    }

    let request: ReceivedRequest
    let decoding: BodyDecoding
    /// The endpoint's public address, without a secret and without a query.
    let publicURL: String
    let settings: [String: [String]]
    /// What a signature header says, by name; filled by a check that parses one.
    var signature: [String: [String]] = [:]
    private var decoded: JSON??

    init(_ request: ReceivedRequest, decoding: BodyDecoding, publicURL: String, settings: [String: [String]]) {
        self.request = request
        self.decoding = decoding
        self.publicURL = publicURL
        self.settings = settings
    }

    /// The bytes of a part.
    mutating func bytes(_ part: Part) throws(Missing) -> [UInt8] {
        switch part {
        case .body: request.body
        case .method: Array(request.method.utf8)
        case .path: Array(request.path.utf8)
        case .url: Array(url.utf8)
        case .literal(let text): Array(text.utf8)
        case .header, .query, .member, .signature, .setting, .bearer, .basic: Array(try text(part).utf8)
        }
    }

    /// The text of a part that is a text.
    mutating func text(_ part: Part) throws(Missing) -> String {
        switch part {
        case .header(let name): return try one(request.values(ofHeader: name), part)
        case .query(let name): return try one(request.query.filter { $0.name == name }.map(\.value), part)
        case .setting(let name): return try one(settings[name].map { Array($0.prefix(1)) } ?? [], part)
        case .member(let steps): return try member(steps, part)
        case .signature(let name): return try one(signature[name] ?? [], part)
        case .bearer: return try credential("bearer", part)
        case .basic:
            let encoded = try credential("basic", part)
            guard let bytes = BinaryText.base64.decode(encoded), let text = String(validating: bytes, as: UTF8.self)
            else { throw Missing(reason: "\(part.name) is not base64", isAbsent: false) }
            return text
        case .body, .method, .path, .url, .literal: return String(decoding: try bytes(part), as: UTF8.self)
        }
    }

    private var url: String {
        let address = request.pathSecret.map { "\(publicURL)/\(PercentCoding.component($0))" } ?? publicURL
        return request.rawQuery.isEmpty ? address : "\(address)?\(request.rawQuery)"
    }

    /// A part that comes twice could mean two things to two readers: it counts as neither.
    private func one(_ values: [String], _ part: Part) throws(Missing) -> String {
        guard let value = values.first else { throw Missing(reason: "\(part.name) is missing", isAbsent: true) }
        guard values.count == 1 else { throw Missing(reason: "\(part.name) is given twice", isAbsent: false) }
        return value
    }

    /// RFC 9110 section 11.4: a scheme in any case, blanks, the credential.
    private func credential(_ scheme: String, _ part: Part) throws(Missing) -> String {
        let value = try one(request.values(ofHeader: "authorization"), part)
        let pieces = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
        guard pieces.count == 2, pieces[0].lowercased() == scheme else {
            throw Missing(reason: "\(part.name) is missing", isAbsent: true)
        }
        return String(pieces[1].drop { $0 == " " })
    }

    private mutating func member(_ steps: [String], _ part: Part) throws(Missing) -> String {
        let body: JSON?
        if let decoded {
            body = decoded
        } else {
            body = decoding.value(request.body)
            decoded = .some(body)
        }
        guard var value = body else { throw Missing(reason: "the body is not \(decoding.name)", isAbsent: false) }
        for step in steps { value = value[step] }
        switch value {
        case .string(let text): return text
        case .integer(let number): return String(number)
        case .number(let literal): return literal
        case .null: throw Missing(reason: "\(part.name) is missing", isAbsent: true)
        case .bool, .array, .object: throw Missing(reason: "\(part.name) is neither text nor digits", isAbsent: false)
        }
    }

    /// Whether the part is there at all, whatever it is.
    mutating func isPresent(_ part: Part) -> Bool {
        do throws(Missing) {
            _ = try text(part)
            return true
        } catch {
            return !error.isAbsent && !error.reason.hasPrefix("the body is not")
        }
    }
}
