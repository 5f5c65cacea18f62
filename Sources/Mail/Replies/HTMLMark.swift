// What the elements of mail programs mean: each program marks quotes, their introductions and signatures by classes and
// ids of its own. A table, not a parser: a new program is a new word here.

/// What an element is for.
enum HTMLMark: Sendable {
    /// All inside is an earlier mail.
    case quote
    /// As ``quote``; but what stands behind a block quotation inside it is an answer.
    case answerableQuote
    /// A block quotation that anybody may have made.
    case indent
    case attribution
    /// The earlier mail begins here.
    case divider
    /// Header lines of the earlier mail may begin here.
    case headers
    case signature

    /// What a start tag means; `nil` for all others.
    init?(_ tag: HTMLTag) {
        if let mark = Self.named(tag) {
            self = mark
            return
        }
        let style = tag.attributes["style"] ?? ""
        switch tag.name {
        case "blockquote":
            let isMade = tag.attributes["type"]?.lowercased() == "cite" || tag.attributes["cite"] != nil
            self = isMade || style.contains("border-left") ? .quote : .indent
        case "hr" where tag.attributes["tabindex"] == "-1" || tag.attributes["data-marker"] == "__DIVIDER__":
            self = .divider
        case "div", "p", "table", "td":
            guard style.contains("border-top"), style.contains("solid"), !style.contains("border-top:none") else {
                return nil
            }
            self = .headers
        default: return nil
        }
    }

    private static func named(_ tag: HTMLTag) -> HTMLMark? {
        let names = [tag.attributes["id"], tag.attributes["name"], tag.attributes["data-smartmail"]].compactMap { $0 }
        let classes = (tag.attributes["class"] ?? "").split(whereSeparator: \.isWhitespace).prefix(16)
        for name in names.map({ $0[...] }) + classes {
            let word = bare(name)
            if let mark = words[word] {
                // Without the element around it, a block quotation of this class is one that a person made.
                return mark == .answerableQuote && tag.name == "blockquote" ? .indent : mark
            }
            if word.hasSuffix("yahoo_quoted") || word.hasPrefix("mail-editor-reference-message") { return .quote }
            if word.contains("signature"), word.utf8.count < 60 { return .signature }
        }
        return nil
    }

    /// In lower case, without the `x_` that some programs put before the names of others, once for each time.
    private static func bare(_ name: Substring) -> Substring {
        var word = Substring(name.prefix(80).lowercased())
        while word.hasPrefix("x_") { word = word.dropFirst(2) }
        return word
    }

    private static let words: [Substring: HTMLMark] = [
        "gmail_quote": .answerableQuote, "gmail_quote_container": .answerableQuote, "gmail_attr": .attribution,
        "moz-cite-prefix": .attribution, "airmail_on": .attribution, "airmail_ext_on": .attribution,
        "yahoo_quoted": .quote, "protonmail_quote": .quote, "tutanota_quote": .quote, "zmail_extra": .quote,
        "olk_src_body_section": .quote, "mail_android_quote": .quote, "history_container": .quote,
        "front-blockquote": .quote, "missive_quote": .quote, "isreplycontent": .quote, "messagereplysection": .quote,
        "ms-outlook-mobile-reference-message": .quote, "quote": .quote, "clean_bq": .quote, "email_quote": .quote,
        "cloudmagic-smart-beacon": .quote, "aolmail_yahoo_quoted": .quote, "replyintro": .attribution,
        "divrplyfwdmsg": .divider, "appendonsend": .divider, "stopspelling": .divider,
        "outlookmessageheader": .divider, "edo-original-message": .divider, "applemailsignature": .signature,
        "moz-txt-sig": .signature, "zm-_id_-sgn": .signature, "composer_signature": .signature,
    ]
}
