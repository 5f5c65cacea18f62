import Model
import TestSupport
import Testing

@Suite("How a mailbox stands")
struct MailboxConditionTests {
    private let start = TestClock.start

    /// A folder that found mails every `gap` for ten days.
    private func habit(every gap: Duration) -> (condition: MailboxCondition, last: Timestamp) {
        var condition = MailboxCondition()
        var now = start
        while now - start < .seconds(10 * 86_400) {
            condition.looked(taken: 1, lag: .seconds(2), at: now)
            now = now + gap
        }
        return (condition, now - gap)
    }

    @Test("A folder that is quiet for more than twice its longest silence is quieter than it is used to be")
    func quiet() {
        let (condition, last) = habit(every: .seconds(7200))
        #expect(condition.unusualSilence(at: last + .seconds(3 * 3600)) == nil)
        #expect(condition.unusualSilence(at: last + .seconds(5 * 3600)) == .seconds(5 * 3600))
    }

    @Test("A folder without a habit is never too quiet")
    func noHabit() {
        var condition = MailboxCondition()
        condition.looked(taken: 3, lag: nil, at: start)
        #expect(condition.unusualSilence(at: start + .seconds(900 * 86_400)) == nil)
    }

    @Test("A failure is told since when, and a good look ends it")
    func failure() {
        var condition = MailboxCondition()
        condition.failed("nobody answers", next: start + .seconds(5), at: start)
        condition.failed("nobody answers", next: start + .seconds(20), at: start + .seconds(5))
        #expect(condition.failingSince == start && condition.nextTry == start + .seconds(20))
        condition.looked(taken: 0, lag: nil, at: start + .seconds(20))
        #expect(condition.failingSince == nil && condition.failure == nil && condition.lookedAt == start + .seconds(20))
    }

    @Test("What the store keeps is what was known")
    func state() {
        var (condition, last) = habit(every: .seconds(86_400))
        condition.failed("no", next: last, at: last)
        #expect(MailboxCondition(state: condition.state) == condition)
    }
}
