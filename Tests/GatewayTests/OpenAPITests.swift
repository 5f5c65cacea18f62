import HTTPTypes
import Model
import TestSupport
import Testing

@testable import Gateway

@Suite("The OpenAPI document", .timeLimit(.minutes(2)))
struct OpenAPITests {
    /// Every object in a value, with the path to it.
    private func objects(in value: JSON, _ path: String = "#") -> [(path: String, members: [String: JSON])] {
        switch value {
        case .object(let members):
            [(path, members)] + members.sorted { $0.key < $1.key }.flatMap { objects(in: $1, "\(path)/\($0)") }
        case .array(let elements):
            elements.enumerated().flatMap { objects(in: $1, "\(path)/\($0)") }
        default: []
        }
    }

    /// The operations by their method and path.
    private func operations(_ document: JSON) -> [(name: String, operation: JSON)] {
        (document["paths"].object ?? [:]).sorted { $0.key < $1.key }.flatMap { path, methods in
            (methods.object ?? [:]).map { ("\($0) \(path)", $1) }
        }
    }

    @Test("Every reference leads somewhere, and every schema is referred to")
    func references() async throws {
        let document = OpenAPI.document(of: try await Desk().routes)
        var used: Set<String> = []
        for (path, members) in objects(in: document) {
            guard let reference = members["$ref"]?.string else { continue }
            let name = String(reference.dropFirst("#/components/schemas/".count))
            #expect(reference.hasPrefix("#/components/schemas/"), "\(path)")
            #expect(document["components"]["schemas"].object?[name] != nil, "\(path): \(reference)")
            used.insert(name)
        }
        #expect(used == Set((document["components"]["schemas"].object ?? [:]).keys))
    }

    @Test("Every operation has an id of its own, a summary, a scope and its answers")
    func operations() async throws {
        let document = OpenAPI.document(of: try await Desk().routes)
        let operations = operations(document)
        let ids = operations.compactMap { $0.operation["operationId"].string }
        #expect(ids.count == operations.count)
        #expect(Set(ids).count == ids.count)
        for (name, operation) in operations {
            #expect(operation["summary"].string?.isEmpty == false, "\(name)")
            #expect(Scope(rawValue: operation["security"][0]["token"][0].string ?? "") != nil, "\(name)")
            let statuses = Set((operation["responses"].object ?? [:]).keys)
            #expect(statuses.isSuperset(of: ["401", "403", "503"]), "\(name)")
            #expect(statuses.contains { $0.hasPrefix("2") }, "\(name)")
        }
    }

    @Test("Every parameter in a path is declared, and no other")
    func parameters() async throws {
        for (name, operation) in operations(OpenAPI.document(of: try await Desk().routes)) {
            let inPath = name.matches(of: /\{([a-z]+)\}/).map { String($0.1) }
            let declared = (operation["parameters"].array ?? []).filter { $0["in"] == "path" }
            #expect(declared.compactMap { $0["name"].string } == inPath, "\(name)")
            #expect(declared.allSatisfy { $0["required"] == true }, "\(name)")
        }
    }

    @Test("What a schema requires it describes")
    func required() async throws {
        for (path, members) in objects(in: OpenAPI.document(of: try await Desk().routes)) {
            guard let required = members["required"]?.array, let properties = members["properties"]?.object else {
                continue
            }
            for name in required { #expect(properties[name.string ?? ""] != nil, "\(path): \(name.text)") }
        }
    }

    @Test("What the API answers is what its document says")
    func answers() async throws {
        let desk = try await Desk()
        let document = OpenAPI.document(of: desk.routes)
        func check(_ answer: APIAnswer, _ name: String) {
            var root = document.object ?? [:]
            root["$ref"] = .string("#/components/schemas/\(name)")
            let mistakes = SchemaCheck(.object(root)).mistakes(in: answer.json)
            #expect(mistakes.isEmpty, "\(name): \(mistakes)")
        }
        try await desk.receive(
            .message("m1", with: ["files": [["reference": "f1", "size": 3]], "language": "sv", "fields": ["a": [1]]]))
        let list = try await desk.call(.get, "/v1/conversations")
        check(list, "ConversationPage")
        let id = try #require(list.json["conversations"][0]["id"].string)
        check(try await desk.call(.get, "/v1/conversations/{id}", id: id), "ConversationDetail")
        let reply = try await desk.call(
            .post, "/v1/conversations/{id}/replies", id: id, key: "k1", body: ["text": "Hi"])
        check(reply, "ReplyAccepted")
        check(try await desk.call(.get, "/v1/conversations/{id}/messages", id: id), "MessagePage")
        let destinations = try await desk.call(.get, "/v1/destinations")
        check(destinations, "DestinationList")
        #expect(destinations.json["destinations"][0]["state"] == "open")
        let deliveries = try await desk.call(.get, "/v1/deliveries")
        check(deliveries, "DeliveryPage")
        #expect(deliveries.json["deliveries"].array?.count == 4)
        check(try await desk.call(.get, "/v1/envelopes"), "EnvelopePage")
        check(
            try await desk.call(.post, "/v1/envelopes/replay", body: ["outcome": "applied", "dry_run": true]),
            "ReplayReport")
        for delivery in deliveries.json["deliveries"].array ?? [] {
            check(try await desk.call(.get, "/v1/deliveries/{id}", id: delivery["id"].string), "DeliveryDetail")
        }
    }
}
