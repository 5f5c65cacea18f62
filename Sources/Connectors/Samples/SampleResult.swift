// What one golden sample showed.

/// The result of one sample.
package struct SampleResult: Sendable, Hashable {
    package enum Outcome: Sendable, Hashable {
        case passed
        /// Why, in lines for the author: `.events[0].text: expected "a", got "b"`.
        case failed(String)
        /// Files were written anew; how they differ from what stood there, in lines.
        case written(String)
    }

    /// The file that says what must come out: `adapters/x/samples/message.receive.json`.
    package let file: String
    package let outcome: Outcome

    /// Whether the sample does not fail.
    package var isFine: Bool { if case .failed = outcome { false } else { true } }
}
