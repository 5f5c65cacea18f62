// What a registration puts into its request although jq never sees it: our address with its secret, and shared secrets.

import Model

/// Replaces `{"$url": true}` and `{"$secret": NAME}` in the body that a program made.
struct WithheldValues: Sendable {
    /// The endpoint's address as the other side must call it. May hold a secret.
    let url: String
    /// The settings with their values, the newest first.
    let settings: [String: [String]]

    /// The output of a program with them in their places; they stand in `json` and `form`, never in an address.
    /// - Throws: when a setting that is named has no value.
    func filled(_ output: JSON) throws(MappingError) -> JSON {
        guard case .object(var members) = output else { return output }
        for name in ["json", "form"] {
            guard let content = members[name] else { continue }
            members[name] = try replaced(content, ".\(name)")
        }
        return .object(members)
    }

    private func replaced(_ value: JSON, _ path: String) throws(MappingError) -> JSON {
        switch value {
        case .object(let members) where members.keys.count == 1 && members["$url"] == true:
            return .string(url)
        case .object(let members) where members.keys.count == 1 && members["$secret"] != nil:
            guard let name = members["$secret"]?.string, let secret = settings[name]?.first else {
                throw MappingError(path: path, problem: "names a setting that has no value")
            }
            return .string(secret)
        case .object(let members):
            var all: [String: JSON] = [:]
            for (name, member) in members { all[name] = try replaced(member, "\(path).\(name)") }
            return .object(all)
        case .array(let elements):
            var all: [JSON] = []
            for (index, element) in elements.enumerated() { all.append(try replaced(element, "\(path)[\(index)]")) }
            return .array(all)
        default:
            return value
        }
    }
}
