// Ids of our own: typed by a prefix, sortable by the time they were made (RFC 9562 section 5.7, UUIDv7),
// written in 26 characters of Crockford's base 32, lower case: `msg_06dvb7r2f4…`.

import Synchronization

/// A kind of thing that has ids, with the prefix that its ids carry.
package protocol Identified: Sendable {
    /// Three letters, unique among kinds.
    static var prefix: String { get }
}

/// The id of one `Kind`. Equal texts are equal ids; texts sort by the time the id was made.
package struct Identifier<Kind: Identified>: Sendable, Hashable, Comparable, CustomStringConvertible {
    /// The whole id, prefix and all.
    package let text: String

    /// A new id: 48 bits of `time` in milliseconds, a counter of 42 bits, 32 random bits. So ids that one process makes
    /// for one moment sort in the order in which it made them (RFC 9562 section 6.2, method 1).
    package init(at time: Timestamp) {
        let count = idsMade.wrappingAdd(1, ordering: .relaxed).newValue
        let high = UInt64(bitPattern: time.milliseconds) << 16 | 0x7000 | count >> 30 & 0x0FFF
        let low = 0x8000_0000_0000_0000 | (count & 0x3FFF_FFFF) << 32 | UInt64(UInt32.random(in: .min ... .max))
        text = Self.encode(high, low)
    }

    /// The end below all ids that are made at `time` or later, above all that were made before; itself the id of
    /// nothing.
    package static func floor(at time: Timestamp) -> Self {
        Self(stored: encode(UInt64(bitPattern: time.milliseconds) << 16, 0))
    }

    /// Takes an id that the store or a caller gives; `nil` when the prefix is another kind's or the form is wrong.
    package init?(_ text: String) {
        let bytes = text.utf8
        guard bytes.count == Kind.prefix.utf8.count + 27, text.hasPrefix(Kind.prefix + "_"),
            bytes.dropFirst(Kind.prefix.utf8.count + 1).allSatisfy({ crockford.contains($0) })
        else { return nil }
        self.text = text
    }

    /// Takes an id from our own store, where the schema vouches for its form.
    package init(stored text: String) {
        self.text = text
    }

    package var description: String { text }

    package static func < (left: Self, right: Self) -> Bool { left.text < right.text }

    private static func encode(_ high: UInt64, _ low: UInt64) -> String {
        let prefix = Kind.prefix.utf8
        return String(unsafeUninitializedCapacity: prefix.count + 27) { buffer in
            var at = 0
            for byte in prefix {
                buffer[at] = byte
                at += 1
            }
            buffer[at] = 0x5F
            // 128 bits in 26 digits of 5: the first digit holds the top 3 bits.
            let value = UInt128(high) << 64 | UInt128(low)
            for digit in 0..<26 {
                buffer[at + 1 + digit] = crockford[Int(truncatingIfNeeded: value >> UInt128(125 - 5 * digit)) & 31]
            }
            return at + 27
        }
    }
}

/// Begins at a random number below 2^41, so that it does not come round in the life of a process.
private let idsMade = Atomic<UInt64>(.random(in: 0..<1 << 41))
private let crockford = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

package enum EnvelopeKind: Identified { package static let prefix = "env" }
package enum PersonKind: Identified { package static let prefix = "per" }
package enum IdentityKind: Identified { package static let prefix = "idn" }
package enum LinkKind: Identified { package static let prefix = "lnk" }
package enum ConversationKind: Identified { package static let prefix = "con" }
package enum LegKind: Identified { package static let prefix = "leg" }
package enum MessageKind: Identified { package static let prefix = "msg" }
package enum AttachmentKind: Identified { package static let prefix = "att" }
package enum TicketKind: Identified { package static let prefix = "tik" }
package enum LaneKind: Identified { package static let prefix = "lan" }
package enum DeliveryKind: Identified { package static let prefix = "dlv" }
package enum AttemptKind: Identified { package static let prefix = "atm" }

package typealias EnvelopeID = Identifier<EnvelopeKind>
package typealias PersonID = Identifier<PersonKind>
package typealias IdentityID = Identifier<IdentityKind>
package typealias LinkID = Identifier<LinkKind>
package typealias ConversationID = Identifier<ConversationKind>
package typealias LegID = Identifier<LegKind>
package typealias MessageID = Identifier<MessageKind>
package typealias AttachmentID = Identifier<AttachmentKind>
package typealias TicketID = Identifier<TicketKind>
package typealias LaneID = Identifier<LaneKind>
package typealias DeliveryID = Identifier<DeliveryKind>
package typealias AttemptID = Identifier<AttemptKind>
