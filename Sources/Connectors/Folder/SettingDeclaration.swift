// What a connector's folder says of one setting that IT gives in samtal.yaml.

import Model

/// One setting that a connector asks for.
package struct SettingDeclaration: Sendable, Hashable {
    package let name: String
    /// Never logged, never visible to jq; may be a list in samtal.yaml: rotation.
    package let isSecret: Bool
    /// The value when none is given; `nil`: there is none.
    package let defaultValue: String?
    /// Whether it may be left out though it has no default.
    package let isOptional: Bool
    /// One line for people.
    package let about: String

    /// Whether samtal.yaml must give it.
    package var isRequired: Bool { defaultValue == nil && !isOptional }

    init(name: String, fields: Fields) {
        self.name = name
        isSecret = fields.boolean("secret") ?? false
        defaultValue = fields.string("default")
        isOptional = fields.boolean("optional") ?? false
        about = fields.string("about") ?? ""
    }

    /// The same setting, which may be left out.
    fileprivate init(optional setting: SettingDeclaration) {
        name = setting.name
        isSecret = setting.isSecret
        defaultValue = setting.defaultValue
        isOptional = true
        about = setting.about
    }
}

extension ConnectorFolder {
    /// The settings for an endpoint that nothing is sent to: what makes the address may be left out.
    package var settingsWithoutAddress: [SettingDeclaration] {
        let names = send?.baseURL.settings ?? []
        return settings.map { names.contains($0.name) ? SettingDeclaration(optional: $0) : $0 }
    }
}

extension [SettingDeclaration] {
    /// The part of samtal.yaml that gives these settings: for checks and for the JSON Schema.
    package var shape: Shape {
        .object(
            map { setting in
                Shape.Key(
                    setting.name, setting.isSecret ? .scalarOrList(.string) : .string, required: setting.isRequired,
                    default: setting.defaultValue.map { JSON.string($0).text }, about: setting.about)
            })
    }
}
