import Connectors
import Gateway
import Model
import TestSupport
import Testing

@Suite("The JSON Schema of samtal.yaml")
struct ConfigurationSchemaTests {
    private let schema = Configuration.shape.jsonSchema(title: "samtal.yaml")

    private func mistakes(_ yaml: String) throws -> [String] {
        SchemaCheck(schema).mistakes(in: try YAMLValue(parsing: yaml, file: "samtal.yaml").json)
    }

    @Test("It takes what the gateway takes")
    func good() throws {
        #expect(try mistakes(Project.yaml()).isEmpty)
        #expect(try mistakes("") == [])
        #expect(
            try mistakes(
                """
                limits: {body: 64KB, mapping_threads: 3}
                deliveries: {schedule: [5s, 1h]}
                network: {allow: [10.0.0.0/8]}
                log: debug
                channels: {shop: {adapter: webhook, settings: {secret: [a, b]}}}
                """
            ).isEmpty)
    }

    @Test(
        "It refuses what the gateway refuses",
        arguments: [
            "chanels: {}", "log: loud", "limits: {mapping_threads: 99}", "limits: {body: lots}",
            "channels: {Shop: {adapter: x}}", "channels: {shop: {}}", "tokens: [{name: a}]", "channels: [shop]",
            "public_url: gw.example", "deliveries: {schedule: [soon]}",
        ])
    func bad(yaml: String) throws {
        #expect(try !mistakes(yaml).isEmpty)
        #expect(try !Project().mistakes(in: yaml).isEmpty)
    }

    @Test("Every key says what it is for")
    func descriptions() throws {
        var silent: [String] = []
        func walk(_ schema: JSON, _ path: String) {
            for (name, member) in schema["properties"].object ?? [:] {
                if member["description"].string?.isEmpty ?? true { silent.append("\(path).\(name)") }
                walk(member, "\(path).\(name)")
            }
            if schema["items"] != .null { walk(schema["items"], path + "[]") }
            if schema["additionalProperties"].object != nil { walk(schema["additionalProperties"], path + ".*") }
        }
        walk(schema, "")
        #expect(silent.isEmpty)
        #expect(schema["$schema"] == "https://json-schema.org/draft/2020-12/schema")
        #expect(schema["title"] == "samtal.yaml")
    }
}
