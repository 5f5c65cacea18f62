import Foundation
import Model
import Testing

@Suite("Times, in RFC 3339")
struct TimestampTests {
    @Test(
        "A good text is read as the moment it names",
        arguments: [
            ("1970-01-01T00:00:00Z", 0),
            ("1970-01-01T00:00:00.001Z", 1),
            ("2026-01-02T03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02t03:04:05.678z", 1_767_323_045_678),
            ("2026-01-02 03:04:05.678Z", 1_767_323_045_678),
            ("2026-01-02T05:04:05.678+02:00", 1_767_323_045_678),
            ("2026-01-01T21:34:05.678-05:30", 1_767_323_045_678),
            ("2026-01-02T03:04:05.678-00:00", 1_767_323_045_678),
            ("2026-01-02T03:04:05.6Z", 1_767_323_045_600),
            ("2026-01-02T03:04:05.678999999Z", 1_767_323_045_678),
            ("2026-01-02T03:04:05Z", 1_767_323_045_000),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("2024-02-29T23:59:59.999Z", 1_709_251_199_999),
            ("1969-12-31T23:59:59.999Z", -1),
            ("1900-01-01T00:00:00Z", -2_208_988_800_000),
            ("0001-01-01T00:00:00Z", -62_135_596_800_000),
            ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ] as [(String, Int64)])
    func good(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("A leap second is the first moment of the next minute")
    func leapSecond() {
        // RFC 3339 section 5.8 has these two.
        #expect(Timestamp(rfc3339: "1990-12-31T23:59:60Z") == Timestamp(rfc3339: "1991-01-01T00:00:00Z"))
        #expect(Timestamp(rfc3339: "1990-12-31T15:59:60-08:00") == Timestamp(rfc3339: "1991-01-01T00:00:00Z"))
    }

    @Test(
        "A text in any other form is no time",
        arguments: [
            "", "2026", "2026-01-02", "2026-01-02T03:04:05", "2026-01-02T03:04Z", "2026-1-2T03:04:05Z",
            "2026-01-02T03:04:05.Z", "2026-01-02T03:04:05,5Z", "2026-01-02T03:04:05+0200",
            "2026-01-02T03:04:05+02", "2026-01-02T03:04:05+24:00", "2026-01-02T03:04:05+02:60",
            "2026-00-02T03:04:05Z", "2026-13-02T03:04:05Z", "2026-01-00T03:04:05Z", "2026-01-32T03:04:05Z",
            "2026-01-02T24:00:00Z", "2026-01-02T03:60:05Z", "2026-01-02T03:04:61Z", "2026-01-02T03:04:05Zx",
            " 2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z ", "２026-01-02T03:04:05Z", "-026-01-02T03:04:05Z",
            "2026/01/02T03:04:05Z", "2026-01-02T03:04:05.5", "2026-01-02T03:04:05.678 Z", "1767323045",
        ])
    func bad(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "A day that its month does not have is no time (RFC 3339 section 5.7)",
        arguments: [
            "2026-02-29T00:00:00Z", "2024-02-30T00:00:00Z", "1900-02-29T00:00:00Z", "2026-04-31T00:00:00Z",
            "2026-06-31T00:00:00Z", "2026-09-31T00:00:00Z", "2026-11-31T00:00:00Z",
        ])
    func noSuchDay(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test(
        "A moment that would need a year beyond four digits is no time",
        arguments: ["0000-01-01T00:00:00+00:01", "9999-12-31T23:59:60Z", "9999-12-31T23:30:00-01:00"])
    func beyondYears(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test("What is written is read back as the same moment, and sorts like it")
    func roundTrip() {
        var generator = SystemRandomNumberGenerator()
        var times = [-1, 0, 1, 999, 1000, 86_399_999, 86_400_000, -86_400_000, 951_782_400_000, 4_107_542_400_000]
            .map { Timestamp(milliseconds: $0) }
        for _ in 0..<2000 {
            times.append(
                Timestamp(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator)))
        }
        for time in times {
            #expect(time.rfc3339.utf8.count == 24)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
        #expect(times.sorted().map(\.rfc3339) == times.map(\.rfc3339).sorted())
    }

    @Test("Calendar days agree with Foundation's for every day of four centuries")
    func calendar() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        for day in stride(from: -146_097, through: 146_097, by: 73) as StrideThrough<Int64> {
            let time = Timestamp(milliseconds: day * 86_400_000)
            let parts = calendar.dateComponents(
                [.year, .month, .day], from: Date(timeIntervalSince1970: Double(day) * 86_400))
            let (year, month, dayOfMonth) = try (
                #require(parts.year), #require(parts.month), #require(parts.day)
            )
            // Foundation's calendar is Julian before October 1582.
            guard year > 1582 else { continue }
            let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(dayOfMonth < 10 ? "0" : "")\(dayOfMonth)"
            #expect(time.rfc3339 == text + "T00:00:00.000Z")
        }
    }

    @Test("Seconds are rounded to the nearest millisecond, and durations move times both ways")
    func arithmetic() {
        #expect(Timestamp(seconds: 1.2346).milliseconds == 1235)
        #expect(Timestamp(seconds: -0.0004).milliseconds == 0)
        let time = Timestamp(milliseconds: 1000)
        #expect(time + .milliseconds(5) - .milliseconds(5) == time)
        #expect((time + .seconds(2)) - time == .seconds(2))
        #expect((time - .seconds(2)).milliseconds == -1000)
        #expect(Duration.microseconds(1999).wholeMilliseconds == 1)
        #expect(Duration.microseconds(-1999).wholeMilliseconds == -1)
    }

    @Test("The machine's clock agrees with Foundation's")
    func system() {
        let difference = Double(WallClock.system.now.milliseconds) / 1000 - Date().timeIntervalSince1970
        #expect(abs(difference) < 5)
    }
}
