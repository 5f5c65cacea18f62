// Holds a document against a shape and names every mistake, not only the first.

import Model

extension Shape {
    /// Reads a YAML text that must have this shape, with the defaults filled in.
    /// - Throws: every mistake, each with its place, in the order of the text.
    package func read(_ text: String, file: String) throws(ConfigurationProblems) -> YAMLValue {
        try check(try YAMLValue(parsing: text, file: file))
    }

    /// Checks a value that was read already, and fills in the defaults.
    /// - Parameter settings: the settings that templates may name; `nil`: any.
    package func check(
        _ value: YAMLValue, settings: [String]? = nil
    ) throws(ConfigurationProblems) -> YAMLValue {
        var reader = ShapeReader(settings: settings)
        let checked = reader.read(value, as: self)
        guard reader.problems.isEmpty else { throw ConfigurationProblems(reader.problems.inOrder) }
        return checked
    }
}

extension [ConfigurationProblem] {
    /// By file and place; what stands at one place keeps its order.
    var inOrder: [ConfigurationProblem] {
        enumerated().sorted { left, right in
            (left.element.file, left.element.line, left.element.column, left.offset)
                < (right.element.file, right.element.line, right.element.column, right.offset)
        }.map(\.element)
    }
}

/// One walk over a document.
private struct ShapeReader {
    /// The settings that templates may name; `nil`: any.
    let settings: [String]?
    var problems: [ConfigurationProblem] = []

    mutating func read(_ value: YAMLValue, as shape: Shape) -> YAMLValue {
        switch shape {
        case .object(let keys): return object(value, keys, in: shape)
        case .oneOf(let key, let choices): return oneOf(value, by: key, choices, in: shape)
        case .map(let element, let names): return map(value, of: element, names, in: shape)
        case .list(let element):
            guard let elements = value.list else { return wrong(value, shape) }
            return YAMLValue(.list(elements.map { read($0, as: element) }), at: value.position)
        case .scalarOrList(let element):
            return value.list == nil ? read(value, as: element) : read(value, as: .list(of: element))
        case .wordOr(let words, let shape):
            return read(value, as: value.string == nil ? shape : .enumeration(words))
        case .any: return value
        default: return scalar(value, shape)
        }
    }

    private mutating func wrong(_ value: YAMLValue, _ shape: Shape) -> YAMLValue {
        problem(value.position, "expected \(shape.expectation), got \(value.kindName)")
        return value
    }

    private mutating func problem(_ position: Position, _ message: String) {
        problems.append(ConfigurationProblem(position, message))
    }

    private mutating func scalar(_ value: YAMLValue, _ shape: Shape) -> YAMLValue {
        guard let text = value.string else { return wrong(value, shape) }
        switch shape {
        case .text(let rule): if !rule.accepts(text) { return wrong(value, shape) }
        case .integer(let range): if !(value.integer.map(range.contains) ?? false) { return wrong(value, shape) }
        case .boolean: if value.boolean == nil { return wrong(value, shape) }
        case .duration: if value.duration == nil { return wrong(value, shape) }
        case .byteSize: if value.byteSize == nil { return wrong(value, shape) }
        case .template: template(text, at: value.position)
        case .enumeration(let names):
            if !names.contains(text) {
                problem(value.position, "\"\(text.prefix(40))\" is unknown\(NearestName.hint(text, among: names))")
            }
        case .string, .object, .map, .list, .scalarOrList, .oneOf, .wordOr, .any: break
        }
        return value
    }

    private mutating func template(_ text: String, at position: Position) {
        do {
            let template = try Template(text)
            guard let settings else { return }
            for name in template.settings where !settings.contains(name) {
                problem(position, "no setting is called \"\(name)\"\(NearestName.hint(name, among: settings))")
            }
        } catch {
            problem(position, error.problem)
        }
    }

    private mutating func map(
        _ value: YAMLValue, of element: Shape, _ names: Shape.TextRule, in shape: Shape
    ) -> YAMLValue {
        guard let fields = value.fields else { return wrong(value, shape) }
        var members: [YAMLValue.Member] = []
        for member in fields.members {
            if !names.accepts(member.name) {
                problem(member.position, "\"\(member.name.prefix(40))\": expected \(names.expected)")
            }
            let checked = read(member.value, as: element)
            members.append(YAMLValue.Member(name: member.name, position: member.position, value: checked))
        }
        return YAMLValue(.map(members), at: value.position)
    }

    private mutating func oneOf(
        _ value: YAMLValue, by key: String, _ choices: [Shape.Choice], in shape: Shape
    ) -> YAMLValue {
        guard let fields = value.fields else { return wrong(value, shape) }
        let names = choices.map(\.name)
        guard let chosen = fields[key] else {
            problem(value.position, "\"\(key)\" is missing: it is \(Shape.enumeration(names).expectation)")
            return value
        }
        guard let choice = choices.first(where: { $0.name == chosen.string }) else {
            return read(chosen, as: .enumeration(names))
        }
        let discriminator = Shape.Key(key, .enumeration(names), required: true, about: "")
        return object(value, [discriminator] + choice.keys, in: shape)
    }

    private mutating func object(_ value: YAMLValue, _ keys: [Shape.Key], in shape: Shape) -> YAMLValue {
        guard let fields = value.fields else { return wrong(value, shape) }
        var members: [YAMLValue.Member] = []
        var mistyped: Set<String> = []
        for member in fields.members {
            guard let key = keys.first(where: { $0.name == member.name }) else {
                let hint = NearestName.hint(member.name, among: keys.map(\.name))
                problem(member.position, "unknown key \"\(member.name.prefix(40))\"\(hint)")
                // Its right name is not told to be missing as well.
                if let meant = NearestName.find(member.name, among: keys.map(\.name)) { mistyped.insert(meant) }
                continue
            }
            if case .null = member.value.content {
                // A key with nothing after it counts as missing, but never silently as an empty text.
                if !key.isRequired { problem(member.value.position, "\"\(key.name)\" has no value") }
                continue
            }
            let checked = read(member.value, as: key.shape)
            members.append(YAMLValue.Member(name: member.name, position: member.position, value: checked))
        }
        for key in keys where fields[key.name] == nil {
            if key.isRequired {
                guard !mistyped.contains(key.name) else { continue }
                problem(value.position, "\"\(key.name)\" is missing: \(key.about)")
            } else if let text = key.defaultText {
                let filled = defaultValue(text, key.shape, at: value.position)
                members.append(YAMLValue.Member(name: key.name, position: value.position, value: filled))
            }
        }
        return YAMLValue(.map(members), at: value.position)
    }

    /// A default as if it stood at `position`.
    private mutating func defaultValue(_ text: String, _ shape: Shape, at position: Position) -> YAMLValue {
        do {
            let value = try YAMLValue(parsing: text, file: position.file)
            return read(value.moved(to: position), as: shape)
        } catch {
            problem(position, "the default \(text) is not YAML")
            return YAMLValue(.null, at: position)
        }
    }
}

extension YAMLValue {
    fileprivate func moved(to position: Position) -> YAMLValue {
        switch content {
        case .null, .scalar: YAMLValue(content, at: position)
        case .list(let elements): YAMLValue(.list(elements.map { $0.moved(to: position) }), at: position)
        case .map(let members):
            YAMLValue(
                .map(members.map { Member(name: $0.name, position: position, value: $0.value.moved(to: position)) }),
                at: position)
        }
    }
}
