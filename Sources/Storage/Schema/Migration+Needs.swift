// From here on a store says who may work on it: nodes of the former version run on beside a newer one.

extension Migration {
    static let needs = Migration(
        number: 21, name: "what a step needs",
        // The step that a samtal must know to work beside this one; NULL: this one.
        statements: ["ALTER TABLE migrations ADD COLUMN needs {int}"])
}
