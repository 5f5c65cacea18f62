// Builds JSON of what libxml2's parser calls out. One builder serves one text, on one thread.

import CXML
import Model

/// The elements that are open, and the root once it is closed.
final class XMLBuilder {
    private struct Element {
        let name: String
        /// Attributes, as they are named in JSON.
        let attributes: [String: JSON]
        var children: [String: [JSON]] = [:]
        var text: [UInt8] = []

        func value(arrays: Set<String>) -> JSON {
            let text = String(decoding: text, as: UTF8.self)
            if attributes.isEmpty, children.isEmpty { return .string(text) }
            var members = attributes
            for (name, values) in children {
                members[name] = values.count == 1 && !arrays.contains(name) ? values[0] : .array(values)
            }
            if text.contains(where: { !$0.isWhitespace }) { members["#text"] = .string(text) }
            return .object(members)
        }
    }

    private let arrays: Set<String>
    private var open: [Element] = []
    private var nodes = 0
    /// Set by the one who made the parser; used to end it early.
    var parser: xmlParserCtxtPtr?
    private(set) var root: JSON?
    /// Why the text is refused though it may be well-formed.
    private(set) var problem: String?

    init(arrays: Set<String>) {
        self.arrays = arrays
    }

    private func refuse(_ problem: String) {
        guard self.problem == nil else { return }
        self.problem = problem
        xmlStopParser(parser)
    }

    private func begin(_ name: String, _ attributes: [String: JSON], count: Int) {
        guard problem == nil else { return }
        nodes += 1 + count
        guard open.count < XMLBody.depthMax else { return refuse("the XML is nested deeper than \(XMLBody.depthMax)") }
        guard nodes <= XMLBody.nodesMax else {
            return refuse("the XML has more than \(XMLBody.nodesMax) elements and attributes")
        }
        open.append(Element(name: name, attributes: attributes))
    }

    private func add(_ text: UnsafeBufferPointer<UInt8>) {
        guard problem == nil, !open.isEmpty else { return }
        open[open.count - 1].text.append(contentsOf: text)
    }

    private func end() {
        guard problem == nil, let element = open.popLast() else { return }
        let value = element.value(arrays: arrays)
        if open.isEmpty {
            root = [element.name: arrays.contains(element.name) ? [value] : value]
        } else {
            open[open.count - 1].children[element.name, default: []].append(value)
        }
    }

    // MARK: - libxml2

    /// The callbacks: of everything else libxml2 makes nothing.
    static func makeHandler() -> xmlSAXHandler {
        var handler = xmlSAXHandler()
        handler.initialized = samtal_sax2_magic
        handler.internalSubset = { user, _, _, _ in XMLBuilder.of(user)?.refuse("the XML has a DTD, which is refused") }
        handler.entityDecl = { user, _, _, _, _, _ in XMLBuilder.of(user)?.refuse("the XML declares an entity") }
        handler.reference = { user, _ in XMLBuilder.of(user)?.refuse("the XML refers to an entity") }
        handler.startElementNs = { user, name, _, _, _, _, count, _, attributes in
            guard let builder = XMLBuilder.of(user) else { return }
            builder.begin(XMLBuilder.text(name), XMLBuilder.members(attributes, Int(count)), count: Int(count))
        }
        handler.endElementNs = { user, _, _, _ in XMLBuilder.of(user)?.end() }
        handler.characters = { user, text, count in
            XMLBuilder.of(user)?.add(UnsafeBufferPointer(start: text, count: Int(count)))
        }
        handler.ignorableWhitespace = handler.characters
        handler.cdataBlock = handler.characters
        return handler
    }

    private static func of(_ user: UnsafeMutableRawPointer?) -> XMLBuilder? {
        user.map { Unmanaged<XMLBuilder>.fromOpaque($0).takeUnretainedValue() }
    }

    private static func text(_ start: UnsafePointer<xmlChar>?) -> String {
        start.map { String(cString: $0) } ?? ""
    }

    /// Five pointers each: name, prefix, namespace, where the value begins and where it ends. Of two names that differ
    /// in their prefix alone the first counts.
    private static func members(
        _ attributes: UnsafeMutablePointer<UnsafePointer<xmlChar>?>?, _ count: Int
    ) -> [String: JSON] {
        guard let attributes else { return [:] }
        var members: [String: JSON] = [:]
        for index in 0..<count {
            guard let start = attributes[5 * index + 3], let end = attributes[5 * index + 4] else { continue }
            let name = "@" + text(attributes[5 * index])
            let value = String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)
            if members[name] == nil { members[name] = .string(value) }
        }
        return members
    }
}
