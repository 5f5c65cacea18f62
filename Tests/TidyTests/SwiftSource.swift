import Foundation
import TestSupport

/// A Swift file of this repository, with what the rules look at.
struct SwiftSource: Sendable, CustomStringConvertible {
    /// From the repository's root: `Sources/Model/JSON.swift`.
    let path: String
    let text: String
    /// The text with comments and the words of string literals blanked; every line keeps its place.
    let code: String

    var description: String { path }
    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }
    var codeLines: [Substring] { code.split(separator: "\n", omittingEmptySubsequences: false) }
    /// The folder under Sources or Tests.
    var room: String { path.split(separator: "/").dropFirst().first.map(String.init) ?? "" }

    init(path: String, text: String) {
        self.path = path
        self.text = text
        var blanker = Blanker(bytes: Array(text.utf8))
        code = blanker.blanked()
    }

    /// Every Swift file under a directory of the repository, sorted.
    static func all(under directory: String) -> [SwiftSource] {
        let root = Repository.root.appendingPathComponent(directory)
        let paths = FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
        return paths.filter { $0.hasSuffix(".swift") }.sorted().compactMap { path in
            guard let text = try? Repository.text("\(directory)/\(path)") else { return nil }
            return SwiftSource(path: "\(directory)/\(path)", text: text)
        }
    }

    static let sources = all(under: "Sources")
    static let tests = all(under: "Tests")
    static let benchmarks = all(under: "Benchmarks")
    static let everything =
        sources + tests + benchmarks
        + [try? SwiftSource(path: "Package.swift", text: Repository.text("Package.swift"))]
        .compactMap { $0 }

    /// `path:line`, from 1, of every line of code that `isWrong`.
    func places(where isWrong: (Substring) -> Bool) -> [String] {
        codeLines.enumerated().filter { isWrong($0.element) }.map { "\(path):\($0.offset + 1)" }
    }

    /// The modules that it imports, in order.
    var imports: [String] {
        codeLines.compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place <= 2, place + 1 < words.count else { return nil }
            return words[place + 1].split(separator: ".").first.map(String.init)
        }
    }
}

/// Replaces comments and the words of string literals by blanks.
private struct Blanker {
    let bytes: [UInt8]
    private var output: [UInt8]
    private var at = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
        output = bytes
    }

    mutating func blanked() -> String {
        code(until: nil)
        return String(decoding: output, as: UTF8.self)
    }

    private func has(_ text: String, at place: Int) -> Bool { bytes[place...].starts(with: text.utf8) }

    private mutating func blank(_ count: Int) {
        for place in at..<min(at + count, bytes.count) where bytes[place] != 0x0A { output[place] = 0x20 }
        at += count
    }

    /// Passes over code; inside an interpolation until its parenthesis closes.
    private mutating func code(until close: UInt8?) {
        var depth = 0
        while at < bytes.count {
            if bytes[at] == 0x2F, has("//", at: at) {
                while at < bytes.count, bytes[at] != 0x0A { blank(1) }
            } else if bytes[at] == 0x2F, has("/*", at: at) {
                while at < bytes.count, !has("*/", at: at) { blank(1) }
                blank(2)
            } else if bytes[at] == 0x22 || bytes[at] == 0x23, let hashes = literal() {
                string(hashes: hashes)
            } else {
                if bytes[at] == 0x28 { depth += 1 }
                if bytes[at] == 0x29 {
                    if close != nil, depth == 0 { return }
                    depth -= 1
                }
                at += 1
            }
        }
    }

    /// How many `#` a string literal that begins here has; `nil` when none begins here.
    private func literal() -> Int? {
        let hashes = bytes[at...].prefix { $0 == 0x23 }.count
        return at + hashes < bytes.count && bytes[at + hashes] == 0x22 ? hashes : nil
    }

    private mutating func string(hashes: Int) {
        let mark = String(repeating: "#", count: hashes)
        let quote = has(mark + "\"\"\"", at: at) ? "\"\"\"" : "\""
        blank(hashes + quote.utf8.count)
        let end = quote + mark
        while at < bytes.count, bytes[at] != 0x22 || !has(end, at: at) {
            if bytes[at] != 0x5C {
                blank(1)
            } else if has("\\" + mark + "(", at: at) {
                blank(hashes + 2)
                code(until: 0x29)
                blank(1)
            } else if has("\\" + mark, at: at) {
                blank(hashes + 2)
            } else {
                blank(1)
            }
        }
        blank(end.utf8.count)
    }
}
