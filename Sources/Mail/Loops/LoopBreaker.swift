// Stops two programs that answer one another: counts the mails of a thread and of a sender within a time.

package import Model

/// Counts of one mailbox. A value: who keeps it decides where.
package struct LoopBreaker: Sendable {
    /// So many mails within so long are the most that counts as people writing.
    package struct Limit: Sendable, Hashable {
        package let mailsMax: Int
        package let window: Duration

        package init(mailsMax: Int, window: Duration) {
            self.mailsMax = max(1, mailsMax)
            self.window = window
        }
    }

    package enum Verdict: Sendable, Hashable {
        case passes
        /// Too many in one thread; it is left alone until then at least.
        case threadTrips(until: Timestamp)
        /// Too many of one sender.
        case senderTrips(until: Timestamp)
    }

    private let thread: Limit
    private let sender: Limit
    private var threads: [String: [Timestamp]] = [:]
    private var senders: [String: [Timestamp]] = [:]

    /// How many threads and how many senders are kept; above it those are forgotten that were quiet the longest.
    static let keysMax = 10_000

    /// - Parameters:
    ///   - thread: 10 in 10 minutes, when not said: people in one conversation do not write faster.
    ///   - sender: 50 in an hour, when not said.
    package init(
        thread: Limit = Limit(mailsMax: 10, window: .seconds(600)),
        sender: Limit = Limit(mailsMax: 50, window: .seconds(3600))
    ) {
        self.thread = thread
        self.sender = sender
    }

    /// Counts one mail and says whether it still passes. A mail that trips counts as well: a loop stays cut until it
    /// has been quiet.
    /// - Parameters:
    ///   - key: the thread; `nil` for a mail that opens one.
    ///   - address: the sender's, in any case.
    package mutating func count(thread key: String?, sender address: String, at now: Timestamp) -> Verdict {
        let inThread = key.flatMap { Self.count($0, in: &threads, thread, at: now) }
        let ofSender = Self.count(address.lowercased(), in: &senders, sender, at: now)
        if let inThread { return .threadTrips(until: inThread) }
        return ofSender.map { .senderTrips(until: $0) } ?? .passes
    }

    /// How many threads and senders are kept.
    var keptCount: Int { threads.count + senders.count }

    /// When the limit will have been kept again; `nil` when it is kept.
    private static func count(
        _ key: String, in counts: inout [String: [Timestamp]], _ limit: Limit, at now: Timestamp
    ) -> Timestamp? {
        var times = (counts[key] ?? []).filter { $0 + limit.window > now }
        times.append(now)
        // The newest are enough to know when the limit is kept again.
        if times.count > limit.mailsMax + 1 { times.removeFirst(times.count - limit.mailsMax - 1) }
        counts[key] = times
        if counts.count > keysMax { forget(&counts, limit, at: now) }
        guard times.count > limit.mailsMax else { return nil }
        return times[times.count - limit.mailsMax] + limit.window
    }

    private static func forget(_ counts: inout [String: [Timestamp]], _ limit: Limit, at now: Timestamp) {
        counts = counts.filter { ($0.value.last ?? now) + limit.window > now }
        guard counts.count > keysMax else { return }
        let lasts = counts.values.compactMap(\.last).sorted()
        let oldest = lasts[lasts.count / 2]
        counts = counts.filter { ($0.value.last ?? now) > oldest }
    }
}
