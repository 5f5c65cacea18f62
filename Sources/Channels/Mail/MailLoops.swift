// Two programs that answer one another are cut off from one another: what comes too fast waits in quarantine, where
// `samtal replay` takes it from when it was no loop.

import Conversations
import Mail
import Model
import Synchronization

/// Counts the mails of each thread and sender of one channel.
final class MailLoops: Sendable {
    /// People in one thread do not write faster.
    static let thread = LoopBreaker.Limit(mailsMax: 20, window: .seconds(600))
    static let sender = LoopBreaker.Limit(mailsMax: 200, window: .seconds(3600))

    private let breaker = Mutex(LoopBreaker(thread: thread, sender: sender))

    /// The content, or why it waits.
    func cut(_ content: Arrival.Content, at now: Timestamp) -> Arrival.Content {
        guard case .events(let events) = content, let message = events.first(where: { $0.kind == .message }) else {
            return content
        }
        // A mail that has lain in its folder counts when it came in there, so that what is fetched late is no loop.
        let time = min(message.at ?? now, now)
        let thread = message.fields?["claims"]["threads"].array?.first?.text
        let verdict = breaker.withLock {
            $0.count(thread: thread, sender: message.author?.id ?? "", at: time)
        }
        switch verdict {
        case .passes: return content
        case .threadTrips:
            return .quarantined("a loop, it seems: more than \(Self.thread.mailsMax) mails of one thread in 10 minutes")
        case .senderTrips:
            return .quarantined("a loop, it seems: more than \(Self.sender.mailsMax) mails of one sender in an hour")
        }
    }
}
