// How cursor values compare, and what lies a while before one.

import Model

/// Rules for the values of cursors: digits, times, other texts.
enum CursorValue {
    /// Whether `left` comes before `right`: as integers when both are digits, as times when both are RFC 3339, else as
    /// texts.
    static func isLess(_ left: String, _ right: String) -> Bool {
        if let left = digits(left), let right = digits(right) {
            return left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
        }
        if let left = Timestamp(rfc3339: left), let right = Timestamp(rfc3339: right) { return left < right }
        return left < right
    }

    /// The greater one; `nil` counts as less than anything.
    static func greater(_ left: String?, _ right: String?) -> String? {
        guard let left else { return right }
        guard let right else { return left }
        return isLess(left, right) ? right : left
    }

    /// The value `margin` before: of RFC 3339 text, of Unix seconds (at most 11 digits) and milliseconds (12 to 14).
    /// Any other value stays as it is.
    static func earlier(_ value: String, by margin: Duration) -> String {
        guard margin > .zero else { return value }
        if let time = Timestamp(rfc3339: value) {
            let text = (time - margin).rfc3339
            return value.contains(".") ? text : String(text.dropLast(5)) + "Z"
        }
        guard digits(value) != nil, let number = Int64(value) else { return value }
        switch value.utf8.count {
        case ...11: return String(max(0, number - margin.components.seconds))
        case 12...14: return String(max(0, number - margin.wholeMilliseconds))
        default: return value
        }
    }

    /// The digits without leading zeros; `nil` when it is anything else.
    private static func digits(_ text: String) -> [UInt8]? {
        guard !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
        return Array(text.utf8.drop { $0 == 0x30 })
    }
}
