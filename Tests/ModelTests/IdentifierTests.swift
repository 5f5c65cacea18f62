import Model
import Testing

@Suite("Ids of our own")
struct IdentifierTests {
    private let time = Timestamp(milliseconds: 1_767_323_045_678)

    @Test("An id begins with its kind, and is 26 digits of Crockford's base 32 behind it")
    func form() {
        let text = MessageID(at: time).text
        #expect(text.hasPrefix("msg_"))
        #expect(text.utf8.count == 30)
        #expect(text.dropFirst(4).allSatisfy { "0123456789abcdefghjkmnpqrstvwxyz".contains($0) })
    }

    @Test("The time stands in the first 48 bits, version and variant of a UUIDv7 behind it (RFC 9562 section 5.7)")
    func bits() throws {
        let digits = Array("0123456789abcdefghjkmnpqrstvwxyz")
        var value: UInt128 = 0
        for character in MessageID(at: time).text.dropFirst(4) {
            value = value << 5 | UInt128(try #require(digits.firstIndex(of: character)))
        }
        #expect(value >> 80 == UInt128(time.milliseconds))
        #expect(value >> 76 & 0xF == 7)
        #expect(value >> 62 & 0b11 == 0b10)
    }

    @Test("A later id sorts behind an earlier one, as text and as id")
    func order() {
        var former = MessageID(at: Timestamp(milliseconds: 0))
        for milliseconds in [1, 2, 31, 32, 1023, 1024, 1_767_323_045_678, 281_474_976_710_655] as [Int64] {
            let next = MessageID(at: Timestamp(milliseconds: milliseconds))
            #expect(former < next)
            #expect(former.text < next.text)
            former = next
        }
    }

    @Test("Ids of one moment sort in the order in which they were made (RFC 9562 section 6.2)")
    func orderWithinAMillisecond() {
        let made = (0..<10_000).map { _ in MessageID(at: time) }
        #expect(made == made.sorted())
    }

    @Test("No two ids are equal, however many are made at one moment")
    func unique() async {
        let made = await withTaskGroup { group in
            for _ in 0..<4 { group.addTask { [time] in (0..<5000).map { _ in MessageID(at: time) } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(made).count == 20_000)
    }

    @Test("An id is taken back from its own text")
    func again() {
        let id = ConversationID(at: time)
        #expect(ConversationID(id.text) == id)
        #expect("\(id)" == id.text)
    }

    @Test(
        "Any other text is refused",
        arguments: [
            "", "con_", "msg_06dvb7r2f4zzzzzzzzzzzzzzzz", "con-06dvb7r2f4zzzzzzzzzzzzzzzz",
            "con_06dvb7r2f4zzzzzzzzzzzzzzz", "con_06dvb7r2f4zzzzzzzzzzzzzzzzz", "con_06DVB7R2F4ZZZZZZZZZZZZZZZZ",
            "con_06dvb7r2f4zzzzzzzzzzzzzzzi", "con_06dvb7r2f4zzzzzzzzzzzzzzzl", "con_06dvb7r2f4zzzzzzzzzzzzzzzo",
            "con_06dvb7r2f4zzzzzzzzzzzzzzzu", " con_06dvb7r2f4zzzzzzzzzzzzzzz", "con_06dvb7r2f4%' OR 1=1 --zz",
            "con_06dvb7r2f4zzzzzzzzzzzzzzé",
        ])
    func refused(text: String) {
        #expect(ConversationID(text) == nil)
    }

    @Test("Every kind has a prefix of its own")
    func prefixes() {
        let prefixes = [
            EnvelopeKind.prefix, PersonKind.prefix, IdentityKind.prefix, LinkKind.prefix, ConversationKind.prefix,
            LegKind.prefix, MessageKind.prefix, AttachmentKind.prefix, TicketKind.prefix, LaneKind.prefix,
            DeliveryKind.prefix, AttemptKind.prefix,
        ]
        #expect(Set(prefixes).count == prefixes.count)
        #expect(prefixes.allSatisfy { $0.utf8.count == 3 })
    }

    @Test("An endpoint is read from its own text, and from nothing else")
    func endpoints() {
        #expect(Endpoint("channel:shop") == .channel("shop"))
        #expect(Endpoint("contract:desk")?.description == "contract:desk")
        #expect(Endpoint("contract:a:b") == .contract("a:b"))
        for text in ["", "channel", "channel:", "Channel:shop", "crm:desk", ":desk"] { #expect(Endpoint(text) == nil) }
    }
}
