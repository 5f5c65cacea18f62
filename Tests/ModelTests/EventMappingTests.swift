import Model
import Testing

@Suite("From a mapped value to an event")
struct EventMappingTests {
    private func problem(_ json: JSON) -> String {
        do throws(MappingError) {
            _ = try InboundEvent(mapping: json)
            return "none"
        } catch {
            return error.description
        }
    }

    private static let message: [String: JSON] = [
        "kind": "message", "id": "m1", "thread": "t1", "author": ["id": "ada"], "text": "Hello",
    ]

    /// A good message with other members.
    private func message(_ members: [String: JSON?]) -> JSON {
        var all = Self.message
        for (name, value) in members { all[name] = value }
        return .object(all)
    }

    @Test("A small message is read with its defaults")
    func small() throws {
        let event = try InboundEvent(mapping: .object(Self.message))
        #expect(event.kind == .message)
        #expect(event.visibility == .private)
        #expect(event.format == .plain)
        #expect(event.files.isEmpty)
        #expect(event.at == nil)
    }

    @Test("A whole event is written and read back as the same")
    func roundTrip() throws {
        let whole = message([
            "author": [
                "id": 7, "name": "Ada", "handle": "@ada", "phone": 46_701_234_567, "email": "a@x", "followers": 9,
            ],
            "files": [["reference": 12, "name": "a.png", "type": "image/png", "size": 3]], "reply_to": 99,
            "context": ["x": [1]], "context_expires": 1_767_323_045, "visibility": "public",
            "at": "2026-01-02T03:04:05+01:00", "permalink": "https://x/1", "language": "sv", "fields": ["a": 1],
            "format": "markdown",
        ])
        let event = try InboundEvent(mapping: whole)
        #expect(event.author?.id == "7")
        #expect(event.author?.phone == "46701234567")
        #expect(event.replyTo == "99")
        #expect(event.contextExpires == Timestamp(milliseconds: 1_767_323_045_000))
        #expect(event.at == Timestamp(rfc3339: "2026-01-02T02:04:05Z"))
        #expect(try InboundEvent(mapping: event.json) == event)
    }

    @Test("Integers are ids as they are, to the last digit")
    func bigIDs() throws {
        let event = try InboundEvent(mapping: message(["id": 9_007_199_254_740_993, "thread": -100_123]))
        #expect(event.id == "9007199254740993")
        #expect(event.thread == "-100123")
    }

    @Test("A value that is no object is told so")
    func noObject() {
        #expect(problem([]) == ".: expected an object, got an array")
        #expect(problem(nil) == ".: expected an object, got null")
    }

    @Test("A missing member is named")
    func missing() {
        #expect(problem([:]) == ".kind: is missing")
        #expect(problem(["kind": "message"]) == ".id: is missing")
        #expect(problem(message(["thread": nil])) == ".thread: is missing: the place where an answer goes")
        #expect(problem(message(["author": .null])) == ".author: is missing: who wrote, as {id: …}")
        #expect(problem(message(["author": ["name": "Ada"]])) == ".author.id: is missing")
        #expect(problem(message(["text": nil])) == ".text: a message needs a text or a file")
        #expect(problem(["kind": "echo", "id": "1"]) == ".thread: is missing: the place where an answer goes")
        #expect(problem(["kind": "edit", "id": "1"]) == ".text: is missing")
        #expect(problem(["kind": "receipt", "id": "1"]) == ".receipt: is missing")
        #expect(problem(["kind": "reaction", "id": "1"]) == ".author: is missing: who wrote, as {id: …}")
        #expect(problem(message(["text": nil, "files": [["name": "a"]]])) == ".files[0].reference: is missing")
    }

    @Test("A member of the wrong type is named with what stands there")
    func wrongTypes() {
        #expect(problem(message(["text": 5])) == ".text: expected a string, got a number")
        #expect(problem(message(["id": ""])) == ".id: expected a string that is not empty, got an empty one")
        #expect(problem(message(["id": .number("1.5")])) == ".id: expected a string that is not empty, got a number")
        #expect(problem(message(["files": [:]])) == ".files: expected an array, got an object")
        #expect(problem(message(["files": ["a"]])) == ".files[0]: expected an object, got a string")
        #expect(problem(message(["author": "ada"])) == ".author: expected an object, got a string")
        #expect(
            problem(message(["author": ["id": "a", "followers": "many"]]))
                == ".author.followers: expected an integer, got a string")
        #expect(problem(message(["visibility": "secret"])).hasPrefix(".visibility: \"secret\" is none of public,"))
        #expect(problem(message(["kind": "Message"])).hasPrefix(".kind: \"Message\" is none of message,"))
    }

    @Test(
        "A time is RFC 3339 text or Unix seconds, and nothing else",
        arguments: ["yesterday", "", .number("1e12"), .integer(1_767_323_045_678), true, [1]] as [JSON])
    func badTimes(time: JSON) {
        #expect(problem(message(["at": time])).hasPrefix(".at: expected a time"))
    }

    @Test("A member that nobody asked for is a mistake, at every depth")
    func unknown() {
        #expect(problem(message(["txt": "x"])) == ".txt: no such member in the vocabulary, did you mean \"text\"?")
        #expect(
            problem(message(["author": ["id": "a", "nick": "x"]])) == ".author.nick: no such member in the vocabulary")
        #expect(
            problem(message(["files": [["reference": "a", "mime": "x"]]]))
                == ".files[0].mime: no such member in the vocabulary")
    }

    @Test("A member that is null counts as missing")
    func nulls() throws {
        let event = try InboundEvent(mapping: message(["reply_to": .null, "at": .null, "context": .null]))
        #expect(event.replyTo == nil)
        #expect(event.context == nil)
    }

    @Test("A long wrong word is cut in the error")
    func cut() {
        let long = String(repeating: "x", count: 1000)
        #expect(problem(message(["kind": .string(long)])).utf8.count < 200)
        #expect(problem(message(["at": .string(long)])).utf8.count < 200)
    }
}
