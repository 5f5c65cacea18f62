// Ranges of addresses as configuration writes them.

/// All addresses that share a prefix (RFC 4632 section 3.1): `10.0.0.0/8`, `fd00::/8`; one address is a range of one.
package struct AddressRange: Sendable, Hashable {
    private let family: IPAddress.Family
    private let bits: UInt128
    private let prefixLength: Int

    /// Reads `ADDRESS/LENGTH` or `ADDRESS`. `nil` when either is malformed, or when bits are set after the prefix:
    /// `10.1.2.3/8` is more likely a slip than a wish to open all of 10. A range inside `::ffff:0:0/96` is the range of
    /// IPv4 addresses that it maps.
    package init?(_ cidr: String) {
        let parts = cidr.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let (family, bits) = IPAddress.parse(String(parts[0])) else { return nil }
        var length = family.bitCount
        if parts.count == 2 {
            let digits = parts[1].utf8
            guard (1...3).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }),
                let value = Int(parts[1]), value <= family.bitCount
            else { return nil }
            length = value
        }
        guard bits & ~Self.mask(length, of: family) == 0 else { return nil }
        let address = IPAddress(family, bits: bits)
        if address.family != family {
            guard length >= 96 else { return nil }
            length -= 96
        }
        self.family = address.family
        self.bits = address.bits
        self.prefixLength = length
    }

    /// Whether the range covers `address`. IPv4 and IPv6 never cover one another.
    package func contains(_ address: IPAddress) -> Bool {
        address.family == family && address.bits & Self.mask(prefixLength, of: family) == bits
    }

    private static func mask(_ length: Int, of family: IPAddress.Family) -> UInt128 {
        let all: UInt128 = family == .v4 ? 0xFFFF_FFFF : .max
        return length == 0 ? 0 : all & (all << UInt128(family.bitCount - length))
    }
}
