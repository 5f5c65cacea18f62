// A stream to a mail server: libcurl connects, encrypts and logs in, then hands the stream over.
// https://curl.se/libcurl/c/CURLOPT_CONNECT_ONLY.html

import CCurl
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An authenticated stream in the hands of one thread at a time; every wait ends at a deadline or a wake.
final class MailConnection {
    /// Read at one time.
    private static let readBytesMax = 256 << 10

    private let easy: UnsafeMutableRawPointer
    private let multi: UnsafeMutableRawPointer
    private let wake: WakeSignal
    private let gate: MailGate
    private var descriptor: curl_socket_t = CURL_SOCKET_BAD
    private var buffer: [UInt8] = Array(repeating: 0, count: readBytesMax)

    /// Connects and logs in. Blocks until that is done or has failed.
    static func open(
        _ url: MailURL, _ login: MailLogin, _ network: MailNetwork, _ wake: WakeSignal
    ) throws(MailFailure) -> MailConnection {
        switch login {
        case .none:
            return try MailConnection(url, login, nil, network, wake)
        case .token:
            // Nothing else: a token is no password.
            return try MailConnection(url, login, "AUTH=OAUTHBEARER;AUTH=XOAUTH2", network, wake)
        case .password:
            // Left to itself libcurl tries Kerberos and NTLM first where they are offered, and fails without a ticket.
            do throws(MailFailure) {
                return try MailConnection(url, login, "AUTH=PLAIN;AUTH=LOGIN", network, wake)
            } catch  where error == .noMechanism(url) {
                return try MailConnection(url, login, nil, network, wake)
            }
        }
    }

    /// `mechanisms`: those that may be used, as CURLOPT_LOGIN_OPTIONS has them; `nil`: all.
    private init(
        _ url: MailURL, _ login: MailLogin, _ mechanisms: String?, _ network: MailNetwork, _ wake: WakeSignal
    ) throws(MailFailure) {
        if let problem = url.server.problem { throw MailFailure(.refused, problem) }
        guard curlReady == CURLE_OK, let easy = curl_easy_init() else { throw Self.noMemory }
        guard let multi = curl_multi_init() else {
            curl_easy_cleanup(easy)
            throw Self.noMemory
        }
        (self.easy, self.multi, self.wake) = (easy, multi, wake)
        gate = MailGate(network.addressGuard)
        try configure(url, network)
        try set(login, mechanisms)
        guard curl_multi_add_handle(multi, easy) == CURLM_OK else { throw Self.noMemory }
        try connect(url, until: .now + network.openTimeout)
    }

    deinit {
        // Without this the handle would be freed inside the multi handle. Fails only when it is not in it.
        _ = curl_multi_remove_handle(multi, easy)
        curl_easy_cleanup(easy)
        curl_multi_cleanup(multi)
    }

    private static let noMemory = MailFailure(.connect, "there is no memory for a connection")

    // MARK: Opening

