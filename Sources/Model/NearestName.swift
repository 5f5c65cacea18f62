// "Did you mean …?" for unknown keys and values.

/// Finds the name that a mistyped one most likely stands for.
package enum NearestName {
    /// How many letters may differ before a guess would mislead.
    static let distanceMax = 2

    /// The candidate nearest to `name`, by at most ``distanceMax`` changes and fewer than half of its letters;
    /// the first in order among equals; `nil` when none is near.
    package static func find(_ name: String, among candidates: [String]) -> String? {
        var best: (distance: Int, name: String)?
        for candidate in candidates.sorted() {
            let distance = distance(Array(name.lowercased().utf8), Array(candidate.lowercased().utf8))
            guard distance <= distanceMax, distance * 2 < max(candidate.utf8.count, 3) else { continue }
            if distance < best?.distance ?? .max { best = (distance, candidate) }
        }
        return best?.name
    }

    /// The end of a sentence about an unknown `name`: `, did you mean "x"?`, or the choices when they are few.
    package static func hint(_ name: String, among candidates: [String]) -> String {
        if let nearest = find(name, among: candidates) { return ", did you mean \"\(nearest)\"?" }
        if candidates.isEmpty { return "" }
        return candidates.count <= 16 ? "; known are: \(candidates.joined(separator: ", "))" : ""
    }

    /// Optimal string alignment: insertions, deletions, replacements, and swaps of neighbours.
    private static func distance(_ left: [UInt8], _ right: [UInt8]) -> Int {
        if abs(left.count - right.count) > distanceMax { return .max }
        var rows = [Array(0...right.count)]
        for (row, byte) in left.enumerated() {
            var line = [row + 1]
            for (column, other) in right.enumerated() {
                var least = min(rows[row][column + 1], line[column]) + 1
                least = min(least, rows[row][column] + (byte == other ? 0 : 1))
                if row > 0, column > 0, byte == right[column - 1], left[row - 1] == other {
                    least = min(least, rows[row - 1][column - 1] + 1)
                }
                line.append(least)
            }
            rows.append(line)
        }
        return rows[left.count][right.count]
    }
}
