import Foundation
import TestSupport
import Testing

/// The plan of the house: who may call whom, and what may be named where.
@Suite("The plan of the house")
struct PlanTests {
    /// What every room may import.
    static let ground: Set<String> = [
        "Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Musl", "Synchronization",
    ]
    static let floors1to3: Set<String> = [
        "Model", "Transports", "Signing", "Storage", "Connectors", "Conversations", "Deliveries",
    ]
    static let outside: Set<String> = ["Logging", "Metrics", "ServiceLifecycle"]

    /// What each room may import besides: docs/architecture.md has the same table.
    static let plan: [String: Set<String>] = [
        "Model": [],
        "Transports": ["Model", "CCurl"],
        "Signing": ["Model", "COpenSSL"],
        "Triage": ["Model", "CCLD2"],
        "Storage": ["Model", "GRDB", "GRDBSQLite", "CPostgres", "Logging"],
        "Connectors": ["Model", "Transports", "Signing", "CJQ", "CXML", "Yams"],
        "Mail": ["Model", "Signing", "CXML"],
        "Conversations": ["Model", "Signing", "Storage", "Triage"],
        "Deliveries": outside.union(["Model", "Storage"]),
        "Channels": floors1to3.union(outside).union(["Mail"]),
        "Contracts": floors1to3.union(outside).union(["CNATS"]),
        "Gateway": floors1to3.union(outside).union([
            "Triage", "Mail", "Channels", "Contracts", "Hummingbird", "HummingbirdCore", "HTTPTypes", "NIOCore",
            "UnixSignals",
        ]),
        "samtal": floors1to3.union(outside).union([
            "Triage", "Mail", "Channels", "Contracts", "Gateway", "ArgumentParser",
        ]),
    ]

    /// Words in the names of connector folders that are no names.
    static let words: Set<String> = [
        "api", "app", "bus", "chat", "cloud", "comments", "desk", "direct", "email", "feed", "form", "generic", "line",
        "mail", "management", "message", "messaging", "open", "page", "request", "reviews", "service", "sms", "tracker",
        "voice", "web", "webhook", "x",
    ]

    /// Algorithms that have no other name than that of the network that made them up, and that no recipe of parts can
    /// say: https://www.twilio.com/docs/usage/security sorts the fields of a form.
    static let algorithms: Set<String> = ["twilio"]

    @Test("Every import goes down")
    func imports() {
        for source in SwiftSource.sources {
            guard let allowed = Self.plan[source.room] else {
                Issue.record("\(source.path): the plan has no such room")
                continue
            }
            let wrong = Set(source.imports).subtracting(allowed).subtracting(Self.ground)
            #expect(wrong.isEmpty, "\(source.path)")
        }
    }

    @Test("The plan itself goes down")
    func plan() {
        let rooms = Set(Self.plan.keys)
        var done: Set<String> = []
        var left = rooms
        while !left.isEmpty {
            let next = left.filter { Self.plan[$0, default: []].intersection(rooms).isSubset(of: done) }
            guard !next.isEmpty else {
                Issue.record("these rooms lean on one another: \(left.sorted())")
                return
            }
            done.formUnion(next)
            left.subtract(next)
        }
    }

    @Test("The sources name no network and no CRM")
    func providers() throws {
        let folders = (Repository.names(in: "adapters") + Repository.names(in: "contracts"))
            .filter { !$0.contains(".") && $0 != "schema" }
        let names = Set(folders.flatMap { $0.split(separator: "-").map(String.init) }).subtracting(Self.words)
            .subtracting(Self.algorithms)
        #expect(!names.isEmpty)
        for source in SwiftSource.sources {
            let text = source.text.lowercased()
            for name in names where try text.contains(Regex("\\b\(name)")) {
                Issue.record("\(source.path) names \(name)")
            }
        }
    }

