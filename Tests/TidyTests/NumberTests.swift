import TestSupport
import Testing

/// The house rules that are numbers.
@Suite("The numbers of the house")
struct NumberTests {
    static let columnsMax = 120
    static let functionLinesMax = 60
    static let parametersMax = 5
    static let sourceLinesMax = 400
    static let testLinesMax = 600

    /// A page of HTML, style and script that goes out as it stands.
    static let columnsAllowed: Set<String> = ["Sources/Gateway/Demonstration/DemonstrationPage.swift"]

    @Test("No line is longer than 120 columns")
    func columns() {
        for source in SwiftSource.everything where !Self.columnsAllowed.contains(source.path) {
            for (index, line) in source.lines.enumerated() where line.unicodeScalars.count > Self.columnsMax {
                Issue.record("\(source.path):\(index + 1) has \(line.unicodeScalars.count) columns")
            }
        }
    }

    @Test("No file is longer than its kind may be")
    func files() {
        for source in SwiftSource.everything {
            let most = source.path.hasPrefix("Tests/") ? Self.testLinesMax : Self.sourceLinesMax
            #expect(source.lines.count - 1 <= most, "\(source.path)")
        }
    }

    @Test("No function is longer than 60 lines")
    func functions() {
        for source in SwiftSource.everything {
            for function in SwiftFunction.all(in: source) where function.lineCount > Self.functionLinesMax {
                Issue.record("\(source.path):\(function.line) \(function.name) has \(function.lineCount) lines")
            }
        }
    }

    @Test("No function takes more than five parameters; initialisers of plain values may")
    func parameters() {
        for source in SwiftSource.sources {
            for function in SwiftFunction.all(in: source)
            where function.parameterCount > Self.parametersMax && function.name.hasPrefix("func") {
                Issue.record("\(source.path):\(function.line) \(function.name) takes \(function.parameterCount)")
            }
        }
    }

    @Test("There are files to look at, and functions in them")
    func present() {
        #expect(SwiftSource.sources.count > 100)
        #expect(SwiftSource.tests.count > 40)
        #expect(SwiftSource.sources.flatMap { SwiftFunction.all(in: $0) }.count > 500)
    }
}

/// The measuring tools themselves.
@Suite("The ruler of the house")
struct RulerTests {
    private func source(_ text: String) -> SwiftSource { SwiftSource(path: "Tests/X/x.swift", text: text) }

    @Test("Comments and strings are blanked, code in interpolations is not, and lines keep their places")
    func blanks() {
        let text = source(
            """
            let a = "x! \\(b! + "}") {" // c!
            /* } */ let d = #"\\( " e!"# + \"""
              f! \\(g!)
              \"""
            """)
        #expect(text.codeLines.map { $0.filter { $0 != " " } } == ["leta=b!+", "letd=+", "g!", ""])
        #expect(text.code.utf8.count == text.text.utf8.count)
    }

    @Test("Functions are measured from their first line to their last brace")
    func functions() {
        let text = source(
            """
            protocol P {
                func a(x: Int) -> Int
                func b()
            }
            struct S {
                init(x: Int, y: [Int: Int] = [:]) { self.init() }
                func c<T>(
                    _ x: (Int, Int) -> Void = { _, _ in }, y: T
                ) async throws -> [String: T] where T: Sendable {
                    func d() {
                        run { x in }
                    }
                }
                deinit {
                    close()
                }
            }
            """)
        let found = SwiftFunction.all(in: text).map { "\($0.line) \($0.lineCount) \($0.parameterCount)" }
        #expect(found == ["6 1 2", "7 7 2", "10 3 0", "14 3 0"])
    }
}
