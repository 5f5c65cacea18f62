// The table that stands in a README between two marks, so that it can be written anew and compared.

import Foundation

/// Finds and replaces the table.
package enum ConformanceTable {
    private static let start = "<!-- conformance: written by `samtal test --live-fake --write` -->\n"
    private static let end = "<!-- end of conformance -->\n"

    /// A README without the marks.
    package struct NoPlace: Error, CustomStringConvertible {
        package let file: String
        package var description: String { "\(file): holds no place for the table of conformance" }
    }

    /// The table that stands in a text; `nil`: none.
    package static func table(in text: String) -> String? {
        guard let start = text.firstRange(of: start), let end = text.firstRange(of: end),
            start.upperBound <= end.lowerBound
        else { return nil }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// Puts the table of these reports into a file.
    package static func write(_ reports: [ConformanceReport], to file: String) throws {
        let url = URL(fileURLWithPath: file)
        let text = String(decoding: try Data(contentsOf: url), as: UTF8.self)
        guard let old = table(in: text) else { throw NoPlace(file: file) }
        let new = text.replacing(start + old + end, with: start + ConformanceReport.markdown(reports) + end)
        try Data(new.utf8).write(to: url)
    }
}
