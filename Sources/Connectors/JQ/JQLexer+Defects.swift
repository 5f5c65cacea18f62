// What is wrong with a program before libjq sees it: words that a pure mapping must not use, and brackets without
// partners, whose place libjq tells badly. `import` has to be caught here: without a search path libjq 1.6 aborts.

extension JQLexer {
    /// The first thing wrong with the text that was read; `nil` when libjq may have it.
    func defect(program: String) -> JQError? {
        for token in tokens {
            guard let (word, cure) = Self.refusal(of: token) else { continue }
            let problem = "`\(word)` is not allowed in a mapping: \(cure)"
            return JQError(program: program, line: token.line, problem: problem, kind: .refused)
        }
        if let (line, problem) = imbalance {
            return JQError(program: program, line: line, problem: problem, kind: .compile)
        }
        if tokens.isEmpty {
            return JQError(
                program: program,
                problem: "the program is empty: write `.` to pass its input on, `empty` for no output", kind: .compile)
        }
        return nil
    }

    private static func refusal(of token: JQToken) -> (word: String, cure: String)? {
        switch token.kind {
        case .word where !token.isKey: refusedWords[token.text].map { (token.text, $0) }
        case .variable: refusedVariables[token.text].map { ("$" + token.text, $0) }
        default: nil
        }
    }

    private static let refusedVariables = [
        "ENV": "declare a setting and read `$settings`",
        "__prog_args": "read `$settings`",
    ]

    private static let refusedWords = [
        "env": "declare a setting and read `$settings`",
        "input": "its one input is `.`",
        "inputs": "its one input is `.`",
        "debug": "leave it out, and trace with the command line's jq",
        "stderr": "leave it out, and trace with the command line's jq",
        "input_filename": "there is no input file",
        "input_line_number": "there is no input file",
        "now": "read `$now`, an RFC 3339 text",
        "import": "put the definitions into this file",
        "include": "put the definitions into this file",
        "modulemeta": "there are no modules here",
        "get_search_list": "there are no modules here",
        "halt": "write `empty` for no output",
        "halt_error": "write `error(\"what is wrong\")`",
        "localtime": "the machine's time zone must not matter: use `gmtime`",
        "strflocaltime": "the machine's time zone must not matter: use `strftime`",
    ]
}
