// The commands for IT: check, schema, new, test.

import Foundation
import Model
import TestSupport
import Testing

extension EndToEnd {
    @Suite("The command line")
    struct Commands {
        @Test("`samtal check` names every mistake by file, line and column, and ends with status 78")
        func mistakes() async throws {
            let place = try Place()
            try place.write(
                """
                listen: nowhere
                chanels: {}
                connectors: {adapters: "\(Repository.path)/adapters", contracts: "\(Repository.path)/contracts"}
                channels:
                  shop:
                    adapter: webhok
                  bot:
                    adapter: telegram
                    settings: {bot_token: "${SAMTAL_TEST_NOT_SET}", secret: x}
                contracts:
                  desk:
                    contract: webhook
                    channels: [sop]
                    settings: {url: 7, secret: "file:not-there"}
                """, to: "samtal.yaml")
            let checked = try await Program.run("check", in: place.path)
            #expect(checked.status == 78)
            for start in ["samtal.yaml:1:9: ", "samtal.yaml:2:1: "] {
                #expect(checked.errors.split(separator: "\n").contains { $0.hasPrefix(start) }, "\(checked.errors)")
            }
            #expect(checked.errors.contains("channels"), "the nearest key is a hint: \(checked.errors)")

            try place.write(
                try String(contentsOfFile: place.file("samtal.yaml"), encoding: .utf8)
                    .replacing("listen: nowhere\nchanels: {}\n", with: "\n\n"), to: "samtal.yaml")
            let second = try await Program.run("check", in: place.path)
            #expect(second.status == 78)
            for (start, word) in [
                ("samtal.yaml:6:14: ", "\"webhook\""), ("samtal.yaml:9:15: ", "secret_token"),
                ("samtal.yaml:9:27: ", "SAMTAL_TEST_NOT_SET"), ("samtal.yaml:9:53: ", "unknown key \"secret\""),
                ("samtal.yaml:13:16: ", "\"shop\""), ("samtal.yaml:14:32: ", "not-there"),
            ] {
                let line = second.errors.split(separator: "\n").first { $0.hasPrefix(start) && $0.contains(word) }
                #expect(line != nil, "no \(start) with \(word) in\n\(second.errors)")
            }
            let places = second.errors.split(separator: "\n").compactMap { line in
                let numbers = line.split(separator: ":").dropFirst().prefix(2).compactMap { Int($0) }
                return numbers.count == 2 ? numbers[0] * 1000 + numbers[1] : nil
            }
            #expect(places == places.sorted(), "in the order of the file: \(second.errors)")
            let served = try await Program.run("serve", in: place.path)
            #expect(served.status == 78)
            #expect(served.errors == second.errors)
        }

        @Test("`samtal check` shows what is there when all is well")
        func allIsWell() async throws {
            let house = try await House()
            let checked = try await Program.run("check", in: house.place.path)
            #expect(checked.status == 0, "\(checked.errors)")
            #expect(checked.output.contains("https://samtal.example.com/channels/shop"))
            #expect(checked.output.hasSuffix("all is well"))
            let machine = try await Program.run("check", "--json", in: house.place.path)
            #expect(try JSON(parsing: machine.output)["endpoints"].array?.count == 4)
        }

        @Test("A new adapter and a new contract pass their samples as they are", arguments: ["adapter", "contract"])
        func scaffold(side: String) async throws {
            let place = try Place()
            try place.makeDirectory("\(side)s")
            let made = try await Program.run("new", side, "corner-shop", in: place.path)
            #expect(made.status == 0, "\(made.errors)")
            let tested = try await Program.run("test", "\(side)s/corner-shop", in: place.path)
            #expect(tested.status == 0, "\(tested.output)")
            #expect(tested.output.hasSuffix("passed, 0 failed"))
            let again = try await Program.run("new", side, "corner-shop", in: place.path)
            #expect(again.status == 1, "an existing folder is not written over")
        }

        @Test("`samtal test` fails, and shows the difference, when a sample does not come out as it says")
        func failingSample() async throws {
            let place = try Place()
            try place.makeDirectory("adapters")
            _ = try await Program.run("new", "adapter", "corner-shop", in: place.path)
            let program = place.file("adapters/corner-shop/receive.jq")
            let text = try String(contentsOfFile: program, encoding: .utf8)
            try place.write(text + "\n| .text = \"changed\"\n", to: "adapters/corner-shop/receive.jq")
            let tested = try await Program.run("test", "adapters/corner-shop", in: place.path)
            #expect(tested.status == 1)
            #expect(tested.output.contains("FAIL"))
            #expect(tested.output.contains("changed"), "\(tested.output)")
        }

        @Test(
            "`samtal schema` is valid JSON Schema and accepts whole configurations",
            .enabled(if: Python.isWanted, Python.missing))
        func schema() async throws {
            let house = try await House()
            let printed = try await Program.run("schema", in: house.place.path)
            #expect(printed.status == 0)
            let schema = try JSON(parsing: printed.output)
            let demonstration = try Place()
            let demo = try await DemonstrationProcess(in: demonstration.path)
            #expect(try await demo.stop() == 0)
            try house.place.write("listen: 8080\nchannels: {shop: {adaptor: webhook}}\n", to: "wrong.yaml")
            func complaints(_ file: String) async throws -> [String] {
                let instance: JSON = ["name": .string(file), "schema": "", "yaml": .string(file)]
                let judged = try await Python.judge("validate_json.py", ["document": schema, "instances": [instance]])
                return judged["complaints"].array?.compactMap(\.string) ?? ["no answer"]
            }
            #expect(try await complaints(house.place.file("samtal.yaml")) == [])
            #expect(try await complaints(demonstration.file("data/samtal.yaml")) == [])
            #expect(try await complaints(house.place.file("wrong.yaml")).count >= 2)
        }
    }
}
