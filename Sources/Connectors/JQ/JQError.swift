// What a jq program's author reads when it does not do what it should.

/// Why a program gave no result. Texts may quote a few words of the value at hand, as jq does: for the author, not
/// for the log.
package struct JQError: Error, Sendable, Hashable, CustomStringConvertible {
    package enum Kind: String, Sendable {
        /// The input is no JSON, or none that jq can hold.
        case input
        /// The program does not compile.
        case compile
        /// The program uses a word that a pure mapping must not use.
        case refused
        /// The program raised an error, or made a value that is no JSON.
        case runtime
        /// The program gave too much, or the machine takes no work any more.
        case limit
    }

    /// The program as its author knows it: `adapters/x/receive.jq`.
    package let program: String
    /// The line in the author's file, from 1; `nil` when it is not known.
    package let line: Int?
    package let problem: String
    package let kind: Kind

    package init(program: String, line: Int? = nil, problem: String, kind: Kind) {
        self.program = program
        self.line = line
        self.problem = problem
        self.kind = kind
    }

    /// `adapters/x/receive.jq:12: problem`.
    package var description: String {
        if let line { "\(program):\(line): \(problem)" } else { "\(program): \(problem)" }
    }
}
