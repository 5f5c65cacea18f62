// Which parts of a mail are its text, which its HTML, and which are files: the algorithm of RFC 8621 section 4.1.4,
// which mail programs agree on, with what gateways see besides.

import Model

/// A leaf of a mail with what its header says.
struct MailLeaf {
    /// Its number in the mail.
    let id: Int
    let node: MailScan.Node
    /// The bytes of the mail that `node` lies in.
    let bytes: [UInt8]
    /// The subtype of the multipart around it; empty for the only part of a mail.
    let container: String
    let disposition: String?
    let name: String?

    init(_ id: Int, _ node: MailScan.Node, in bytes: [UInt8], container: String) {
        self.id = id
        self.node = node
        self.bytes = bytes
        self.container = container
        let list = ParameterList(node.headers.field("Content-Disposition")?.bytes ?? [])
        disposition = list.value.isEmpty ? nil : list.value
        name = FileName.safe(list["filename"] ?? node.type.list["name"])
    }

    var type: String { node.type.essence }

    var encoding: TransferEncoding? { TransferEncoding(node.headers.first("Content-Transfer-Encoding")) }

    /// The content, decoded.
    func content() -> [UInt8] { (encoding ?? .none).decode(bytes[node.body]) }

    var isEmpty: Bool { node.body.isEmpty }
}

/// Sorts the leaves of a mail.
struct BodyChoice {
    /// To be read one after another by who reads text; some may be HTML, where there is nothing else.
    private(set) var texts: [MailLeaf] = []
    /// The same for who reads HTML.
    private(set) var htmls: [MailLeaf] = []
    /// Everything else, in order.
    private(set) var others: [MailLeaf] = []
    private(set) var protection: Set<ReadMail.Protection> = []
    private(set) var complaints: [String] = []
    private(set) var isCut = false

    private let limits: MailLimits
    private var leafCount = 0

    init(_ scan: MailScan, limits: MailLimits) {
        self.limits = limits
        visit(scan, [0], Place(), depth: 0)
    }

    /// Where leaves stand, and for whom they are.
    private struct Place {
        var container = ""
        var isInAlternative = false
        var isForText = true
        var isForHTML = true
        /// How many texts stood before the multipart.
        var textCount = 0
    }

    private mutating func visit(_ scan: MailScan, _ nodes: [Int], _ place: Place, depth: Int) {
        var place = place
        let (textCount, htmlCount) = (texts.count, htmls.count)
        place.textCount = textCount
        for (index, number) in nodes.enumerated() {
            let node = scan.nodes[number]
            if node.isTooDeep { continue }
            if node.isDivided {
                note(node)
                var inner = place
                inner.container = String(node.type.essence.dropFirst("multipart/".count))
                inner.isInAlternative = place.isInAlternative || inner.container == "alternative"
                visit(scan, node.children, inner, depth: depth)
                continue
            }
            let leaf = MailLeaf(leafCount, node, in: scan.bytes, container: place.container)
            leafCount += 1
            if open(leaf, place, depth: depth) { continue }
            sort(leaf, isFirst: index == 0, &place)
        }
        guard place.container == "alternative", place.isForText, place.isForHTML else { return }
        // Only one of the two is there: it is for both.
        if texts.count == textCount, htmls.count != htmlCount { texts += htmls[htmlCount...] }
        if htmls.count == htmlCount, texts.count != textCount { htmls += texts[textCount...] }
    }

    private mutating func sort(_ leaf: MailLeaf, isFirst: Bool, _ place: inout Place) {
        // The part of a Macintosh file that nothing else reads.
        if leaf.type == "application/applefile", place.container == "appledouble" { return }
        // A multipart that has no parts is a text that somebody called so, and so is any text that is all of a mail.
        let isAll = place.container.isEmpty && leaf.type.hasPrefix("text/") && leaf.type != "text/calendar"
        let isText = Self.texts.contains(leaf.type) || leaf.node.type.isMultipart || isAll
        let isBody =
            leaf.disposition != "attachment" && isText
            && (isFirst || (place.container != "related" && leaf.name == nil))
        guard isBody else {
            others.append(leaf)
            return
        }
        let isHTML = leaf.type == "text/html"
        if place.container == "alternative" {
            // Of the ways to say it the plain one is the text; `text/enriched` only where no other is.
            if isHTML {
                htmls.append(leaf)
            } else if leaf.type == "text/plain" || texts.count == place.textCount {
                texts.append(leaf)
            } else {
                others.append(leaf)
            }
            return
        }
        if place.isInAlternative {
            if isHTML { place.isForText = false } else { place.isForHTML = false }
        }
        if place.isForText { texts.append(leaf) }
        if place.isForHTML { htmls.append(leaf) }
    }

    /// Types that people read in the mail itself.
    private static let texts: Set<String> = [
        "text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown", "text/x-html",
        "application/xhtml+xml",
    ]

    // MARK: - Signed and encrypted

    private mutating func note(_ node: MailScan.Node) {
        let told = (node.type.list["protocol"] ?? "").lowercased()
        switch node.type.essence {
        case "multipart/signed": protection.insert(told.contains("pkcs7") ? .signedSMIME : .signedPGP)
        case "multipart/encrypted": protection.insert(.encryptedPGP)
        default: break
        }
    }

    /// Reads an opaque S/MIME part from within.
    /// - Returns: whether that was one, and what is in it has been sorted.
    private mutating func open(_ leaf: MailLeaf, _ place: Place, depth: Int) -> Bool {
        guard ["application/pkcs7-mime", "application/x-pkcs7-mime"].contains(leaf.type) else { return false }
        switch CMSContent(leaf.content()) {
        case .encrypted:
            protection.insert(.encryptedSMIME)
            return false
        case .other:
            if leaf.node.type.list["smime-type"]?.lowercased() == "enveloped-data" {
                protection.insert(.encryptedSMIME)
            }
            return false
        case .signed(let bytes):
            guard depth < Self.opaqueDepthMax else { return false }
            protection.insert(.signedSMIME)
            let inner = MailScan(bytes, limits: limits)
            complaints += inner.complaints
            isCut = isCut || inner.isCut
            visit(inner, [0], place, depth: depth + 1)
            return true
        }
    }

    /// How many opaque signatures around one another are opened.
    private static let opaqueDepthMax = 4
}
