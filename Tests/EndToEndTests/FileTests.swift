// Files through the built program: fetched on demand, given out by link and by API, sent to the network.

import Foundation
import Model
import Signing
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Files")
    struct FilesThrough {
        /// A house whose network has files.
        private func house() async throws -> House {
            try await House(network: { request in
                switch request.target {
                case "/files/box": .file("image/png", DeskFile.photo.bytes)
                case "/files/moved": .answer(302, headers: [HeaderField("Location", "/files/box")])
                case "/files/inside": .answer(302, headers: [HeaderField("Location", "http://10.0.0.1/secret")])
                case "/files/gone": .answer(404)
                default: House.nameReply(request)
                }
            })
        }

        /// The attachments of Ada's message as the CRM is told of them, one for each file of the network.
        private func told(_ names: [String], _ house: House, _ gateway: GatewayProcess) async throws -> [JSON] {
            let files = names.map { name -> JSON in
                ["reference": .string("\(house.network.url)/files/\(name)"), "name": .string("../\(name)\"ü.png")]
            }
            let message: JSON = ["id": "m-1", "author": "ada", "text": "See", "files": .array(files)]
            #expect(try await gateway.client.send(try Signed.webhook("/channels/shop", message)).status == 200)
            let events = try await house.crm.requests.wait(for: 1, "the message") {
                $0.type == "samtal.message.received"
            }
            return events[0].json["data"]["message"]["attachments"].array ?? []
        }

        /// Where a link leads on the gateway that runs here.
        private func target(_ attachment: JSON) throws -> String {
            let link = try #require(attachment["link"].string)
            #expect(link.hasPrefix("https://samtal.example.com/files/"))
            return String(link.dropFirst("https://samtal.example.com".count))
        }

        @Test("A link gives the file to whoever holds it, fetched when it is followed, as something to be saved")
        func link() async throws {
            let house = try await house()
            let gateway = try await house.open()
            let attachment = try #require(try await told(["box"], house, gateway).first)
            #expect(!house.network.requests.items.contains { $0.target.hasPrefix("/files/") })
            let target = try target(attachment)
            for _ in 0..<2 {
                let answer = try await gateway.client.send(WebRequest("GET", target))
                #expect(answer.status == 200)
                #expect(answer.body == DeskFile.photo.bytes)
                #expect(answer.headers["content-type"] == "image/png")
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(
                    answer.headers["content-disposition"]
                        == "attachment; filename=\"box__.png\"; filename*=UTF-8''box%22%C3%BC.png")
            }
            #expect(house.network.requests.items.count { $0.target == "/files/box" } == 1)
        }

        @Test("A link with one sign changed, without its end, or of another file leads nowhere")
        func tampered() async throws {
            let house = try await house()
            let gateway = try await house.open()
            let attachments = try await told(["box", "moved"], house, gateway)
            let parts = try target(attachments[0]).split(separator: "/").map(String.init)
            let other = try #require(attachments[1]["id"].string)
            let last = parts[3].hasSuffix("A") ? "B" : "A"
            for changed in [
                [parts[1], parts[2] + "0", parts[3]], [parts[1], parts[2], parts[3].dropLast() + last],
                [other, parts[2], parts[3]], ["att_x", parts[2], parts[3]], [parts[1], "x", parts[3]],
            ] {
                let path = "/files/\(changed.joined(separator: "/"))/a.png"
                #expect(try await gateway.client.send(WebRequest("GET", path)).status == 404, "\(path)")
            }
            #expect(!house.network.requests.items.contains { $0.target.hasPrefix("/files/") })
        }

        @Test("A redirect to another file is followed, one into the company's own network is not")
        func redirects() async throws {
            let house = try await house()
            let gateway = try await house.open()
            let attachments = try await told(["moved", "inside", "gone"], house, gateway)
            func fetched(_ index: Int) async throws -> WebAnswer {
                let id = try #require(attachments[index]["id"].string)
                return try await gateway.client.send(house.call("GET", "/v1/attachments/\(id)"))
            }
            #expect(try await fetched(0).body == DeskFile.photo.bytes)
            let inside = try await fetched(1)
            #expect(inside.status == 410)
            #expect(inside.json["code"] == "file-refused")
            #expect(inside.json["detail"].string?.contains("the address guard refuses") == true, "\(inside)")
            #expect(try await fetched(2).json["detail"] == "status 404: {}")
        }

        @Test("An adapter that says eager has its files fetched though nobody asks for them")
        func eager() async throws {
            let house = try await house()
            let (ours, theirs) = (house.place.file("adapters"), "\(Repository.path)/adapters")
            try FileManager.default.copyItem(atPath: theirs, toPath: ours)
            let yaml = try String(contentsOfFile: "\(ours)/webhook/adapter.yaml", encoding: .utf8)
            try house.place.write(
                yaml.replacing("\nfiles:\n", with: "\nfiles:\n  eager: true\n"), to: "adapters/webhook/adapter.yaml")
            try house.place.write(house.configuration().replacing(theirs, with: ours), to: "samtal.yaml")
            let gateway = try await house.open()
            _ = try await told(["box"], house, gateway)
            try await house.network.requests.wait(for: 1, "the file") { $0.target == "/files/box" }
            #expect(try await gateway.stop() == 0)
        }

        @Test("A file that was uploaded goes out with a reply, byte for byte, and one that was not is refused")
        func upload() async throws {
            let house = try await house()
            let gateway = try await house.open()
            let path = "/v1/conversations/\(try await house.converse(with: gateway))/replies"
            var call = house.call("POST", "/v1/attachments?filename=..%2Finvoice.pdf")
            call.headers.append(HeaderField("content-type", "application/pdf"))
            call.body = DeskFile.invoice.bytes
            let taken = try await gateway.client.send(call)
            #expect(taken.status == 201)
            #expect(taken.json["name"] == "invoice.pdf")
            let id = try #require(taken.json["id"].string)
            let reply: JSON = ["text": "Here", "files": [["reference": .string(id)]]]
            #expect(try await gateway.client.send(house.call("POST", path, key: "k1", json: reply)).status == 202)
            let sent = try await house.network.requests.wait(for: "both parts") { $0.count >= 2 }
            #expect(sent.map { $0.json["action"] } == ["reply", "file"])
            #expect(sent[1].json["file"]["name"] == "invoice.pdf")
            #expect(sent[1].json["file"]["content"].string.flatMap(BinaryText.base64.decode) == DeskFile.invoice.bytes)
            let foreign: JSON = ["files": [["reference": "https://elsewhere.example/a"]]]
            let refused = try await gateway.client.send(house.call("POST", path, key: "k2", json: foreign))
            #expect(refused.status == 404)
            #expect(refused.json["code"] == "unknown-file")
        }
    }
}
