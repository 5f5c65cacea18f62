// Definitions put before a program: our own builtin, and builtins of jq 1.6 that a message must not be able to abuse.
// In 1.6 `todate` on a time out of range ends the whole process by an assertion, `gsub("x*"; "")` never ends, and
// neither does `index("")`; `error(null)` that nobody catches looks like a good end. Otherwise they do what 1.6 does.

import Model

/// Picks the definitions that a program needs.
enum JQPrelude {
    /// The definitions for a program that uses these words, all on one line.
    static func text(for words: Set<String>) -> String {
        parts.filter { !$0.words.isDisjoint(with: words) }.map(\.text).joined()
    }

    private static let parts: [(words: Set<String>, text: String)] = [
        (
            ["exact_integer"],
            "def exact_integer: if type == \"number\" then . else {\"\(JSON.exactIntegerName)\": .} end; "
        ),
        (
            ["vocab"],
            "def vocab($table; key): (key | if type == \"string\" then . else tojson end) as $key "
                + "| if $vocab | has($table) | not then error(\"vocab: there is no table \\\"\\($table)\\\"\") "
                + "elif $vocab[$table] | has($key) then $vocab[$table][$key] "
                + "elif $vocab[$table] | has(\"*\") then $vocab[$table][\"*\"] "
                + "else error(\"vocab: table \\\"\\($table)\\\" has no entry \\\"\\($key)\\\"\") end; "
        ),
        (
            ["error"],
            "def __error(f): error(f); "
                + "def error(f): f | if . == null then __error(\"an error without a text\") else __error(.) end; "
                + "def error: error(.); "
        ),
        (
            ["strftime", "todate", "todateiso8601", "date"],
            // `gmtime` raises an error where the `strftime` of 1.6 goes on with nothing.
            "def __strftime(f): strftime(f); "
                + "def strftime($f): (if type == \"number\" then gmtime else . end) | __strftime($f); "
                + "def todate: strftime(\"%Y-%m-%dT%H:%M:%SZ\"); def todateiso8601: todate; def date: todate; "
        ),
        (
            ["indices", "index", "rindex"],
            "def __indices(i): indices(i); "
                + "def indices($i): if type == \"string\" and $i == \"\" then null else __indices($i) end; "
                + "def index($i): indices($i) | .[0]; def rindex($i): indices($i) | .[-1:][0]; "
        ),
        (
            ["sub", "gsub"],
            "def sub($re; text; $flags): . as $in | reduce match($re; $flags) as $m ({out: \"\", at: 0}; "
                + "(reduce ($m.captures[] | select(.name != null)) as $c ({}; .[$c.name] = $c.string)) as $names "
                + "| .out += $in[.at:$m.offset] + ($names | text) | .at = $m.offset + $m.length) "
                + "| .out + $in[.at:]; "
                + "def sub($re; text): sub($re; text; \"\"); "
                + "def gsub($re; text; $flags): sub($re; text; $flags + \"g\"); "
                + "def gsub($re; text): sub($re; text; \"g\"); "
        ),
    ]
}
