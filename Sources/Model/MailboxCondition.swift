// How a folder of a mailbox stands: whether it is watched, and whether it is as busy as it is used to be.

/// What is known of one folder.
package struct MailboxCondition: Sendable, Hashable {
    /// How many arrivals tell a habit.
    static let habitMin = 20
    static let recentMax = 100
    /// Over how long they must reach: a day has its night, a week its Sunday.
    static let habitSpan = Duration.seconds(7 * 86_400)
    /// A silence is unusual when it is so many times the longest one known.
    static let silenceFactor = 2
    static let silenceMin = Duration.seconds(3600)

    /// The last look that ended well.
    package var lookedAt: Timestamp?
    /// When mails were found, the newest last.
    package var found: [Timestamp] = []
    /// How long the last mail had lain there when it was taken; `nil`: not known.
    package var lag: Duration?
    /// Since when it can not be watched; `nil`: it can.
    package var failingSince: Timestamp?
    package var failure: String?
    package var nextTry: Timestamp?

    package init() {}

    /// Notes a look that ended well.
    /// - Parameter lag: of the last mail that it found.
    package mutating func looked(taken: Int, lag: Duration?, at now: Timestamp) {
        lookedAt = now
        (failingSince, failure, nextTry) = (nil, nil, nil)
        guard taken > 0 else { return }
        if let lag { self.lag = lag }
        found = (found + [now]).suffix(Self.recentMax)
    }

    /// Notes that it can not be watched.
    package mutating func failed(_ reason: String, next: Timestamp, at now: Timestamp) {
        failingSince = failingSince ?? now
        failure = reason
        nextTry = next
    }

    /// For how long nothing has come, when that is unusual for this folder; else `nil`. The longest silence is the
    /// measure, so nights and Sundays count as they are used to be.
    package func unusualSilence(at now: Timestamp) -> Duration? {
        guard found.count >= Self.habitMin, let first = found.first, let last = found.last,
            last - first >= Self.habitSpan
        else { return nil }
        let longest = zip(found, found.dropFirst()).map { $1 - $0 }.max() ?? .zero
        let silence = now - last
        return silence > max(longest * Self.silenceFactor, Self.silenceMin) ? silence : nil
    }

    /// As the store keeps it.
    package var state: JSON {
        .members([
            "looked_at": JSON(lookedAt), "found": .array(found.map { .integer($0.milliseconds) }),
            "lag_ms": lag.map { .integer($0.wholeMilliseconds) }, "failing_since": JSON(failingSince),
            "failure": JSON(failure), "next_try": JSON(nextTry),
        ])
    }

    /// Reads what the store keeps.
    package init(state: JSON) {
        lookedAt = Self.time(state["looked_at"])
        found = (state["found"].array ?? []).compactMap { $0.integer.map { Timestamp(milliseconds: $0) } }
        lag = state["lag_ms"].integer.map { .milliseconds($0) }
        failingSince = Self.time(state["failing_since"])
        failure = state["failure"].string
        nextTry = Self.time(state["next_try"])
    }

    private static func time(_ value: JSON) -> Timestamp? { value.string.flatMap { Timestamp(rfc3339: $0) } }
}
