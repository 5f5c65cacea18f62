// One run of one poll: page after page, then the new items, the oldest first, with the state after each batch.

import Model

/// A run on its way.
struct PollRun {
    /// Items that are yielded at one time at most.
    static let batchMax = 100

    /// An item of an answer.
    struct Candidate {
        let item: JSON
        let key: String
        let value: String?
    }

    let connector: Connector
    let poll: BoundPoll
    let item: String?
    var state: PollState
    var report = PollReport()
    /// Where the cursor stood at the beginning.
    private let start: PollState
    /// What the last batch that was taken says.
    private var committed: PollState

    init(connector: Connector, poll: BoundPoll, item: String?, state: PollState) {
        self.connector = connector
        self.poll = poll
        self.item = item
        self.state = state
        start = state
        committed = state
    }

    var declaration: PollDeclaration { poll.declaration }
    private var strategy: PollStrategy { declaration.strategy }
    /// Whether this run only remembers.
    private var skips: Bool { !start.started && !declaration.takesFirst }
    /// Whether the first page is the newest, so that nothing can be taken before the last page is in.
    private var holds: Bool { strategy.isNewestFirst || strategy == .none && declaration.isNewestFirst }

    mutating func run(_ take: (PollBatch) async throws -> Void) async throws {
        var page = JSON.null
        var held: [Candidate] = []
        var validators: (etag: String?, lastModified: String?)?
        var isComplete = false
        while !isComplete, report.pages < declaration.pages {
            let answer: Answer
            switch await step(for: page) {
            case .failed(let failure):
                report.failure = failure
                return
            case .nothing:
                isComplete = true
                continue
            case .answer(let found): answer = found
            }
            report.pages += 1
            if let pause = answer.pause { report.pause = max(report.pause ?? pause, pause) }
            if validators == nil { validators = (answer.header("etag"), answer.header("last-modified")) }
            guard let found = await candidates(in: answer.json) else { return }
            let next = await self.next(after: answer.json, page: page)
            if report.failure != nil { return }
            if holds {
                let (new, isReached) = sinceWatermark(found)
                held = new + held
                isComplete = next == nil || isReached || skips && strategy.isNewestFirst
            } else {
                isComplete = try await takePage(found, of: answer, next: next, take)
                // The run ended with a reason that was noted.
                if report.failure != nil { return }
            }
            page = next ?? .null
        }
        if holds, !held.isEmpty { try await takeHeld(held, take) }
        if report.failure != nil { return }
        report.hasGap = !isComplete && (holds || strategy == .none)
        report.hasMore = !isComplete && !report.hasGap
        // A run that skips goes on skipping until it has seen the end.
        if isComplete || report.hasGap || !skips { state.started = true }
        if isComplete, declaration.isConditional, let validators {
            (state.etag, state.lastModified) = validators
        }
        if state != committed { try await yield([], take) }
    }

    // MARK: - Taking

    /// Takes a page of a strategy that ascends.
    /// - Returns: whether it is the last one.
    private mutating func takePage(
        _ found: [Candidate], of answer: Answer, next: JSON?, _ take: (PollBatch) async throws -> Void
    ) async throws -> Bool {
        let before = state.value
        let fresh = unknown(found)
        var value = state.value
        switch strategy {
        case .token:
            guard let told = await self.value(of: answer.json) else { return report.failure == nil }
            value = told
        case .none: break
        case .since, .forward, .watermark, .window:
            for candidate in found { value = CursorValue.greater(value, candidate.value) }
        }
        // The cursor of a page moves with its last batch.
        try await takeBatches(fresh, endingAt: value, take)
        let hasMoved = state.value != before
        if poll.next != nil { return next == nil || strategy == .forward && found.isEmpty }
        return switch strategy {
        case .forward, .token: found.isEmpty || !hasMoved
        case .window: fresh.isEmpty || !hasMoved
        case .none, .since, .watermark: true
        }
    }

    /// Takes what a run from the newest back has found.
    private mutating func takeHeld(
        _ held: [Candidate], _ take: (PollBatch) async throws -> Void
    ) async throws {
        var value = state.value
        for candidate in held where strategy != .none { value = CursorValue.greater(value, candidate.value) }
        try await takeBatches(unknown(held), endingAt: value, take)
    }

    private mutating func takeBatches(
        _ fresh: [Candidate], endingAt value: String?, _ take: (PollBatch) async throws -> Void
    ) async throws {
        var rest = fresh[...]
        repeat {
            let batch = rest.prefix(Self.batchMax)
            rest = rest.dropFirst(Self.batchMax)
            var items: [PolledItem] = []
            do throws(CallFailure) {
                for candidate in batch where !skips {
                    items.append(
                        try await connector.polled(candidate.item, key: candidate.key, poll: poll.id, of: item))
                }
            } catch {
                // The batch is asked for again: nothing of it is remembered.
                report.failure = PollFailure(outcome: error.outcome, reason: error.reason, wait: nil)
                return
            }
            state.remember(batch.map(\.key))
            if rest.isEmpty {
                state.value = value
                if !skips { state.started = true }
            }
            if !items.isEmpty || state != committed { try await yield(items, take) }
        } while !rest.isEmpty
    }

    private mutating func yield(
        _ items: [PolledItem], _ take: (PollBatch) async throws -> Void
    ) async throws {
        try await take(PollBatch(items, from: committed, to: state))
        committed = state
        report.taken += items.count
    }

    /// Those whose key is not remembered, each once.
    private func unknown(_ candidates: [Candidate]) -> [Candidate] {
        var seen = Set(state.keys)
        return candidates.filter { seen.insert($0.key).inserted }
    }

    /// Those that are newer than the watermark, and whether it was reached.
    private func sinceWatermark(_ found: [Candidate]) -> (new: [Candidate], isReached: Bool) {
        guard strategy == .watermark, let value = start.value else { return (found, false) }
        let limit = CursorValue.earlier(value, by: declaration.margin)
        let new = found.filter { candidate in candidate.value.map { CursorValue.isLess(limit, $0) } ?? true }
        return (new, new.count < found.count)
    }

    /// What the request gets as `.cursor`.
    var cursor: String? {
        // With pages of its own a window stays where it was asked for.
        guard strategy == .window else { return strategy.isNewestFirst ? start.value : state.value }
        let value = poll.next == nil ? state.value : start.value
        return value.map { CursorValue.earlier($0, by: declaration.margin) }
    }
}
