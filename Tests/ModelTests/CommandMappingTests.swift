import Model
import Testing

@Suite("From a mapped value to a command")
struct CommandMappingTests {
    private let conversation = ConversationID(at: Timestamp(milliseconds: 5))

    private func problem(_ json: JSON) -> String {
        do throws(MappingError) {
            _ = try Command(mapping: json)
            return "none"
        } catch {
            return error.description
        }
    }

    @Test("A whole command is written and read back as the same")
    func roundTrip() throws {
        let command = try Command(mapping: [
            "kind": "reply", "id": 12, "ticket": 77, "conversation": .string(conversation.text), "text": "Good day",
            "agent": ["id": "k1", "name": "Kim"], "reply_to": "m1", "visibility": "public",
            "leg": .string(LegID(at: Timestamp(milliseconds: 5)).text), "at": 1_767_323_045,
        ])
        #expect(command.id == "12")
        #expect(command.ticket == "77")
        #expect(command.agent?.name == "Kim")
        #expect(try Command(mapping: command.json) == command)
    }

    @Test("A command says what it is about: a ticket or a conversation")
    func about() {
        #expect(problem(["kind": "close", "id": "1"]) == ".ticket: either ticket or conversation must be given")
        #expect(problem(["kind": "close", "id": "1", "ticket": "9"]) == "none")
        #expect(problem(["kind": "close", "id": "1", "conversation": .string(conversation.text)]) == "none")
    }

    @Test("An id of ours that is none is refused")
    func foreignIDs() {
        #expect(
            problem(["kind": "close", "id": "1", "conversation": "con_1"])
                == ".conversation: is no conversation id of ours")
        #expect(problem(["kind": "close", "id": "1", "ticket": "9", "leg": "con_1"]) == ".leg: is no leg id of ours")
    }

    @Test("A reply and a note need a text or a file", arguments: ["reply", "note"])
    func texts(kind: String) {
        let command: [String: JSON] = ["kind": .string(kind), "id": "1", "ticket": "9"]
        #expect(problem(.object(command)) == ".text: a \(kind) needs a text or a file")
        for text in ["", " ", "\n\t\u{A0}"] as [JSON] {
            #expect(
                problem(.object(command.merging(["text": text]) { $1 })) == ".text: a \(kind) needs a text or a file")
        }
    }

    @Test("What is missing, unknown or of another type is named")
    func mistakes() {
        #expect(problem("close") == ".: expected an object, got a string")
        #expect(problem(["kind": "close", "ticket": "9"]) == ".id: is missing")
        #expect(
            problem(["kind": "merge", "id": "1"])
                == ".kind: \"merge\" is none of reply, note, close, reopen, override")
        #expect(
            problem(["kind": "close", "id": "1", "ticket": "9", "agent": ["id": "1", "role": "x"]])
                == ".agent.role: no such member in the vocabulary")
        #expect(
            problem(["kind": "close", "id": "1", "ticket": "9", "why": "x"])
                == ".why: no such member in the vocabulary")
    }
}
