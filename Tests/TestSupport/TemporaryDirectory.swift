// A place on disk for one test.

package import Foundation

/// A directory of its own that is removed with the value that holds it.
package final class TemporaryDirectory: Sendable {
    package let url: URL

    private let isOurs: Bool

    /// - Parameter isOurs: whether it goes with this object; else somebody else removes it.
    package init(isOurs: Bool = true) throws {
        self.isOurs = isOurs
        url = FileManager.default.temporaryDirectory.appendingPathComponent("samtal-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit {
        // What stays behind lies in the system's temporary directory.
        if isOurs { try? FileManager.default.removeItem(at: url) }
    }

    /// The path of a file in it.
    package func path(_ name: String) -> String { url.appendingPathComponent(name).path }

    /// Writes a file in it, with the directories that it needs.
    @discardableResult
    package func write(_ text: String, to name: String) throws -> String {
        let file = url.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
        try Data(text.utf8).write(to: file)
        return file.path
    }
}

/// The root of this repository: tests find connector folders and sources by it.
package enum Repository {
    package static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    package static let path = root.path

    /// The text of one of its files.
    package static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    /// The names in one of its directories, sorted; none when it is missing.
    package static func names(in path: String) -> [String] {
        let names = try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent(path).path)
        return (names ?? []).filter { !$0.hasPrefix(".") }.sorted()
    }
}