    @Test("Every file of a connector's folder has its place there", arguments: ["adapter", "contract"])
    func folders(side: String) {
        let known: Set<String> = ["\(side).yaml", "receive.jq", "send.jq", "README.md", "samples"]
        for folder in Repository.names(in: "\(side)s") where !["README.md", "schema"].contains(folder) {
            let path = "\(side)s/\(folder)"
            let names = Set(Repository.names(in: path))
            #expect(names.isSubset(of: known), "\(path)")
            #expect(names.isSuperset(of: ["\(side).yaml", "README.md", "samples"]), "\(path)")
            checkPrograms(path, "\(side).yaml", names)
            checkSamples(path, "\(side).yaml")
        }
    }

    /// A program that no declaration uses, or a declaration without its program.
    private func checkPrograms(_ path: String, _ file: String, _ names: Set<String>) {
        let yaml = (try? Repository.text("\(path)/\(file)")) ?? ""
        for program in ["receive", "send"] {
            // What a poll fetches is read by receive.jq too.
            let keys = program == "receive" ? ["receive:", "poll:", "stream:"] : ["send:"]
            let isDeclared = yaml.split(separator: "\n").contains { line in keys.contains { line.hasPrefix($0) } }
            #expect(names.contains("\(program).jq") == isDeclared, "\(path)/\(program).jq")
        }
    }

    /// What stands beside the two files of a sample: the provider's answers, what was asked, what came of it.
    private static let extras: [String: Set<String>] = [
        "receive": ["answers.http", "requests.http"], "send": ["answers.http", "result.json"],
        "poll": ["answers.http", "result.json"], "stream": ["answers.http", "result.json"],
        "file": ["answers.http", "result.json"], "reconcile": ["answers.http", "result.json"],
    ]

    /// Every sample is a pair with nothing but its own files beside it, and every folder shows what comes in by it.
    private func checkSamples(_ path: String, _ file: String) {
        let names = Set(Repository.names(in: "\(path)/samples"))
        for name in names where name != "settings.yaml" {
            let parts = name.split(separator: ".").map(String.init)
            let kinds = ["receive", "send", "answer", "poll", "register", "stream", "file", "reconcile"]
            guard parts.count > 2, kinds.contains(parts[1]) else {
                Issue.record("\(path)/samples/\(name) belongs to no sample")
                continue
            }
            let (stem, rest) = ("\(parts[0]).\(parts[1])", parts[2...].joined(separator: "."))
            let needed: [String]
            if let other = ["http": "json", "json": "http"][rest] {
                // What a poll, a stream or a fetch came to is no request.
                let isAsked = ["poll", "stream", "file", "reconcile"].contains(parts[1])
                needed = [other] + (isAsked ? Self.extras[parts[1], default: []].sorted() : [])
            } else {
                #expect(Self.extras[parts[1], default: []].contains(rest), "\(path)/samples/\(name) has no place")
                needed = ["http", "json"]
            }
            for other in needed {
                #expect(names.contains("\(stem).\(other)"), "\(path)/samples/\(name) stands without its .\(other)")
            }
        }
        let yaml = (try? Repository.text("\(path)/\(file)")) ?? ""
        // How a folder hears of things must be shown, each way that it declares.
        for kind in ["receive", "poll", "reconcile"]
        where yaml.split(separator: "\n").contains(where: { $0.hasPrefix("\(kind):") }) {
            #expect(names.contains { $0.contains(".\(kind).") }, "\(path) has no .\(kind). samples")
        }
        #expect(names.count > 1, "\(path) has no samples")
    }

    @Test("Every event has its schema under contracts/schema, and nothing else lies there")
    func schemas() throws {
        let events = try Repository.text("Sources/Model/ContractEvent.swift")
            .matches(of: /= "(samtal\.[a-z.-]+)"/).map { "\($0.1).json" }
        #expect(events.count > 5)
        #expect(Repository.names(in: "contracts/schema") == (events + ["definitions.json"]).sorted())
    }
}
