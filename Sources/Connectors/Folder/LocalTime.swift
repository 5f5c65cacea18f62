// A time of the day somewhere: some providers give a new allowance at midnight of their own.

import Foundation
import Model

/// A time of the day in a zone of the IANA time zone database.
struct LocalTime: Sendable {
    private static let secondsOfDay: Int64 = 86_400

    /// Seconds after midnight.
    let seconds: Int64
    let zone: TimeZone

    init?(_ fields: Fields) {
        let pieces = (fields.string("time") ?? "").split(separator: ":").compactMap { Int64($0) }
        guard pieces.count == 2, let zone = fields.string("zone").flatMap({ TimeZone(identifier: $0) }) else {
            return nil
        }
        seconds = pieces[0] * 3600 + pieces[1] * 60
        self.zone = zone
    }

    /// How long it is until then: more than nothing, at most a day and the hour of a change of clocks.
    func wait(from now: Timestamp) -> Duration {
        let instant = now.milliseconds / 1000
        let today = (instant + offset(at: instant)) / Self.secondsOfDay * Self.secondsOfDay
        var next = instant
        for day: Int64 in 0...2 where next <= instant {
            let local = today + day * Self.secondsOfDay + seconds
            // The offset that holds then: clocks may be changed in between.
            next = local - offset(at: local - offset(at: instant))
        }
        return .milliseconds(next * 1000 - now.milliseconds)
    }

    private func offset(at instant: Int64) -> Int64 {
        Int64(zone.secondsFromGMT(for: Date(timeIntervalSince1970: TimeInterval(instant))))
    }
}

extension Shape.TextRule {
    /// `07:30`.
    static let timeOfDay = Shape.TextRule("a time like 07:30", pattern: "^([01][0-9]|2[0-3]):[0-5][0-9]$") { text in
        let pieces = text.split(separator: ":", omittingEmptySubsequences: false)
        guard pieces.count == 2, pieces.allSatisfy({ $0.utf8.count == 2 }), let hour = UInt8(pieces[0]),
            let minute = UInt8(pieces[1])
        else { return false }
        return hour < 24 && minute < 60
    }

    /// `Europe/Berlin`, `UTC`.
    static let timeZone = Shape.TextRule("a time zone like Europe/Berlin") { TimeZone(identifier: $0) != nil }
}
