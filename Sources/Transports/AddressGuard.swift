// Keeps requests whose URL comes from outside away from the inside: server-side request forgery (CWE-918). It judges
// the address that is about to be connected to, after the look-up, so no name and no spelling of a number gets around
// it.

/// Says which addresses may be connected to: the public internet, and what the configuration allows besides.
package struct AddressGuard: Sendable {
    private let allowed: [AddressRange]

    /// `allowing`: ranges of the company's own network that connectors may reach; none by default.
    package init(allowing allowed: [AddressRange] = []) {
        self.allowed = allowed
    }

    /// Whether a connection to `address` may be opened. An allowed range wins over everything else.
    package func permits(_ address: IPAddress) -> Bool {
        allowed.contains { $0.contains(address) } || Self.isPublic(address)
    }

    private static func isPublic(_ address: IPAddress) -> Bool {
        switch address.family {
        case .v4:
            return !specialV4.contains { $0.contains(address) }
        case .v6:
            if let translated = translatedV4(address) { return isPublic(translated) }
            // RFC 4291 section 2.4: only 2000::/3 is handed out as global unicast; all else is special or reserved.
            return globalV6.contains { $0.contains(address) } && !specialV6.contains { $0.contains(address) }
        }
    }

    /// RFC 6052 section 2.1: `64:ff9b::/96` holds an IPv4 address that a translator connects to.
    private static func translatedV4(_ address: IPAddress) -> IPAddress? {
        address.bits >> 32 == 0x0064_FF9B << 64 ? IPAddress(.v4, bits: address.bits & 0xFFFF_FFFF) : nil
    }

    private static let globalV6 = ranges("2000::/3")

    /// The IANA special-purpose registry for IPv4 (RFC 6890 and later), multicast, reserved.
    private static let specialV4 = ranges(
        "0.0.0.0/8",  // this network (RFC 791); 0.0.0.0 reaches the host itself
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  // private (RFC 1918)
        "100.64.0.0/10",  // shared by carriers (RFC 6598)
        "127.0.0.0/8",  // loopback (RFC 1122)
        "169.254.0.0/16",  // link-local (RFC 3927); instance metadata of most clouds
        "168.63.129.16/32",  // a public address that one cloud serves to its own machines
        "192.0.0.0/24",  // protocol assignments (RFC 6890)
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  // documentation (RFC 5737)
        "192.88.99.0/24",  // old 6to4 relays (RFC 7526)
        "198.18.0.0/15",  // benchmarks (RFC 2544)
        "224.0.0.0/4",  // multicast (RFC 5771)
        "240.0.0.0/4"  // reserved (RFC 1112), broadcast
    )

    /// What is special inside 2000::/3 (RFC 6890 and later).
    private static let specialV6 = ranges(
        "2001::/23",  // protocol assignments, Teredo and ORCHID among them (RFC 2928)
        "2001:db8::/32", "3fff::/20",  // documentation (RFC 3849, RFC 9637)
        "2002::/16"  // 6to4 (RFC 3056): wraps any IPv4 address
    )

    /// The tables above are constants; a slip in one must not open a hole quietly.
    private static func ranges(_ texts: String...) -> [AddressRange] {
        texts.map { text in
            guard let range = AddressRange(text) else { preconditionFailure("\(text) is no address range") }
            return range
        }
    }
}
