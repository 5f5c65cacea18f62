// HTML as text, by libxml2's parser of HTML. It calls out what begins and ends and builds no tree; a builder of ours
// writes the text down as it comes.

import CXML

/// Turns HTML into text that people can read.
enum HTMLText {
    /// How long an HTML may be that is looked at, in bytes of UTF-8.
    static let bytesMax = 4 << 20
    /// How deep elements may be nested. libxml2 looks through all open elements for each that ends; more than this only
    /// comes from elements that nobody closed.
    static let depthMax = 256

    /// The text; `isWhole`: whether all of the HTML is in it.
    static func read(_ html: String, bytesMax limit: Int) -> (text: String, isWhole: Bool) {
        _ = isReady
        let builder = HTMLTextBuilder(bytesMax: limit)
        var html = html.hasBytes("<![") ? withoutConditions(html) : html
        let isWhole = html.utf8.count <= bytesMax
        html.withUTF8 { bytes in
            let part = UnsafeBufferPointer(rebasing: bytes.prefix(bytesMax))
            parse(part, builder)
        }
        if builder.isTooDeep { return (PlainText.clean(stripped(html)), false) }
        return (PlainText.clean(builder.text()), isWhole && !builder.isFull)
    }

    private static func parse(_ bytes: UnsafeBufferPointer<UInt8>, _ builder: HTMLTextBuilder) {
        guard bytes.count > 0, let base = bytes.baseAddress else { return }
        let parser = base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { start in
            htmlCreateMemoryParserCtxt(start, Int32(bytes.count))
        }
        guard let parser else { return }
        var handler = makeHandler()
        let user = Unmanaged.passUnretained(builder).toOpaque()
        withExtendedLifetime(builder) {
            withUnsafeMutablePointer(to: &handler) { handler in
                let own = parser.pointee.sax
                parser.pointee.sax = handler
                parser.pointee.userData = user
                htmlCtxtUseOptions(parser, samtal_html_options)
                if let utf8 = xmlFindCharEncodingHandler("UTF-8") { xmlSwitchToEncoding(parser, utf8) }
                builder.parser = parser
                htmlParseDocument(parser)
                parser.pointee.sax = own
            }
        }
        htmlFreeParserCtxt(parser)
    }

    private static func makeHandler() -> htmlSAXHandler {
        var handler = htmlSAXHandler()
        handler.startElement = { user, name, attributes in
            guard let builder = HTMLText.builder(user), let name else { return }
            builder.begin(String(cString: name), attributes)
        }
        handler.endElement = { user, name in
            guard let builder = HTMLText.builder(user), let name else { return }
            builder.end(String(cString: name))
        }
        handler.characters = { user, text, count in
            HTMLText.builder(user)?.add(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        handler.ignorableWhitespace = handler.characters
        return handler
    }

    private static func builder(_ user: UnsafeMutableRawPointer?) -> HTMLTextBuilder? {
        user.map { Unmanaged<HTMLTextBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    /// Without `<![if …]>` and `<![endif]>`, which Outlook writes and libxml2 takes for text.
    private static func withoutConditions(_ html: String) -> String {
        var out: [UInt8] = []
        var rest = Array(html.utf8)[...]
        while let start = rest.firstIndex(of: 0x3C) {
            out += rest[..<start]
            rest = rest[start...]
            let isCondition = rest.starts(with: "<![".utf8)
            // `<![endif]-->` ends a comment and must stay.
            if isCondition, let end = rest.prefix(200).firstIndex(of: 0x3E), rest[end - 1] == 0x5D {
                rest = rest[(end + 1)...]
            } else {
                out.append(0x3C)
                rest = rest.dropFirst()
            }
        }
        return String(decoding: out + rest, as: UTF8.self)
    }

    /// What is left without anything in angle brackets: for HTML that is no HTML any more.
    private static func stripped(_ html: String) -> String {
        var out: [UInt8] = []
        var isInside = false
        for byte in html.utf8.prefix(bytesMax) {
            if byte == 0x3C { isInside = true }
            if !isInside { out.append(byte) }
            if byte == 0x3E {
                if isInside, let last = out.last, last > 0x20 { out.append(0x20) }
                isInside = false
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// libxml2 must be started before two threads use it.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()
}
