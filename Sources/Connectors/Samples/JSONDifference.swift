// How two JSON values differ, told by paths, so that a person sees the one member that changed.

import Model

/// Compares an expected value with what came.
enum JSONDifference {
    /// How many differences are told.
    static let linesMax = 20
    /// How much of a value is shown, in characters.
    private static let valueCharactersMax = 160

    /// One line for each difference; empty when the values are equal.
    static func lines(expected: JSON, got: JSON) -> [String] {
        var lines: [String] = []
        collect(expected, got, "", &lines)
        guard lines.count > linesMax else { return lines }
        return lines.prefix(linesMax) + ["and \(lines.count - linesMax) more"]
    }

    private static func collect(_ expected: JSON, _ got: JSON, _ path: String, _ lines: inout [String]) {
        if expected == got { return }
        switch (expected, got) {
        case (.object(let left), .object(let right)):
            for name in Set(left.keys).union(right.keys).sorted() {
                member(left[name], right[name], "\(path).\(name)", &lines)
            }
        case (.array(let left), .array(let right)):
            for index in 0..<max(left.count, right.count) {
                member(
                    left.indices.contains(index) ? left[index] : nil,
                    right.indices.contains(index) ? right[index] : nil, "\(path)[\(index)]", &lines)
            }
        default: lines.append("\(path.isEmpty ? "." : path): expected \(show(expected)), got \(show(got))")
        }
    }

    private static func member(_ expected: JSON?, _ got: JSON?, _ path: String, _ lines: inout [String]) {
        switch (expected, got) {
        case (let expected?, let got?): collect(expected, got, path, &lines)
        case (let expected?, nil): lines.append("\(path): expected \(show(expected)), but it is missing")
        case (nil, let got?): lines.append("\(path): not expected, got \(show(got))")
        case (nil, nil): break
        }
    }

    private static func show(_ value: JSON) -> String {
        let text = value.text
        return text.count > valueCharactersMax ? "\(text.prefix(valueCharactersMax))…" : text
    }
}
