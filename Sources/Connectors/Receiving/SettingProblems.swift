// What may be wrong with the settings that IT gives a connector; never a value, for many are secrets.

import Model

/// One setting that cannot be used.
package struct SettingProblem: Sendable, Hashable, CustomStringConvertible {
    /// The setting's name; `nil`: it is about all of them.
    package let setting: String?
    /// What is wrong with it.
    package let message: String

    package init(setting: String?, message: String) {
        self.setting = setting
        self.message = message
    }

    package var description: String { setting.map { "settings.\($0): \(message)" } ?? message }
}

/// Every setting that cannot be used.
package struct SettingProblems: Error, Sendable, Hashable, CustomStringConvertible {
    package let list: [SettingProblem]

    package init(_ list: [SettingProblem]) {
        self.list = list
    }

    package var description: String { list.map(\.description).joined(separator: "\n") }

    /// The settings with the folder's defaults.
    /// - Parameter declared: what the folder asks for.
    /// - Throws: every one that is missing, unknown, empty, or a list without being a secret.
    static func check(
        _ given: [String: [String]], against declared: [SettingDeclaration], of folder: ConnectorFolder
    ) throws(SettingProblems) -> [String: [String]] {
        var problems: [SettingProblem] = []
        let names = declared.map(\.name)
        for name in given.keys.sorted() where !names.contains(name) {
            let hint = NearestName.hint(name, among: names)
            problems.append(SettingProblem(setting: name, message: "\(folder.id) has no such setting\(hint)"))
        }
        var settings: [String: [String]] = [:]
        for setting in declared {
            let values = given[setting.name] ?? setting.defaultValue.map { [$0] } ?? []
            if values.isEmpty, setting.isRequired {
                problems.append(SettingProblem(setting: setting.name, message: "is missing: \(setting.about)"))
            } else if values.count > 1, !setting.isSecret {
                problems.append(SettingProblem(setting: setting.name, message: "only a secret may be a list"))
            } else if setting.isSecret, values.contains("") {
                problems.append(SettingProblem(setting: setting.name, message: "is empty"))
            } else if !values.isEmpty {
                settings[setting.name] = values
            }
        }
        guard problems.isEmpty else { throw SettingProblems(problems) }
        return settings
    }
}
