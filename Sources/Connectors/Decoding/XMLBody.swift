// XML 1.0 as JSON, by libxml2's push parser. A DTD is refused as soon as it begins, so that there are no entities but
// the five of the language; nothing is fetched; depth and count are bounded.

import CXML
import Model

/// Reads XML.
enum XMLBody {
    /// How long an XML text may be, in bytes.
    static let bytesMax = 16 << 20
    /// How deep elements may be nested, as for JSON.
    static let depthMax = 128
    /// How many elements and attributes a text may have.
    static let nodesMax = 200_000

    /// The text as JSON, `{root: …}`: names without prefixes; attributes as `@name`; an element without attributes and
    /// children is its text; the text of any other is `#text`, left out when it is blank; elements of one name are an
    /// array, and so are those of `arrays` even when they come once.
    static func json(_ bytes: [UInt8], arrays: Set<String>) throws(FormBody.Mistake) -> JSON {
        guard bytes.count <= bytesMax else {
            throw FormBody.Mistake(problem: "the XML is longer than \(bytesMax) bytes")
        }
        _ = isReady
        let builder = XMLBuilder(arrays: arrays)
        var handler = XMLBuilder.makeHandler()
        let user = Unmanaged.passUnretained(builder).toOpaque()
        guard let parser = xmlCreatePushParserCtxt(&handler, user, nil, 0, nil) else {
            throw FormBody.Mistake(problem: "no XML parser could be made")
        }
        defer { xmlFreeParserCtxt(parser) }
        builder.parser = parser
        xmlCtxtUseOptions(parser, samtal_xml_options)
        let status = withExtendedLifetime(builder) {
            bytes.withUnsafeBytes { raw in
                xmlParseChunk(parser, raw.bindMemory(to: CChar.self).baseAddress, Int32(raw.count), 1)
            }
        }
        if let problem = builder.problem { throw FormBody.Mistake(problem: problem) }
        guard status == 0, parser.pointee.wellFormed == 1, let root = builder.root else {
            let line = xmlCtxtGetLastError(parser).map { " (line \($0.pointee.line))" } ?? ""
            throw FormBody.Mistake(problem: "the body is no well-formed XML\(line)")
        }
        return root
    }

    /// libxml2 must be started before two threads use it.
    private static let isReady: Bool = {
        xmlInitParser()
        return true
    }()
}
