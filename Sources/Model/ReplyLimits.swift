// What a channel allows a reply to be.

/// How long a reply may be, and until when it may be given.
package struct ReplyLimits: Sendable, Hashable {
    /// `nil`: any length.
    package let text: TextLimit?
    /// For how long after the person last wrote a reply may go out; `nil`: always.
    package let window: Duration?

    package init(text: TextLimit? = nil, window: Duration? = nil) {
        self.text = text
        self.window = window
    }
}
