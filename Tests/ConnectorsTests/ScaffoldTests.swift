import Connectors
import Foundation
import Testing

@Suite("samtal new")
struct ScaffoldTests {
    private let directory = NSTemporaryDirectory() + "samtal-\(UUID().uuidString)"

    @Test("A new folder passes its own samples as it is", arguments: ConnectorSide.allCases)
    func passes(side: ConnectorSide) async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let files = try await Scaffold.write(side, name: "new-one", into: directory, machine: ConnectorHarness.machine)
        #expect(files.contains("\(directory)/new-one/\(side.fileName)"))
        #expect(files.contains("\(directory)/new-one/README.md"))
        let results = await SampleRunner(machine: ConnectorHarness.machine).run("\(directory)/new-one")
        #expect(results.count >= 9)
        #expect(results.allSatisfy { $0.outcome == .passed }, "\(results)")
        // The samples say what they are named for, and not merely what came out.
        func text(_ name: String) throws -> String {
            try String(contentsOfFile: "\(directory)/new-one/samples/\(name)", encoding: .utf8)
        }
        #expect(try text("bad-signature.receive.json").contains("signature does not match"))
        #expect(try text("malformed.receive.json").contains("quarantined"))
        #expect(try text("duplicate.receive.json").contains("duplicates"))
        #expect(try text("message.receive.json").contains(side == .adapter ? "Hello" : "Which one?"))
        #expect(try text("rate-limit.answer.json").contains("\"wait\": \"30s\""))
    }

    @Test("A folder that is there already is left alone")
    func existing() async throws {
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let machine = ConnectorHarness.machine
        _ = try await Scaffold.write(.adapter, name: "one", into: directory, machine: machine)
        await #expect(throws: Scaffold.Refusal.self) {
            try await Scaffold.write(.contract, name: "one", into: directory, machine: machine)
        }
        #expect(!FileManager.default.fileExists(atPath: "\(directory)/one/contract.yaml"))
    }

    @Test(
        "A bad name is refused",
        arguments: ["", "Upper", "a_b", "../up", "-a", "a-", String(repeating: "a", count: 64)])
    func badName(name: String) async {
        await #expect(throws: Scaffold.Refusal.self) {
            try await Scaffold.write(.adapter, name: name, into: directory, machine: ConnectorHarness.machine)
        }
        #expect(!FileManager.default.fileExists(atPath: directory))
    }
}
