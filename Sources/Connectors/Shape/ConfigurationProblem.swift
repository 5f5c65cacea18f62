// What is wrong in a file that a person wrote, told so that they find the place at once.

/// One mistake in a configuration file.
package struct ConfigurationProblem: Error, Sendable, Hashable, CustomStringConvertible {
    /// The file's path as the caller named it.
    package let file: String
    /// Line and column of the value or key, both from 1. A line of 0: the mistake is the file as a whole; a column of
    /// 0: it is not known.
    package let line: Int
    package let column: Int
    /// One line that says what is wrong and, where it can, what would be right. Never a secret.
    package let message: String

    package init(file: String, line: Int = 0, column: Int = 0, message: String) {
        self.file = file
        self.line = line
        self.column = column
        self.message = message
    }

    package init(_ position: Position, _ message: String) {
        self.init(file: position.file, line: position.line, column: position.column, message: message)
    }

    package var description: String {
        let place = line == 0 ? file : column == 0 ? "\(file):\(line)" : "\(file):\(line):\(column)"
        return "\(place): \(message)"
    }
}

/// Every mistake of one reading, in the order of the files' lines. Its description has one mistake a line.
package struct ConfigurationProblems: Error, Sendable, Hashable, CustomStringConvertible {
    package let list: [ConfigurationProblem]

    package init(_ list: [ConfigurationProblem]) {
        self.list = list
    }

    package var description: String { list.map(\.description).joined(separator: "\n") }
}

/// A place in a configuration file.
package struct Position: Sendable, Hashable {
    package let file: String
    /// From 1; 0 stands for the file as a whole.
    package let line: Int
    /// From 1, in Unicode scalar values, as libyaml counts.
    package let column: Int

    package init(file: String, line: Int, column: Int) {
        self.file = file
        self.line = line
        self.column = column
    }
}
