// Definitions put before a program: our own builtin, and builtins of jq 1.6 that a message must not be able to abuse.
// In 1.6 `todate` on a time out of range ends the whole process by an assertion, `gsub("x*"; "")` never ends, and
// neither does `index("")`; `error(null)` that nobody catches looks like a good end; and a regular expression that with
// the flag `g` matches nothing before a sign beyond ASCII reads past the end of memory and ends the process. So with
// `g` only matches of something count. Otherwise they do what 1.6 does.

import Model

/// Picks the definitions that a program needs.
enum JQPrelude {
    /// The definitions for a program that uses these words, all on one line, with those that they use themselves.
    static func text(for words: Set<String>) -> String {
        var wanted = words
        var texts: [String] = []
        for definition in definitions.reversed() where !definition.words.isDisjoint(with: wanted) {
            wanted.formUnion(definition.uses)
            texts.append(definition.text)
        }
        return texts.reversed().joined()
    }

    /// Each uses only those before it.
    private static let definitions = (mended + texts).map { words, text in
        var lexer = JQLexer(text)
        lexer.run()
        let uses = Set(lexer.tokens.lazy.filter { $0.kind == .word }.map(\.text))
        return (words: words, uses: uses, text: text.replacing("\n", with: " ") + " ")
    }

    private static let mended: [(words: Set<String>, text: String)] = [
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
            ["match", "scan", "capture", "split", "splits"],
            // The flag `n` leaves out matches of nothing; `\\K` would make one of something.
            "def __match(re; flags): match(re; flags); "
                + "def match($re; $flags): if ($flags // \"\") | type == \"string\" and contains(\"g\") "
                + "then if $re | type == \"string\" and contains(\"\\\\K\") "
                + "then error(\"match: \\\\K cannot be used with the flag g\") "
                + "else __match($re; $flags + \"n\") end else __match($re; $flags) end; "
                + "def match($of): if $of | type == \"array\" then match($of[0]; $of[1]) else match($of; null) end; "
                + "def capture($re; $flags): match($re; $flags) "
                + "| [.captures[] | select(.name != null) | {key: .name, value: .string}] | from_entries; "
                + "def capture($of): if $of | type == \"array\" then capture($of[0]; $of[1]) "
                + "else capture($of; null) end; "
                + "def scan($re): match($re; \"g\") "
                + "| if .captures | length > 0 then [.captures[].string] else .string end; "
                + "def splits($re; $flags): . as $in "
                + "| [0, (match($re; \"g\" + $flags) | .offset, .offset + .length), ($in | length)] as $cuts "
                + "| range(0; $cuts | length; 2) as $i | $in[$cuts[$i]:$cuts[$i + 1]]; "
                + "def splits($re): splits($re; null); "
                + "def split($re; $flags): [splits($re; $flags)]; "
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
