// E-mail from one end to the other, with a real Dovecot and a real Postfix.

import Model
import TestSupport
import Testing
import Transports

extension EndToEnd {
    @Suite("E-mail", .enabled(if: LiveMailServer.isThere))
    struct Mail {
        @Test("A mail becomes a ticket, the answer a mail, and the customer's answer to that comes back to the ticket")
        func roundTrip() async throws {
            let (house, server, address) = try await house()
            let gateway = try await house.open()
            try await gateway.logged("opening a mailbox")
            let customer = Correspondent(address: server.newAddress(), server: server)
            try await customer.send("m1@cust.test", to: address, subject: "Order 17", "Where is my order?")
            let told = try await house.crm.requests.wait(for: "three events") { $0.count >= 3 }
            #expect(told.map(\.type) == Hallway.opening)
            #expect(told[2].json["data"]["message"]["text"] == "Where is my order?")
            let conversation = try #require(told[0].json["subject"].string)
            let reply = house.call(
                "POST", "/v1/conversations/\(conversation)/replies", key: "1", json: ["text": "Today."])
            #expect(try await gateway.client.send(reply).status == 202)
            let mail = try await customer.mails(1)[0]
            #expect(mail.contains("Today."))
            #expect(Correspondent.field("Subject", of: mail) == "Re: Order 17")
            #expect(Correspondent.field("In-Reply-To", of: mail) == "<m1@cust.test>")
            // As any mail program answers: to Reply-To, with the reference.
            let target = try #require(Correspondent.field("Reply-To", of: mail))
            let id = try #require(Correspondent.field("Message-ID", of: mail))
            let plain = target.split(separator: "<").last.map { String($0.prefix { $0 != ">" }) } ?? target
            try await customer.send(
                "m2@cust.test", to: plain, subject: "Re: Order 17",
                "Thank you\r\n\r\nOn Wed, 25 Nov 2026 at 10:00, Shop wrote:\r\n> Today.",
                more: ["In-Reply-To: \(id)", "References: \(id)"])
            let event = try await house.crm.requests.wait(for: 2, "message.received") { $0.type == Self.received }[1]
            #expect(event.json["subject"].string == conversation)
            #expect(event.json["data"]["message"]["text"] == "Thank you")
            #expect(try await gateway.stop() == 0)
        }

        @Test("A server that is restarted while we wait loses no mail and doubles none, nor do UIDs that begin anew")
        func restart() async throws {
            let server = try LiveMailServer()
            let (house, _, address) = try await house(on: server)
            let gateway = try await house.open()
            try await gateway.logged("opening a mailbox")
            let customer = Correspondent(address: server.newAddress(), server: server)
            try await customer.send("m1@cust.test", to: address, subject: "One", "First")
            _ = try await house.crm.requests.wait(for: 1, "message.received") { $0.type == Self.received }
            try server.stopDovecot()
            try await gateway.logged("a mailbox is not watched")
            try server.startDovecot()
            try await customer.send("m2@cust.test", to: address, subject: "Two", "Second")
            _ = try await house.crm.requests.wait(for: 2, "message.received") { $0.type == Self.received }
            // The folder is what it was, and all its UIDs are others.
            try server.doveadm("mailbox update --uid-validity 4711 -u \(address) INBOX")
            try server.cutSessions()
            try await gateway.logged("the folder's UIDs are new")
            try await customer.send("m3@cust.test", to: address, subject: "Three", "Third")
            let events = try await house.crm.requests.wait(for: 3, "message.received") { $0.type == Self.received }
            #expect(events.map { $0.json["data"]["message"]["text"].string } == ["First", "Second", "Third"])
            #expect(try await gateway.stop() == 0)
        }

        @Test("Old mails are taken by a command, each once, and a mail server may hand mails over through a program")
        func otherWays() async throws {
            let (house, server, address) = try await house()
            let session = try await IMAPSession.open(server.imap, server.login(address), server.network)
            for number in 1...50 {
                let mail =
                    "From: c\(number)@cust.test\r\nSubject: \(number)\r\nMessage-ID: <o\(number)@x>\r\n\r\nOld\r\n"
                try await session.append(Array(mail.utf8), to: "INBOX")
            }
            await session.close()
            let gateway = try await house.open()
            try await gateway.logged("opening a mailbox")
            for _ in 1...2 {
                let run = try await Program.run("backfill", "support", "--since", "1d", "--json", in: house.place.path)
                #expect(run.status == 0, "\(run)")
            }
            let piped = try await Self.pipe("From: p@cust.test\nMessage-ID: <p1@x>\n\nPiped\n", in: house)
            #expect(piped.status == 0, "\(piped)")
            _ = try await house.crm.requests.wait(for: 51, "message.received") { $0.type == Self.received }
            let account = try await Program.run("account", "--json", in: house.place.path)
            let line = try JSON(parsing: Array(account.output.utf8))["endpoints"].array?.first {
                $0["endpoint"] == "channel:support"
            }
            #expect(line?["messages"] == 51 && line?["duplicates"] == 50)
            #expect(try await gateway.stop() == 0)
            #expect(try await Self.pipe("From: q@x\n\nLate\n", in: house).status == 75)
        }

        private static func pipe(_ mail: String, in house: House) async throws -> Program.Result {
            try await Program.run(Program.path, ["pipe", "support"], in: house.place.path, input: Array(mail.utf8))
        }

        private static let received = "samtal.message.received"

        /// A house whose mailbox nobody has used.
        private func house(
            on server: LiveMailServer? = nil
        ) async throws -> (House, LiveMailServer, address: String) {
            let server = try server ?? LiveMailServer.shared.get()
            let address = server.newAddress()
            let house = try await House()
            let mailboxes = """
                mailboxes:
                  support:
                    address: \(address)
                    secret: made-up secret of at least thirty-two bytes
                    imap:
                      {host: 127.0.0.1, port: \(server.imap.port), security: plain, user: \(address), password: secret}
                    smtp: {host: 127.0.0.1, port: \(server.smtp.port), security: plain}
                lmtp: {listen: "\(house.place.path)/lmtp.sock"}

                """
            try house.place.write(house.configuration() + mailboxes, to: "samtal.yaml")
            return (house, server, address)
        }
    }
}