    private func configure(_ url: MailURL, _ network: MailNetwork) throws(MailFailure) {
        var options = CurlOptions(easy)
        options.set(CURLOPT_URL, url.text)
        options.set(CURLOPT_PROTOCOLS_STR, "imap,imaps,smtp,smtps")
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_NOSIGNAL, 1)
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_CONNECT_ONLY, 1)
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(network.openTimeout.wholeMilliseconds))
        options.set(CURLOPT_SERVER_RESPONSE_TIMEOUT, Int(network.openTimeout.components.seconds))
        // A peer that is gone without a word is noticed by the system within minutes, also while IDLE waits.
        options.set(CURLOPT_TCP_KEEPALIVE, 1)
        options.set(CURLOPT_TCP_KEEPIDLE, 60)
        options.set(CURLOPT_TCP_KEEPINTVL, 30)
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        options.set(CURLOPT_SSL_VERIFYPEER, 1)
        options.set(CURLOPT_SSL_VERIFYHOST, 2)
        if url.server.security == .startTLS { options.set(CURLOPT_USE_SSL, Int(CURLUSESSL_ALL.rawValue)) }
        if let authorities = network.authorities {
            options.set(CURLOPT_CAINFO, authorities)
            // Only these: the system's directory counts no more.
            options.note(samtal_easy_set_string(easy, CURLOPT_CAPATH, nil))
        }
        let context = Unmanaged.passUnretained(gate).toOpaque()
        options.note(samtal_easy_set_open_socket(easy, openMailSocket))
        options.note(samtal_easy_set_pointer(easy, CURLOPT_OPENSOCKETDATA, context))
        options.note(samtal_easy_set_write(easy, CURLOPT_HEADERFUNCTION, takeMailLine))
        options.note(samtal_easy_set_pointer(easy, CURLOPT_HEADERDATA, context))
        guard options.code == CURLE_OK else { throw MailFailure(.refused, "libcurl does not take the settings") }
    }

    private func set(_ login: MailLogin, _ mechanisms: String?) throws(MailFailure) {
        var options = CurlOptions(easy)
        switch login {
        case .none:
            break
        case .password(let user, let secret):
            options.set(CURLOPT_USERNAME, user)
            options.set(CURLOPT_PASSWORD, secret)
        case .token(let user, let secret):
            options.set(CURLOPT_USERNAME, user)
            options.set(CURLOPT_XOAUTH2_BEARER, secret)
        }
        if let mechanisms { options.set(CURLOPT_LOGIN_OPTIONS, mechanisms) }
        guard options.code == CURLE_OK else { throw MailFailure(.refused, "libcurl does not take the log-in") }
    }

    private func connect(_ url: MailURL, until end: ContinuousClock.Instant) throws(MailFailure) {
        var running: Int32 = 0
        while true {
            guard curl_multi_perform(multi, &running) == CURLM_OK else { throw Self.noMemory }
            var left: Int32 = 0
            if let message = curl_multi_info_read(multi, &left), message.pointee.msg == CURLMSG_DONE {
                let code = message.pointee.data.result
                guard code == CURLE_OK else { throw MailFailure(opening: code, url, gate) }
                break
            }
            // An address that the guard refuses is tried at once, without a socket to wait for.
            let now = ContinuousClock.now
            guard now < end else { throw MailFailure(.timeout, "\(url.name) gave no answer in time") }
            var waiting = curl_waitfd(fd: wake.descriptor, events: Int16(CURL_WAIT_POLLIN), revents: 0)
            let pause = Int32(clamping: min((end - now).wholeMilliseconds + 1, 200))
            guard curl_multi_poll(multi, &waiting, 1, pause, nil) == CURLM_OK else { throw Self.noMemory }
            if wake.isRaised { throw MailFailure(.cancelled, "the connection was given up") }
        }
        guard samtal_easy_get_socket(easy, &descriptor) == CURLE_OK, descriptor != CURL_SOCKET_BAD else {
            throw MailFailure(.broken, "\(url.name) closed the connection")
        }
    }

    // MARK: The stream

    /// Sends all bytes. `patience`: how long the server may take none of them.
    func write(_ bytes: [UInt8], patience: Duration) throws(MailFailure) {
        var sent = 0
        while sent < bytes.count {
            var count = 0
            let code = bytes.withUnsafeBytes { raw in
                curl_easy_send(easy, raw.baseAddress.map { $0 + sent }, raw.count - sent, &count)
            }
            switch code {
            case CURLE_OK: sent += count
            case CURLE_AGAIN: try wait(for: POLLOUT, until: .now + patience)
            default: throw Self.broken(code)
            }
        }
    }

    /// Hands over the next bytes as soon as some are there.
    /// - Returns: false when nothing came until `end`.
    func read(until end: ContinuousClock.Instant, _ take: (UnsafeRawBufferPointer) -> Void) throws(MailFailure) -> Bool
    {
        while true {
            if wake.isRaised { throw MailFailure(.cancelled, "the connection was given up") }
            var count = 0
            let code = buffer.withUnsafeMutableBytes { curl_easy_recv(easy, $0.baseAddress, $0.count, &count) }
            switch code {
            case CURLE_OK where count > 0:
                buffer.withUnsafeBytes { take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
                return true
            case CURLE_OK:
                throw MailFailure(.broken, "the server closed the connection")
            case CURLE_AGAIN:
                do {
                    try wait(for: POLLIN, until: end)
                } catch  where error.kind == .timeout {
                    return false
                }
            default:
                throw Self.broken(code)
            }
        }
    }

    private func wait(for events: Int32, until end: ContinuousClock.Instant) throws(MailFailure) {
        var looks = [
            pollfd(fd: descriptor, events: Int16(events), revents: 0),
            pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let left = (end - .now).wholeMilliseconds
            guard left >= 0 else { throw MailFailure(.timeout, "the server said nothing for too long") }
            let ready = poll(&looks, 2, Int32(clamping: left + 1))
            if looks[1].revents != 0 { throw MailFailure(.cancelled, "the connection was given up") }
            if ready > 0 { return }
            guard ready == 0 || errno == EINTR else {
                throw MailFailure(.broken, "the connection cannot be waited for")
            }
        }
    }

    private static func broken(_ code: CURLcode) -> MailFailure {
        MailFailure(.broken, "the connection broke: \(String(cString: curl_easy_strerror(code)))")
    }
}

// MARK: - What libcurl calls

/// What libcurl asks and tells while it connects.
final class MailGate {
    /// Bytes of a server's line that are kept.
    static let lineBytesMax = 1024

    fileprivate let addressGuard: AddressGuard
    fileprivate(set) var socketsOpened = 0
    fileprivate(set) var socketsRefused = 0
    /// The last line that the server said: when the log-in is refused, the refusal.
    fileprivate(set) var lastLine = ""

    init(_ addressGuard: AddressGuard) {
        self.addressGuard = addressGuard
    }
}

private func gate(_ context: UnsafeMutableRawPointer?) -> MailGate? {
    context.map { Unmanaged<MailGate>.fromOpaque($0).takeUnretainedValue() }
}

/// CURLOPT_HEADERFUNCTION: one line of the server.
private func takeMailLine(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let gate = gate(context) else { return 0 }
    let kept = UnsafeRawBufferPointer(start: bytes, count: min(size * count, MailGate.lineBytesMax))
    gate.lastLine = String(decoding: kept, as: UTF8.self)
    return size * count
}

/// CURLOPT_OPENSOCKETFUNCTION: called for each address that is about to be tried.
private func openMailSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let gate = gate(context), let address else { return CURL_SOCKET_BAD }
    guard let target = IPAddress(address), gate.addressGuard.permits(target) else {
        gate.socketsRefused += 1
        return CURL_SOCKET_BAD
    }
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.pointee.family, type, address.pointee.protocol)
    if descriptor >= 0 { gate.socketsOpened += 1 }
    return descriptor
}
