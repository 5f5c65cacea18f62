// Waits that the other side asks for.

import Model
import Transports

/// How long the other side asks to wait.
enum RetryAfter {
    /// No wait is longer; a provider that asks for more is asked again before.
    static let waitMax = Duration.seconds(7 * 86_400)

    /// RFC 9110 section 10.2.3: whole seconds or a date.
    static func wait(_ response: HTTPResponse?, now: Timestamp) -> Duration? {
        guard let value = response?.headers.first(where: { $0.name == "retry-after" })?.value else { return nil }
        if let wait = duration(.string(value)) { return wait }
        return date(value).map { min(max($0 - now, .zero), waitMax) }
    }

    /// Seconds as a number or as digits, parts of a second allowed.
    static func duration(_ json: JSON) -> Duration? {
        guard let seconds = json.double ?? json.string.flatMap({ Double($0) }), seconds.isFinite else { return nil }
        let bounded = min(max(seconds, 0), Double(waitMax.components.seconds))
        return .milliseconds(Int64((bounded * 1000).rounded(.up)))
    }

    /// RFC 9110 section 5.6.7, the preferred form: `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let words = text.split(separator: " ")
        guard words.count == 6, words[5] == "GMT", words[1].count == 2,
            let month = months.firstIndex(where: { $0 == words[2] })
        else { return nil }
        let number = month < 9 ? "0\(month + 1)" : "\(month + 1)"
        return Timestamp(rfc3339: "\(words[3])-\(number)-\(words[1])T\(words[4])Z")
    }
}
