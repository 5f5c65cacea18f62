// application/x-www-form-urlencoded (WHATWG URL section 5.1), strictly: what is no form is an error, not a guess.

import Model

/// Reads and writes forms and queries.
enum FormBody {
    /// How many fields a form may have.
    static let fieldsMax = 10_000

    /// A body that is no form. Holds none of it.
    struct Mistake: Error, Hashable {
        let problem: String
    }

    /// The form as an object: a name that comes twice becomes an array, in order.
    static func json(_ body: [UInt8]) throws(Mistake) -> JSON {
        var members: [String: JSON] = [:]
        for (name, value) in try pairs(body) {
            switch members[name] {
            case nil: members[name] = .string(value)
            case .array(let earlier): members[name] = .array(earlier + [.string(value)])
            case .some(let earlier): members[name] = [earlier, .string(value)]
            }
        }
        return .object(members)
    }

    /// The fields of a form in order.
    static func pairs(_ body: [UInt8]) throws(Mistake) -> [(name: String, value: String)] {
        let fields = body.split(separator: 0x26)
        guard fields.count <= fieldsMax else { throw Mistake(problem: "the form has more than \(fieldsMax) fields") }
        var pairs: [(name: String, value: String)] = []
        for field in fields {
            let halves = field.split(separator: 0x3D, maxSplits: 1, omittingEmptySubsequences: false)
            let value = halves.count == 2 ? try decoded(halves[1]) : ""
            pairs.append((try decoded(halves[0]), value))
        }
        return pairs
    }

    /// A query's parameters; those that cannot be decoded are left out: nothing may depend on them.
    static func pairs(lenient query: String) -> [(name: String, value: String)] {
        query.utf8.split(separator: 0x26).prefix(fieldsMax).flatMap { (try? pairs(Array($0))) ?? [] }
    }

    private static func decoded(_ text: some Collection<UInt8>) throws(Mistake) -> String {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count)
        var rest = text.makeIterator()
        while let byte = rest.next() {
            switch byte {
            case 0x2B: bytes.append(0x20)
            case 0x25:
                guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else {
                    throw Mistake(problem: "a % in the form is not followed by two hexadecimal digits")
                }
                bytes.append(high << 4 | low)
            default: bytes.append(byte)
            }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw Mistake(problem: "the form is not UTF-8")
        }
        return text
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case 0x30...0x39: byte - 0x30
        case 0x41...0x46: byte - 0x41 + 10
        case 0x61...0x66: byte - 0x61 + 10
        default: nil
        }
    }

    /// Writes fields as a form: blanks as `+`.
    static func text(_ pairs: [(name: String, value: String)]) -> String {
        PercentCoding.query(pairs).replacing("%20", with: "+")
    }
}
