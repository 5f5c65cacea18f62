import Deliveries
import Model
import Testing

@Suite("The waits between attempts")
struct ScheduleTests {
    private let schedule = Schedule(delays: [.seconds(10), .seconds(100), .seconds(1000)])

    @Test(
        "After failure number n comes the n-th delay, spread by a fifth",
        arguments: [
            (1, -1.0, 8), (1, 0, 10), (1, 1, 12), (1, 0.5, 11), (2, -1, 80), (2, 0, 100), (2, 1, 120), (3, 0, 1000),
            (3, 1, 1200),
        ] as [(Int, Double, Int)])
    func table(failures: Int, spread: Double, seconds: Int) throws {
        let wait = try #require(schedule.wait(after: failures, asked: nil, spread: spread))
        #expect(abs((wait - .seconds(seconds)).wholeMilliseconds) <= 1)
    }

    @Test("After the last delay the delivery is given up", arguments: [4, 5, 1000, 0, -1])
    func over(failures: Int) {
        #expect(schedule.wait(after: failures, asked: .seconds(5), spread: 0) == nil)
    }

    @Test("What the other side asks for is kept when it is longer, up to a day")
    func asked() {
        #expect(schedule.wait(after: 1, asked: .seconds(3), spread: 0) == .seconds(10))
        #expect(schedule.wait(after: 1, asked: .seconds(60), spread: 0) == .seconds(60))
        #expect(schedule.wait(after: 1, asked: .seconds(60), spread: 1) == .seconds(60))
        #expect(schedule.wait(after: 1, asked: .seconds(90_000), spread: 0) == .seconds(86_400))
        #expect(schedule.wait(after: 1, asked: .seconds(-5), spread: 0) == .seconds(10))
        #expect(schedule.wait(after: 4, asked: .seconds(60), spread: 0) == nil)
    }

    @Test("The standard schedule gives up after 15 failures and about 75 hours, and never waits less than before")
    func standard() {
        let delays = Schedule.standard.delays
        #expect(delays.count == 14)
        #expect(delays == delays.sorted())
        let hours = delays.reduce(Duration.zero, +) / .seconds(3600)
        #expect((74..<76).contains(hours))
        #expect(Schedule.standard.wait(after: 14, asked: nil, spread: 0)?.wholeMilliseconds == 62_000_000)
        #expect(Schedule.standard.wait(after: 15, asked: nil, spread: 0) == nil)
    }

    @Test("A schedule without delays gives up at once")
    func none() {
        #expect(Schedule(delays: []).wait(after: 1, asked: .seconds(9), spread: 0) == nil)
    }
}
