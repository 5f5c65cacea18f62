// The members of one object of a file that a shape has checked, by name and type.

/// Reads the members of an object. A missing member is `nil`; so is one of another type, which a checked file has not.
package struct Fields: Sendable {
    /// In the order of the file.
    package let members: [YAMLValue.Member]
    /// Where the object begins.
    package let position: Position

    init(_ members: [YAMLValue.Member], _ position: Position) {
        self.members = members
        self.position = position
    }

    package subscript(_ name: String) -> YAMLValue? {
        guard let value = members.first(where: { $0.name == name })?.value else { return nil }
        if case .null = value.content { return nil }
        return value
    }

    package func string(_ name: String) -> String? { self[name]?.string }
    package func integer(_ name: String) -> Int? { self[name]?.integer.flatMap { Int(exactly: $0) } }
    package func boolean(_ name: String) -> Bool? { self[name]?.boolean }
    package func duration(_ name: String) -> Duration? { self[name]?.duration }
    package func byteSize(_ name: String) -> ByteSize? { self[name]?.byteSize }
    /// The elements of a list; empty when there is none.
    package func list(_ name: String) -> [YAMLValue] { self[name]?.list ?? [] }
    /// The texts of a list, or of the one scalar in its place.
    package func strings(_ name: String) -> [String] { self[name]?.scalars.compactMap(\.string) ?? [] }
    package func fields(_ name: String) -> Fields? { self[name]?.fields }

    /// The word of an enumeration.
    package func choice<Choice: RawRepresentable>(_ name: String, of type: Choice.Type) -> Choice?
    where Choice.RawValue == String {
        string(name).flatMap { Choice(rawValue: $0) }
    }

    /// Where the member stands, or the object when there is no such member: for mistakes found later.
    package func position(_ name: String) -> Position {
        self[name]?.position ?? position
    }
}
