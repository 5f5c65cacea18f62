// "Too fast", in every way in which a provider may say it.

import Connectors
import Deliveries
import Model
import Transports

/// Answers that ask for a wait.
enum ThrottlingAnswer {
    /// Each with a name and the wait that it asks for; no wait: it says none.
    static func all(_ script: SampleScript) -> [(name: String, answer: HTTPResponse, wait: Duration?)] {
        let wait = Duration.seconds(7)
        // RFC 9110 section 10.2.3: seconds or a date.
        let headers = [
            ("Retry-After in seconds", "7", wait),
            ("Retry-After as a date", date(script.now + .seconds(7)), wait),
        ]
        let usual = headers.map { name, value, wait in
            (
                name: name,
                answer: HTTPResponse(
                    status: 429, headers: [.json, HeaderField("retry-after", value)], body: Array("{}".utf8)),
                wait: Optional(wait)
            )
        }
        let own = script.verdicts.filter { $0.outcome == .throttled }.map { verdict in
            (name: verdict.name, answer: verdict.answer, wait: verdict.wait.map { min($0, Schedule.waitMax) })
        }
        return usual + own
    }

    /// RFC 9110 section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`. Whole seconds, rounded up.
    private static func date(_ time: Timestamp) -> String {
        let text = Timestamp(milliseconds: (time.milliseconds + 999) / 1000 * 1000).rfc3339
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
        let words = text.split(separator: "T")
        let parts = words[0].split(separator: "-")
        let day = days[Int((time.milliseconds / 86_400_000) % 7)]
        let month = months[(Int(parts[1]) ?? 1) - 1]
        return "\(day), \(parts[2]) \(month) \(parts[0]) \(words[1].prefix(8)) GMT"
    }
}
