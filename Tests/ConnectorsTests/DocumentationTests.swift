import Foundation
import Testing

@testable import Connectors

@Suite("The language's own page")
struct DocumentationTests {
    @Test(
        "Every key and every word of the connector language is explained",
        arguments: ["adapter", "contract"])
    func keys(side: String) throws {
        let repository = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        // The types of our events stand on the contracts' page.
        let pages = try ["adapters/README.md", "contracts/README.md"].map { file in
            try String(contentsOf: repository.appendingPathComponent(file), encoding: .utf8)
        }
        let page = pages.joined(separator: "\n")
        let side = try #require(ConnectorSide(rawValue: side))
        let names = Self.names(in: side.shape)
        #expect(names.count > 100)
        for name in names.sorted() {
            let words = page.ranges(of: name).contains { range in
                let before = range.lowerBound == page.startIndex ? " " : page[page.index(before: range.lowerBound)]
                let after = range.upperBound == page.endIndex ? " " : page[range.upperBound]
                return !(before.isLetter || before == "_") && !(after.isLetter || after == "_")
            }
            #expect(words, "\"\(name)\" is not explained")
        }
    }

    /// The keys and the words of enumerations of a shape, all the way down.
    private static func names(in shape: Shape) -> Set<String> {
        switch shape {
        case .object(let keys): names(of: keys)
        case .map(let element, _), .list(let element), .scalarOrList(let element): names(in: element)
        case .oneOf(let key, let choices):
            choices.reduce(into: [key]) { $0.formUnion(names(of: $1.keys).union([$1.name])) }
        case .enumeration(let words): Set(words)
        case .wordOr(let words, let other): names(in: other).union(words)
        default: []
        }
    }

    private static func names(of keys: [Shape.Key]) -> Set<String> {
        keys.reduce(into: []) { $0.formUnion(names(in: $1.shape).union([$1.name])) }
    }
}
