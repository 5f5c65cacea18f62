// Portable SQL has `?` for each value; PostgreSQL wants them numbered.

enum NumberedParameters {
    /// The same statement with `$1`, `$2`, … A question mark between quotes stays.
    static func numbered(_ sql: String) -> String {
        var (numbered, count, isQuoted) = ("", 0, false)
        for character in sql {
            if character == "'" { isQuoted.toggle() }
            if character == "?", !isQuoted {
                count += 1
                numbered += "$\(count)"
            } else {
                numbered.append(character)
            }
        }
        return numbered
    }
}
