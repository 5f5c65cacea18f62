// What a connector's program may get wrong, told so that its author can mend it.

/// A value that a mapping produced does not fit the vocabulary.
package struct MappingError: Error, Hashable, CustomStringConvertible {
    /// Where in the produced value: `.author.id`.
    package let path: String
    /// "expected a string, got null".
    package let problem: String

    package init(path: String, problem: String) {
        self.path = path
        self.problem = problem
    }

    package var description: String { "\(path.isEmpty ? "." : path): \(problem)" }
}

/// Reads the members of a mapped object one by one, and at the end refuses those that nobody asked for.
package struct MappedObject {
    private let members: [String: JSON]
    private let path: String
    /// The members that somebody asked for: the vocabulary.
    private var known: [String] = []

    package init(_ json: JSON, path: String = "") throws(MappingError) {
        guard let members = json.object else {
            throw MappingError(path: path, problem: "expected an object, got \(json.kindName)")
        }
        self.members = members
        self.path = path
    }

    /// The member's value; a missing one and `null` are both `nil`.
    package mutating func value(_ name: String) -> JSON? {
        known.append(name)
        return members[name]?.unlessNull
    }

    package mutating func string(_ name: String) throws(MappingError) -> String? {
        guard let value = value(name) else { return nil }
        guard let text = value.string else { throw wrong(name, "expected a string, got \(value.kindName)") }
        return text
    }

    /// An id or address: a string that is not empty, or an integer, which is written out in digits.
    package mutating func identifier(_ name: String) throws(MappingError) -> String? {
        guard let value = value(name) else { return nil }
        if case .integer(let number) = value { return String(number) }
        guard let text = value.string, !text.isEmpty else {
            throw wrong(
                name,
                "expected a string that is not empty, got \(value.string == nil ? value.kindName : "an empty one")")
        }
        return text
    }

    package mutating func bool(_ name: String) throws(MappingError) -> Bool? {
        guard let value = value(name) else { return nil }
        guard let flag = value.bool else { throw wrong(name, "expected a boolean, got \(value.kindName)") }
        return flag
    }

    package mutating func integer(_ name: String) throws(MappingError) -> Int64? {
        guard let value = value(name) else { return nil }
        guard let number = value.integer else { throw wrong(name, "expected an integer, got \(value.kindName)") }
        return number
    }

    /// A time: RFC 3339 text, or a number of Unix seconds.
    package mutating func time(_ name: String) throws(MappingError) -> Timestamp? {
        guard let value = value(name) else { return nil }
        if let text = value.string, let time = Timestamp(rfc3339: text) { return time }
        if let seconds = value.double, abs(seconds) < 1e11 { return Timestamp(seconds: seconds) }
        throw wrong(name, "expected a time (RFC 3339 text or Unix seconds), got \(value.text.prefix(40))")
    }

    package mutating func list(_ name: String) throws(MappingError) -> [JSON] {
        guard let value = value(name) else { return [] }
        guard let elements = value.array else { throw wrong(name, "expected an array, got \(value.kindName)") }
        return elements
    }

    package mutating func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws(MappingError) -> Choice? where Choice.RawValue == String {
        guard let text = try string(name) else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let choices = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong(name, "\"\(text.prefix(40))\" is none of \(choices)")
        }
        return choice
    }

    /// Ends the reading: members that nothing read are mistakes.
    package func finish() throws(MappingError) {
        guard let name = members.keys.filter({ !known.contains($0) }).min() else { return }
        let nearest = NearestName.find(name, among: known.sorted()).map { ", did you mean \"\($0)\"?" } ?? ""
        throw wrong(name, "no such member in the vocabulary\(nearest)")
    }

    /// An error that names the member.
    package func wrong(_ name: String, _ problem: String) -> MappingError {
        MappingError(path: "\(path).\(name)", problem: problem)
    }

    /// The member's value, or an error that it is missing.
    /// - Parameter about: what it is, for who left it out; `nil`: its name says it.
    package func required<Value>(
        _ value: Value?, _ name: String, _ about: String? = nil
    ) throws(MappingError) -> Value {
        guard let value else { throw wrong(name, "is missing\(about.map { ": \($0)" } ?? "")") }
        return value
    }
}
