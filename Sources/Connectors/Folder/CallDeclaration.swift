// Look-ups: requests whose answers mappings need, and where they are used.

import Model

/// A look-up that the YAML names.
struct CallDeclaration: Sendable {
    /// jq over the arguments: the request.
    let request: Snippet
    /// jq over the answer; `nil`: the body.
    let result: Snippet?
    /// jq over the answer: there is no such thing, which is no error.
    let missing: Snippet?
    /// How long a result is good; `nil`: it is asked for every time.
    let cache: Duration?

    init?(_ fields: Fields) {
        guard let request = Snippet(fields["request"]) else { return nil }
        self.request = request
        result = Snippet(fields["result"])
        missing = Snippet(fields["missing"])
        cache = fields.duration("cache")
    }
}

/// A place where look-ups are made: before receive.jq or before send.jq.
struct CallUse: Sendable {
    /// How many different keys one use may ask for.
    static let keysMax = 20

    /// The name of the call.
    let call: String
    /// jq over the input: arguments, each an object with `key`.
    let with: Snippet
    /// Whether nothing goes on without the result.
    let isRequired: Bool
    let position: Position

    init?(_ fields: Fields) {
        guard let call = fields.string("call"), let with = Snippet(fields["with"]) else { return nil }
        self.call = call
        self.with = with
        isRequired = fields.boolean("required") ?? false
        position = fields.position("call")
    }
}
