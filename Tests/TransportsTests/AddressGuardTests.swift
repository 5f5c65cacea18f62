// Which addresses are the public internet, and how ranges are read.

import Testing
import Transports

@Suite("Address guard")
struct AddressGuardTests {
    @Test(
        "Public addresses are permitted",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.0", "93.184.216.34", "100.63.255.255", "100.128.0.0",
            "126.255.255.255", "128.0.0.0", "169.253.255.255", "169.255.0.0", "168.63.129.15", "168.63.129.17",
            "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.88.98.1", "192.88.100.1", "192.167.255.255",
            "192.169.0.0", "198.17.255.255", "198.20.0.0", "198.51.99.1", "198.51.101.1", "203.0.112.1", "203.0.114.1",
            "223.255.255.255", "2606:4700:4700::1111", "2a00:1450:4001::200e", "2001:200::1", "2001:db7::1", "2003::1",
            "3ffe::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        ])
    func permitted(text: String) throws {
        #expect(AddressGuard().permits(try #require(IPAddress(text))))
    }

    @Test(
        "Private, local and special addresses are refused",
        arguments: [
            "0.0.0.0", "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
            "127.0.0.1", "127.1.2.3", "127.255.255.255", "168.63.129.16", "169.254.0.1", "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
            "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
            "255.255.255.255",
        ])
    func refusedV4(text: String) throws {
        let address = try #require(IPAddress(text))
        #expect(!AddressGuard().permits(address))
        let mapped = try #require(IPAddress("::ffff:\(text)"))
        #expect(mapped == address)
        #expect(!AddressGuard().permits(mapped))
        #expect(!AddressGuard().permits(try #require(IPAddress("64:ff9b::\(text)"))))
        #expect(!AddressGuard().permits(try #require(IPAddress("::\(text)"))))
    }

    @Test(
        "IPv6 outside the global unicast space and its special parts are refused",
        arguments: [
            "::", "::1", "::8.8.8.8", "::ffff:0:127.0.0.1", "64:ff9b:1::808:808", "100::1", "1fff::1", "2001::1",
            "2001:0:53aa:64c::1", "2001:2::1", "2001:10::1", "2001:20::1", "2001:1ff:ffff::1", "2001:db8::1", "2002::1",
            "2002:7f00:1::1", "3fff::1", "3fff:fff::1", "4000::1", "5f00::1", "fc00::1", "fd00::2", "fd00:ec2::254",
            "fdff::1", "fe80::1", "fe80::a9fe:a9fe", "febf::1", "fec0::1", "ff02::1", "ff0e::1",
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
        ])
    func refusedV6(text: String) throws {
        #expect(!AddressGuard().permits(try #require(IPAddress(text))))
    }

    @Test("An allowed range opens its own addresses and no others")
    func allowed() throws {
        let ranges = ["10.1.0.0/16", "192.168.1.7", "fd00:1::/32", "::1/128"].map(AddressRange.init)
        let addressGuard = AddressGuard(allowing: try ranges.map { try #require($0) })
        for text in ["10.1.0.0", "10.1.255.255", "192.168.1.7", "fd00:1::9", "::1", "::ffff:10.1.2.3", "8.8.8.8"] {
            #expect(addressGuard.permits(try #require(IPAddress(text))), "\(text)")
        }
        for text in ["10.0.255.255", "10.2.0.0", "192.168.1.8", "fd00:2::9", "::2", "127.0.0.1", "::ffff:10.2.0.0"] {
            #expect(!addressGuard.permits(try #require(IPAddress(text))), "\(text)")
        }
    }

    @Test("All of IPv4 and all of IPv6 do not cover one another")
    func families() throws {
        let v4 = AddressGuard(allowing: [try #require(AddressRange("0.0.0.0/0"))])
        #expect(v4.permits(try #require(IPAddress("127.0.0.1"))))
        #expect(v4.permits(try #require(IPAddress("::ffff:127.0.0.1"))))
        #expect(!v4.permits(try #require(IPAddress("::1"))))
        let v6 = AddressGuard(allowing: [try #require(AddressRange("::/0"))])
        #expect(v6.permits(try #require(IPAddress("::1"))))
        #expect(!v6.permits(try #require(IPAddress("127.0.0.1"))))
        #expect(!v6.permits(try #require(IPAddress("::ffff:127.0.0.1"))))
    }

    @Test("A mapped range is the IPv4 range that it maps")
    func mappedRange() throws {
        #expect(AddressRange("::ffff:10.0.0.0/104") == AddressRange("10.0.0.0/8"))
        #expect(AddressRange("::ffff:10.0.0.1") == AddressRange("10.0.0.1/32"))
    }

    @Test(
        "What is no range is none",
        arguments: [
            "", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8/8", "10.0.0.0/ 8",
            "10.0.0.0/0008", "10.0.0/8", "10/8", "10.0.0.256/32", "10.1.2.3/8", "0.0.0.1/0",
            "::/129", "::1/127", "fe80::1%eth0",
            "[::1]", "localhost", "0x7f.0.0.1", "017.0.0.1", " 10.0.0.0/8", "10.0.0.0/8 ",
            "::ffff:0:0/95", "::fffe:0:0/90",
        ])
    func noRange(text: String) {
        #expect(AddressRange(text) == nil)
    }

    @Test(
        "What is no address is none",
        arguments: [
            "", "1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "1.2.3.4.5", "1.2.3", "::1%lo", "[::1]", ":::",
            "::g", "1.2.3.4\n",
        ])
    func noAddress(text: String) {
        #expect(IPAddress(text) == nil)
    }
}
