// Addresses of mails: RFC 5322 section 3.4 with its obsolete forms, and the broken ones that programs really write.

/// A mailbox: who, and where mail for them goes.
package struct MailAddress: Sendable, Hashable {
    /// The display name, decoded; without one, the comment beside the address; `nil`: neither is there.
    package let name: String?
    /// `local@domain` without comments and needless quotes, the domain in lower case, the local part as written;
    /// without a domain where the mail has none; empty where there is only a name.
    package let address: String

    package init(name: String?, address: String) {
        self.name = name
        self.address = address
    }

    /// What two addresses of one mailbox have in common: all in lower case. RFC 5321 section 2.4 lets a server tell
    /// `Ann@` and `ann@` apart, but none that customers use does.
    package var key: String { address.lowercased() }

    /// What stands before the last `@`; the whole when there is none.
    package var local: String { address.lastIndex(of: "@").map { String(address[..<$0]) } ?? address }

    /// What stands behind the last `@`; `nil`: there is none.
    package var domain: String? {
        address.lastIndex(of: "@").map { String(address[address.index(after: $0)...]) }
    }
}

extension MailAddress {
    /// How many addresses of one field are read.
    static let countMax = 2000

    /// All mailboxes of fields of this name, groups taken apart, in order.
    package static func list(_ headers: MailHeaders, _ name: String) -> [MailAddress] {
        var found: [MailAddress] = []
        for field in headers.fields(name) where found.count < countMax { found += list(field.bytes) }
        return Array(found.prefix(countMax))
    }

    /// The mailboxes of a field's undecoded value, groups taken apart, in order. What is no address is left out, but
    /// for names without an address.
    package static func list(_ value: some Collection<UInt8>) -> [MailAddress] {
        var parser = AddressParser(bytes: Array(value))
        let found = parser.list()
        // Some programs encode the whole field, addresses and all, which RFC 2047 section 5 forbids.
        guard found.allSatisfy({ !$0.address.contains("@") }), value.contains(0x3D) else { return found }
        let decoded = EncodedWords.decode(value)
        guard decoded.utf8.contains(0x40), decoded.utf8.count != value.count else { return found }
        var again = AddressParser(bytes: Array(decoded.utf8))
        let better = again.list()
        return better.contains { $0.address.contains("@") } ? better : found
    }
}
