import Testing

/// The house rules that are words.
@Suite("The habits of the house")
struct HabitTests {
    /// C handles that no Sendable type can hold, each with its proof in a comment.
    static let uncheckedAllowed: Set<String> = ["Sources/Transports/CurlInbox.swift"]

    /// Places where a rule of words may be broken, with the reason why.
    static let allowed = ["Tests/TidyTests/HabitTests.swift": "it says what is looked for"]

    private func check(_ sources: [SwiftSource], _ isWrong: (Substring) -> Bool) {
        for source in sources where Self.allowed[source.path] == nil {
            let places = source.places(where: isWrong)
            #expect(places.isEmpty)
        }
    }

    @Test("Nothing is unwrapped, cast or tried by force")
    func force() {
        check(SwiftSource.everything) { line in
            guard line.utf8.contains(0x21) else { return false }
            return line.contains(/[\w\)\]\}]!(?!=)/) || line.contains("try!") || line.contains("as!")
        }
    }

    @Test("Nothing ends the process on purpose, or starts a task that nobody waits for")
    func tasks() {
        check(SwiftSource.everything) { line in
            guard line.contains("Task") || line.contains("fatalError") else { return false }
            // `Task {` and `Task(priority: …) {`; the brackets are escaped, for this file is measured too.
            let isLoose = line.contains(/\bTask\s*(\x28[^\x29]*\x29\s*)?\x7B/) || line.contains("Task.detached")
            return isLoose || line.contains("fatalError")
        }
    }

    @Test("Nothing is left for later")
    func later() {
        let words = ["TO" + "DO", "FIX" + "ME", "XX" + "X"]
        for source in SwiftSource.everything {
            for word in words { #expect(!source.text.contains(word), "\(source.path)") }
        }
    }

    @Test("What is said to be Sendable is known to be, but for a few C handles")
    func unchecked() {
        for source in SwiftSource.everything where !Self.uncheckedAllowed.contains(source.path) {
            #expect(source.places { $0.contains("@unchecked") || $0.contains("nonisolated(unsafe)") }.isEmpty)
        }
    }

    @Test("Nothing is public: the rooms are one package")
    func access() {
        check(SwiftSource.sources) {
            ($0.contains("public") || $0.contains("open")) && $0.contains(/^\s*(public|open)\s/)
        }
    }

    @Test("Every source begins with a comment that says what it is for")
    func headers() {
        // A command says it in its help.
        for source in SwiftSource.sources where source.room != "samtal" {
            #expect(source.text.hasPrefix("// "), "\(source.path)")
        }
    }

    @Test("No file is a drawer for odds and ends")
    func drawers() {
        for source in SwiftSource.everything {
            let name = source.path.split(separator: "/").last ?? ""
            for word in ["Utils", "Common", "Helper", "Manager", "Placeholder", "Misc"] {
                #expect(!name.contains(word), "\(source.path)")
            }
        }
    }

    @Test("The name of every test is a sentence")
    func sentences() {
        for source in SwiftSource.tests {
            let bare = source.places { $0.contains("@Test") && $0.contains(/@Test\s*($|func|\(\s*arguments)/) }
            #expect(bare.isEmpty)
        }
    }

    @Test("No test sleeps")
    func sleeps() {
        check(SwiftSource.tests) { $0.contains("sleep") && $0.contains(/\b(u?sleep|Task\.sleep|Thread\.sleep)\b\(/) }
    }
}
