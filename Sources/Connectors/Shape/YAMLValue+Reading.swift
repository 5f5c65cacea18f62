// From YAML text to values with places, with bounds: aliases may repeat parts of a document, but not without end.

import Yams

extension YAMLValue {
    /// How many values a document may have once its aliases are written out.
    static let valuesMax = 20_000
    /// How deep values may lie inside one another.
    static let depthMax = 64
    /// How long a document may be, in bytes.
    static let bytesMax = 4 << 20

    /// Reads one YAML document. An empty one is an empty object.
    /// - Throws: the one mistake that keeps the text from being YAML, or a document beyond the bounds.
    package init(parsing text: String, file: String) throws(ConfigurationProblems) {
        let start = Position(file: file, line: 1, column: 1)
        guard text.utf8.count <= Self.bytesMax else {
            throw ConfigurationProblems([ConfigurationProblem(start, "is longer than \(Self.bytesMax >> 20) MB")])
        }
        do {
            guard let root = try Yams.compose(yaml: text, .basic, .default, .utf8) else {
                self.init(.map([]), at: start)
                return
            }
            var budget = Self.valuesMax
            self = try Self.value(of: root, after: start, depth: 0, budget: &budget)
        } catch let problem as ConfigurationProblem {
            throw ConfigurationProblems([problem])
        } catch {
            throw ConfigurationProblems([Self.problem(of: error, text, file)])
        }
    }

    private static func value(
        of node: Node, after parent: Position, depth: Int, budget: inout Int
    ) throws(ConfigurationProblem) -> YAMLValue {
        let position = node.mark.map { Position(file: parent.file, line: $0.line, column: $0.column) } ?? parent
        budget -= 1
        guard budget >= 0, depth <= depthMax else {
            throw ConfigurationProblem(position, "the document is too large or too deep, aliases written out")
        }
        switch node {
        case .scalar(let scalar):
            return YAMLValue(content(of: scalar), at: position, textLine: textLine(of: scalar, position))
        case .sequence(let sequence):
            var elements: [YAMLValue] = []
            for element in sequence {
                elements.append(try value(of: element, after: position, depth: depth + 1, budget: &budget))
            }
            return YAMLValue(.list(elements), at: position)
        case .mapping(let mapping):
            var members: [Member] = []
            for (key, node) in mapping {
                let name = try value(of: key, after: position, depth: depth + 1, budget: &budget)
                guard case .scalar(let text, _) = name.content else {
                    throw ConfigurationProblem(name.position, "the name of a member must be a text")
                }
                let value = try value(of: node, after: name.position, depth: depth + 1, budget: &budget)
                members.append(Member(name: text, position: name.position, value: value))
            }
            return YAMLValue(.map(members), at: position)
        case .alias:
            throw ConfigurationProblem(position, "an alias stands where none can")
        }
    }

    private static func content(of scalar: Node.Scalar) -> Content {
        let isPlain = scalar.style == .plain
        if isPlain, ["", "~", "null"].contains(scalar.string) { return .null }
        return .scalar(scalar.string, isPlain: isPlain)
    }

    private static func textLine(of scalar: Node.Scalar, _ position: Position) -> Int {
        scalar.style == .literal || scalar.style == .folded ? position.line + 1 : position.line
    }

    /// Yams' error without its copy of the text, which may hold secrets.
    private static func problem(of error: any Error, _ text: String, _ file: String) -> ConfigurationProblem {
        switch error {
        case YamlError.scanner(_, let problem, let mark, _), YamlError.parser(_, let problem, let mark, _),
            YamlError.composer(_, let problem, let mark, _):
            let line = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst(mark.line - 1).first
            let isTab = line?.first == "\t"
            return ConfigurationProblem(
                file: file, line: mark.line, column: mark.column,
                message: isTab ? "a tab stands here; YAML is indented with blanks" : problem)
        case YamlError.duplicatedKeysInMapping(let names, let context):
            let names = names.map { "\"\($0.prefix(40))\"" }.joined(separator: ", ")
            return ConfigurationProblem(
                file: file, line: context.mark.line, column: context.mark.column,
                message: "\(names) stands here more than once in one object")
        case YamlError.reader(let problem, let offset, _, _):
            let before = text.utf8.prefix(offset ?? 0)
            return ConfigurationProblem(
                file: file, line: before.count { $0 == 0x0A } + 1,
                column: before.reversed().prefix { $0 != 0x0A }.count + 1, message: problem)
        default:
            return ConfigurationProblem(file: file, message: "is not YAML")
        }
    }
}
