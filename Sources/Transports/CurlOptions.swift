// How options are given to libcurl: what it does not take must not be lost.

import CCurl

/// Sets options and keeps the first refusal.
struct CurlOptions {
    private let easy: UnsafeMutableRawPointer
    private(set) var code = CURLE_OK

    init(_ easy: UnsafeMutableRawPointer) {
        self.easy = easy
    }

    mutating func note(_ code: CURLcode) {
        if self.code == CURLE_OK { self.code = code }
    }

    mutating func set(_ option: CURLoption, _ value: Int) {
        note(samtal_easy_set_long(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: String) {
        note(samtal_easy_set_string(easy, option, value))
    }

    mutating func set(_ option: CURLoption, _ value: UnsafeMutablePointer<curl_slist>?) {
        note(samtal_easy_set_list(easy, option, value))
    }

    mutating func setOffset(_ option: CURLoption, _ value: Int) {
        note(samtal_easy_set_offset(easy, option, curl_off_t(value)))
    }

    mutating func append(_ line: String, to list: inout UnsafeMutablePointer<curl_slist>?) {
        guard let longer = curl_slist_append(list, line) else {
            note(CURLE_OUT_OF_MEMORY)
            return
        }
        list = longer
    }
}

extension IPAddress {
    /// The address that libcurl is about to connect to; `nil`: no internet address.
    init?(_ address: UnsafeMutablePointer<curl_sockaddr>) {
        // libcurl stores an address of any length from `addr` on; Swift's copy of `addr` would be cut to 16 bytes.
        guard let offset = MemoryLayout<curl_sockaddr>.offset(of: \.addr) else { return nil }
        self.init(
            socketAddress: UnsafeRawPointer(address) + offset, family: address.pointee.family,
            length: Int(address.pointee.addrlen))
    }
}
