// Step 2 of the hallway: what a verification comes to.

/// What a check says of a request. The reasons name no value: safe for a log and a counter.
enum Finding: Sendable, Hashable {
    case passed
    /// It is not from whom it says.
    case refused(String)
    /// What it is checked by could not be had: the same request may pass later.
    case undecided(String)

    /// - Parameter refusal: `nil` when the request passes, else why not.
    init(refusal: String?) {
        self = refusal.map { .refused($0) } ?? .passed
    }
}
