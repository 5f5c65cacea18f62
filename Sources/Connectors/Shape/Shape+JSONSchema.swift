// The shape as a JSON Schema, so that an editor checks and completes the file while it is written.

package import Model

extension Shape {
    /// This shape as a JSON Schema (draft 2020-12).
    /// - Parameter title: what the file is; `nil`: the schema is a part of another.
    package func jsonSchema(title: String? = nil) -> JSON {
        guard var members = schema.object, let title else { return schema }
        members["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        members["title"] = .string(title)
        return .object(members)
    }

    private var schema: JSON {
        switch self {
        case .object(let keys): Self.schema(of: keys)
        case .map(let element, let names):
            ["type": "object", "propertyNames": names.schema, "additionalProperties": element.schema]
        case .list(let element): ["type": "array", "items": element.schema]
        case .string, .template: ["type": ["string", "number", "boolean"]]
        case .text(let rule): rule.schema
        case .integer(let range):
            .members([
                "type": "integer", "minimum": range.lowerBound == .min ? nil : .integer(range.lowerBound),
                "maximum": range.upperBound == .max ? nil : .integer(range.upperBound),
            ])
        case .boolean: ["type": "boolean"]
        case .duration: ["type": "string", "pattern": "^[0-9]+(ms|s|m|h|d)$"]
        case .byteSize: ["type": ["string", "integer"], "pattern": "^[0-9]+([KMG]?B)?$"]
        case .enumeration(let names): ["enum": .array(names.map { .string($0) })]
        case .scalarOrList(let element): ["anyOf": [element.schema, ["type": "array", "items": element.schema]]]
        case .oneOf(let key, let choices): ["oneOf": .array(choices.map { $0.schema(by: key) })]
        case .wordOr(let words, let shape): ["anyOf": [Shape.enumeration(words).schema, shape.schema]]
        case .any: [:]
        }
    }

    fileprivate static func schema(of keys: [Key], with discriminator: (String, JSON)? = nil) -> JSON {
        var properties: [String: JSON] = [:]
        var required: [JSON] = []
        if let (name, value) = discriminator {
            properties[name] = ["const": value]
            required.append(.string(name))
        }
        for key in keys {
            properties[key.name] = key.schema
            if key.isRequired { required.append(.string(key.name)) }
        }
        return .members([
            "type": "object", "properties": .object(properties), "additionalProperties": false,
            "required": required.isEmpty ? nil : .array(required),
        ])
    }
}

extension Shape.Key {
    fileprivate var schema: JSON {
        var members = shape.jsonSchema().object ?? [:]
        members["description"] = .string(about)
        if let defaultText { members["default"] = Self.value(defaultText) }
        if let example { members["examples"] = [Self.value(example)] }
        return .object(members)
    }

    private static func value(_ text: String) -> JSON {
        (try? YAMLValue(parsing: text, file: ""))?.json ?? .string(text)
    }
}

extension Shape.Choice {
    fileprivate func schema(by key: String) -> JSON {
        var members = Shape.schema(of: keys, with: (key, .string(name))).object ?? [:]
        members["description"] = .string(about)
        return .object(members)
    }
}

extension Shape.TextRule {
    fileprivate var schema: JSON {
        .members(["type": "string", "pattern": JSON(pattern), "description": .string(expected)])
    }
}
