// Builtins of the language that jq has not: markup, documents, offsets and times. They split and join where they can:
// in jq 1.6 every match of a regular expression costs a walk from the start of the text.

extension JQPrelude {
    /// In an order in which each uses only those before it.
    static let texts: [(words: Set<String>, text: String)] = [
        (
            ["__text"],
            #"""
            def __text($name): if type == "string" then . else error("\($name): expected a string, got \(type)") end;
            """#
        ),
        (
            ["utf16_length"],
            #"""
            def utf16_length: __text("utf16_length") | length + ([explode[] | select(. > 65535)] | length);
            """#
        ),
        (
            ["escape_markup"],
            #"""
            def escape_markup: __text("escape_markup") | split("&") | join("&amp;") | split("<") | join("&lt;")
              | split(">") | join("&gt;");
            """#
        ),
        (
            ["unescape_markup"],
            #"""
            def unescape_markup: __text("unescape_markup") | split("&lt;") | join("<") | split("&gt;") | join(">")
              | split("&amp;") | join("&");
            """#
        ),
        (
            ["text_to_html"],
            #"""
            def text_to_html: __text("text_to_html") | @html | split("&apos;") | join("&#39;")
              | split("\r\n") | join("\n") | split("\r") | join("\n") | split("\n") | join("<br>");
            """#
        ),
        (["html_unescape", "html_to_text"], unescape),
        (["html_to_text"], markup),
        (["adf"], document),
        (["adf_to_text"], documentText),
        (["byte_offsets"], offsets),
        (["parse_time"], time),
    ]

    /// What is no entity stays as it is. `implode` of 1.6 ends the process on a number that is no character.
    private static let unescape = #"""
        def __entities: {amp: 38, lt: 60, gt: 62, quot: 34, apos: 39, nbsp: 160, iexcl: 161, cent: 162, pound: 163,
          yen: 165, sect: 167, copy: 169, laquo: 171, shy: 173, reg: 174, deg: 176, plusmn: 177, acute: 180, para: 182,
          middot: 183, raquo: 187, frac12: 189, iquest: 191, Agrave: 192, Aacute: 193, Acirc: 194, Atilde: 195,
          Auml: 196, Aring: 197, AElig: 198, Ccedil: 199, Egrave: 200, Eacute: 201, Ecirc: 202, Euml: 203, Iacute: 205,
          Ntilde: 209, Oacute: 211, Ocirc: 212, Otilde: 213, Ouml: 214, times: 215, Oslash: 216, Uacute: 218, Uuml: 220,
          szlig: 223, agrave: 224, aacute: 225, acirc: 226, atilde: 227, auml: 228, aring: 229, aelig: 230, ccedil: 231,
          egrave: 232, eacute: 233, ecirc: 234, euml: 235, igrave: 236, iacute: 237, icirc: 238, iuml: 239, ntilde: 241,
          ograve: 242, oacute: 243, ocirc: 244, otilde: 245, ouml: 246, divide: 247, oslash: 248, ugrave: 249,
          uacute: 250, ucirc: 251, uuml: 252, yuml: 255, ndash: 8211, mdash: 8212, lsquo: 8216, rsquo: 8217,
          sbquo: 8218, ldquo: 8220, rdquo: 8221, bdquo: 8222, bull: 8226, hellip: 8230, euro: 8364, trade: 8482,
          larr: 8592, rarr: 8594, zwnj: 8204, zwj: 8205};
        def __character: if . > 0 and . < 55296 or . > 57343 and . < 1114112 then [.] | implode else "\ufffd" end;
        def __digits($base): explode
          | map(if . > 96 then . - 87 elif . > 64 then . - 55 else . - 48 end)
          | if length > 0 and length < 9 and all(.[]; . >= 0 and . < $base)
            then reduce .[] as $digit (0; . * $base + $digit) | __character else null end;
        def __entity($table): . as $name | if startswith("#x") or startswith("#X") then .[2:] | __digits(16)
          elif startswith("#") then .[1:] | __digits(10)
          elif $table | has($name) then $table[$name] | __character else null end;
        def html_unescape: __text("html_unescape") | __entities as $table | split("&")
          | (.[0] // "") + (.[1:] | map(. as $piece | split(";") as $parts
            | if ($parts | length) < 2 or ($parts[0] | length) > 10 then "&" + $piece
              else $parts[0] as $name | ($name | __entity($table)) as $sign
                | if $sign == null then "&" + $piece else $sign + ($parts[1:] | join(";")) end end)
            | join(""));
        """#

    /// Signs that cannot be seen mark where lines (2), paragraphs (3) and items of lists (4) begin.
    private static let markup = #"""
        def __without($open; $close): split($open)
          | (.[0] // "") + (.[1:] | map(split($close)[1:] | join($close)) | join(""));
        def __break: if . == "br" then "\n"
          elif . == "li" then "\u0002\u0004"
          elif . == "td" or . == "th" then " "
          elif . == "p" or . == "/p" or test("^/?(h[1-6]|blockquote|pre)$") then "\u0003"
          elif test("^/?(div|li|ul|ol|dl|dt|dd|table|tr|hr|section|article|header|footer|main|form|figure)$")
          then "\u0002" else "" end;
        def __tag: . as $piece | if test("^[A-Za-z/!?]") | not then "<" + . else split(">") as $parts
          | if ($parts | length) < 2 then "<" + $piece
            else (first(range(1; [$parts | length, 20] | min) | select($parts[:.] | join(">") | split("\"")
              | length % 2 == 1)) // 1) as $size
              | ($parts[0] | ascii_downcase | split(" ")[0] | if . == "/" then . else rtrimstr("/") end | __break)
                + ($parts[$size:] | join(">")) end end;
        def __trimmed: split(" ") | map(select(. != "")) | join(" ");
        def __lines: split("\n") | map(__trimmed) | join("\n");
        def __bare: if startswith("\n") then .[1:] | __bare elif endswith("\n") then .[:-1] | __bare else . end;
        def html_to_text: __text("html_to_text")
          | reduce ("\r", "\n", "\t", "\u0002", "\u0003", "\u0004") as $sign (.; split($sign) | join(" "))
          | __without("<!--"; "-->") | __without("<script"; "</script>") | __without("<style"; "</style>")
          | __without("<SCRIPT"; "</SCRIPT>") | __without("<STYLE"; "</STYLE>") | __without("<title"; "</title>")
          | split("<") | (.[0] // "") + (.[1:] | map(__tag) | join("")) | html_unescape
          | split("\u00a0") | join(" ")
          | reduce ("\u0002", "\u0003", " ") as $sign (.; split("\u0004" + $sign) | join("\u0004"))
          | split("\u0004") | join("- ") | split("\u0003")
          | map(split("\u0002") | map(__lines | __bare | select(. != "")) | join("\n") | select(. != ""))
          | join("\n\n");
        """#

    private static let document = #"""
        def adf: __text("adf") | split("\r\n") | join("\n") | split("\n\n")
          | map(split("\n") | map(select(. != "") | {type: "text", text: .}, {type: "hardBreak"}) | .[:-1]
            | select(length > 0) | {type: "paragraph", content: .})
          | {type: "doc", version: 1, content: .};
        """#

    private static let documentText = #"""
        def __adf: if type != "object" then "" else
          (if .content | type == "array" then .content else [] end) as $inside
          | (if .attrs | type == "object" then .attrs else {} end) as $attributes
          | if .type == "text" then if .text | type == "string" then .text else "" end
            elif .type == "hardBreak" then "\n"
            elif .type == "paragraph" or .type == "heading" or .type == "codeBlock"
            then $inside | map(__adf) | join("")
            elif .type == "bulletList" then $inside | map("- " + __adf) | join("\n")
            elif .type == "orderedList"
            then [range($inside | length) | "\(. + 1). " + ($inside[.] | __adf)] | join("\n")
            elif .type == "doc" then $inside | map(__adf | select(. != "")) | join("\n\n")
            elif $inside == [] then [$attributes | .text, .url, .shortName | strings] | .[0] // ""
            else $inside | map(__adf | select(. != "")) | join("\n") end end;
        def adf_to_text: if type == "object" then __adf else error("adf_to_text: expected an object, got \(type)") end;
        """#

    /// Matches of nothing are left out, as everywhere with the flag `g`.
    private static let offsets = #"""
        def byte_offsets($regex): __text("byte_offsets") | . as $whole
          | def __at: . as $size | $whole[:$size] | utf8bytelength;
          def __span: (.offset | __at) as $at
            | {start: $at, end: ($at + (.string | utf8bytelength)), text: .string};
          [match($regex; "g")
            | __span + {captures: [.captures[] | {name} + if .string == null or .offset < 0
                then {start: null, end: null, text: null} else __span end]}];
        """#

    /// The offset's place is found by trying: a mark stands for it in the text and in the format.
    private static let time = #"""
        def __seconds($format): strptime($format) | mktime;
        def __offset: if test("^[ZUG]") then 0
          else (.[1:] | split(":") | join("") | [.[:2], .[2:]] | map(if . == "" then 0 else tonumber end)) as $parts
            | ($parts[0] * 3600 + $parts[1] * 60) * (if startswith("-") then -1 else 1 end) end;
        def parse_time($format): __text("parse_time") | . as $text
          | if $format | contains("%z") | not then __seconds($format) else
            ($format | split("%z") | join("@@")) as $marked
            | first(match("[+-][0-9]{2}(:?[0-9]{2})?|Z|UTC|GMT"; "g") as $found
              | $text[:$found.offset] + "@@" + $text[$found.offset + $found.length:]
              | (try __seconds($marked) catch empty) - ($found.string | __offset))
              // error("parse_time: \"\($text)\" does not match format \"\($format)\"") end;
        """#
}
