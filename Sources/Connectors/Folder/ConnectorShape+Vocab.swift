// The tables of a connector as a shape: words of the one side, and what the other side calls them.

import Model

extension ConnectorSide {
    /// `vocab`: tables by name, each of them entries by key; `*` is the entry of every other key.
    static var vocab: Shape {
        .map(of: .map(of: .any, names: .anything), names: .identifier)
    }
}
