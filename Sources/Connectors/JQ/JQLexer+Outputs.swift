// Whether a piece of jq gives one output whatever it works on: then nothing has to be stopped after its first, which in
// jq 1.6 costs more than most pieces do.

extension JQLexer {
    /// Whether nothing in the text that was read can give none or several outputs; an error may still take their place.
    /// Told by its words alone: what is not known to give one counts as giving several.
    var givesOneOutput: Bool {
        tokens.indices.allSatisfy { index in
            let token = tokens[index]
            return switch token.kind {
            case .word: Self.wordsOfOne.contains(token.text)
            // `.[]` goes through all; `.[0]` and `.["a"]` are one.
            case .symbol where token.is("["): index + 1 < tokens.count && !tokens[index + 1].is("]")
            case .symbol: Self.symbolsOfOne.contains(token.text)
            case .field, .variable, .number, .format, .quote, .unquote, .hole, .unhole: true
            }
        }
    }

    private static let wordsOfOne: Set<String> = [
        "and", "ascii_downcase", "ascii_upcase", "contains", "elif", "else", "end", "endswith", "false", "floor",
        "fromjson",
        "has", "if", "keys", "length", "ltrimstr", "not", "null", "or", "rtrimstr", "startswith", "test", "then",
        "tojson",
        "tonumber", "tostring", "true", "type",
    ]

    private static let symbolsOfOne: Set<String> = [
        ".", "|", "(", ")", "]", ";", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "//",
    ]
}
