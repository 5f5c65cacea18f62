import Connectors
import Foundation
import Gateway
import TestSupport
import Testing

/// A connector with one mistake, and the fault that must bring it to light.
struct BrokenConnector: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let fault: ConformanceFault
    /// Words of the reasons.
    let reasons: [String]
    /// The folder that is right.
    let base: String
    /// The file with the mistake, what stands there and what is put in its place.
    let file: String
    let right: String
    let wrong: String

    init(
        _ description: String, _ fault: ConformanceFault, _ reasons: String..., in file: String,
        _ change: (right: String, wrong: String)
    ) {
        testDescription = description
        self.fault = fault
        self.reasons = reasons
        let parts = file.split(separator: "/").map(String.init)
        base = parts.dropLast().joined(separator: "/")
        self.file = parts.last ?? ""
        (right, wrong) = change
    }

    static let all = [
        BrokenConnector(
            "ids from the clock", .twice, "there too often", in: "adapters/webhook/receive.jq",
            (".kind //= \"message\"", ".kind //= \"message\" | .id = \"\\(.id)-\\($now)\"")),
        BrokenConnector(
            "one id for all that a person writes", .outOfOrder, "is lost", in: "adapters/webhook/receive.jq",
            (".kind //= \"message\"", ".kind //= \"message\" | .id = \"1\"")),
        BrokenConnector(
            "a lost answer taken for none, and no key", .reset, "done 2 times", in: "adapters/telegram/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .transport != null, class: transient}\n")),
        BrokenConnector(
            "half an answer taken for none, and no key", .truncated, "done 2 times",
            in: "adapters/telegram/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .transport == \"reset\", class: transient}\n")),
        BrokenConnector(
            "a timeout taken for none, and no key", .slow, "done 2 times", in: "adapters/telegram/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .transport == \"timeout\", class: transient}\n")),
        BrokenConnector(
            "a key that is declared, and a rule that gives up", .reset, "lost: failed (permanent)",
            in: "adapters/webhook/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .transport != null, class: permanent}\n")),
        BrokenConnector(
            "429 for ever", .throttled, "lost: failed (permanent)", in: "adapters/webhook/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .status == 429, class: permanent}\n")),
        BrokenConnector(
            "a wait of its own in place of the one that was asked for", .throttled, "asked to wait",
            in: "adapters/webhook/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .status == 429, class: throttled, wait: {seconds: \"1\"}}\n")),
        BrokenConnector(
            "an outage for ever", .down, "lost: failed (permanent)", in: "adapters/webhook/adapter.yaml",
            ("errors:\n", "errors:\n  - {when: .status >= 500, class: permanent}\n")),
        BrokenConnector(
            "any answer to a poll is taken", .down, "taken for an answer", in: "adapters/discord/adapter.yaml",
            ("    items: ", "    ok: \"true\"\n    items: ")),
        BrokenConnector(
            "ids made of the place on a page", .overlapping, "there too often",
            in: "adapters/youtube-comments/adapter.yaml",
            ("| reverse | .[]", "| reverse | to_entries[] | .value + {id: \"\\(.value.id)-\\(.key)\"}")),
        BrokenConnector(
            "a stale token taken for a dead one, in look-ups and for files", .expired, "look-ups: ",
            "the file does not come",
            in: "contracts/glpi/contract.yaml", ("class: auth_refresh", "class: auth")),
        BrokenConnector(
            "a login whose answer is read wrongly", .outcome, "expected ok, got auth",
            in: "Tests/ConnectorConformanceTests/Folders/session/adapter.yaml",
            ("token: .token", "token: .tokens")),
        BrokenConnector(
            "a stale token taken for a dead one", .expired, "lost: failed (auth)", in: "adapters/teams/adapter.yaml",
            ("class: auth_refresh", "class: auth")),
        BrokenConnector(
            "a dead token taken for a wrong request", .revoked, "lost: failed (permanent)",
            in: "adapters/telegram/adapter.yaml",
            (".status == 401 or .status == 404, class: auth", ".status == 401, class: permanent")),
        BrokenConnector(
            "another class than its sample's", .outcome, "expected recipient_unreachable, got permanent",
            in: "adapters/telegram/adapter.yaml",
            ("{when: .status == 403, class: recipient_unreachable}", "{when: .status == 403, class: permanent}")),
    ]

    /// The folder with the mistake, below `directory`.
    func write(into directory: TemporaryDirectory) throws -> String {
        let folder = directory.url.appendingPathComponent(base)
        try FileManager.default.createDirectory(
            at: folder.deletingLastPathComponent(), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: Repository.root.appendingPathComponent(base), to: folder)
        let text = try Repository.text("\(base)/\(file)")
        try #require(text.contains(right), "\(base)/\(file) has changed: the mistake finds no place")
        try directory.write(text.replacing(right, with: wrong, maxReplacements: 1), to: "\(base)/\(file)")
        return folder.path
    }
}

@Suite("Connectors that break their word", .timeLimit(.minutes(5)))
struct BrokenConnectorTests {
    @Test("The kit finds the mistake", arguments: BrokenConnector.all)
    func mistake(_ broken: BrokenConnector) async throws {
        let directory = try TemporaryDirectory()
        let report = try await Kit.kit.run(try broken.write(into: directory))
        let cell = try #require(report.cells.first { $0.fault == broken.fault })
        guard case .failed(let reasons) = cell.verdict else {
            Issue.record("\(broken.fault.rawValue): \(cell.text)")
            return
        }
        for words in broken.reasons {
            #expect(reasons.contains { $0.contains(words) }, "\(words): \(reasons)")
        }
    }

    @Test("Samples that show a login are played with it")
    func login() async throws {
        let folder = Repository.root.appendingPathComponent("Tests/ConnectorConformanceTests/Folders/session").path
        let samples = await SampleRunner(machine: Kit.machine).run(folder)
        #expect(samples.filter { !$0.isFine }.isEmpty, "\(samples)")
        let report = try await Kit.kit.run(folder)
        #expect(report.failures.isEmpty, "\(report.failures)")
        let played = report.cells.filter { $0.verdict == .passed }.map(\.fault)
        #expect(Set(played).isSuperset(of: [.outcome, .reset, .throttled, .expired, .revoked, .overlapping, .twice]))
    }

    @Test("A connector that follows where it is pointed is found out by its token")
    func leak() async throws {
        let folder = Repository.root.appendingPathComponent("Tests/ConnectorConformanceTests/Folders/follower").path
        let report = try await Kit.kit.run(folder)
        let cell = try #require(report.cells.first { $0.fault == .redirect })
        #expect(
            cell.verdict
                == .failed([
                    "reply, request 1, 302: a credential went to a foreign host: POST collector.stranger.example",
                    "reply, request 1, 307: a credential went to a foreign host: POST collector.stranger.example",
                ]))
        let samples = await SampleRunner(machine: Kit.machine).run(folder)
        // The mistake does not show in the samples.
        #expect(samples.filter { !$0.isFine }.isEmpty)
    }
}
