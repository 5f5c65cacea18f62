import Connectors
import Foundation
import Testing

@Suite("The folders under adapters and contracts")
struct FolderConformanceTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// `adapters/x`, `contracts/y` … of this repository.
    static let folders = ConnectorSide.allCases.flatMap { side in
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "\(root)/\(side.folderName)")) ?? []
        return names.map { "\(side.folderName)/\($0)" }.filter { folder in
            FileManager.default.fileExists(atPath: "\(root)/\(folder)/\(side.fileName)")
        }
    }.sorted()

    @Test("Every golden sample of every folder passes", arguments: folders)
    func samples(folder: String) async {
        let results = await SampleRunner(machine: ConnectorHarness.machine).run("\(Self.root)/\(folder)")
        #expect(!results.isEmpty)
        for result in results {
            guard case .failed(let why) = result.outcome else { continue }
            Issue.record("\(result.file.dropFirst(Self.root.count + 1)): \(why)")
        }
    }

    @Test("There are folders to test")
    func present() {
        #expect(!Self.folders.isEmpty)
    }
}
