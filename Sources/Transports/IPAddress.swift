// Internet addresses as numbers, so that ranges are plain arithmetic.

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An IPv4 or IPv6 address. An IPv4 address inside IPv6 (`::ffff:a.b.c.d`, RFC 4291 section 2.5.5.2) is the IPv4
/// address: the kernel connects to that.
package struct IPAddress: Sendable, Hashable {
    /// Which of the two protocols.
    enum Family: Sendable, Hashable {
        case v4
        case v6

        var bitCount: Int { self == .v4 ? 32 : 128 }
    }

    let family: Family
    /// The address in host order; for IPv4 in the low 32 bits.
    let bits: UInt128

    init(_ family: Family, bits: UInt128) {
        if family == .v6, bits >> 32 == 0xFFFF {
            self.family = .v4
            self.bits = bits & 0xFFFF_FFFF
        } else {
            self.family = family
            self.bits = bits
        }
    }

    /// Reads four decimal numbers, or RFC 4291 section 2.2 text. `nil` for anything else: short forms (`127.1`), octal,
    /// zones, brackets.
    package init?(_ text: String) {
        guard let (family, bits) = Self.parse(text) else { return nil }
        self.init(family, bits: bits)
    }

    /// The family as written, before an IPv4 address inside IPv6 is taken out.
    static func parse(_ text: String) -> (family: Family, bits: UInt128)? {
        var v4 = in_addr()
        if inet_pton(AF_INET, text, &v4) == 1 { return (.v4, UInt128(UInt32(bigEndian: v4.s_addr))) }
        var v6 = in6_addr()
        if inet_pton(AF_INET6, text, &v6) == 1 { return (.v6, Self.bits(of: v6)) }
        return nil
    }

    /// Reads a socket address of `length` bytes; `nil` for other families (local sockets, for one) and short ones.
    init?(socketAddress: UnsafeRawPointer, family: Int32, length: Int) {
        switch family {
        case AF_INET where length >= MemoryLayout<sockaddr_in>.size:
            let address = socketAddress.loadUnaligned(as: sockaddr_in.self)
            self.init(.v4, bits: UInt128(UInt32(bigEndian: address.sin_addr.s_addr)))
        case AF_INET6 where length >= MemoryLayout<sockaddr_in6>.size:
            let address = socketAddress.loadUnaligned(as: sockaddr_in6.self)
            self.init(.v6, bits: Self.bits(of: address.sin6_addr))
        default:
            return nil
        }
    }

    private static func bits(of address: in6_addr) -> UInt128 {
        withUnsafeBytes(of: address) { bytes in bytes.reduce(0) { $0 << 8 | UInt128($1) } }
    }
}
