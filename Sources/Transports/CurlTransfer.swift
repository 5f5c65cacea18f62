// One request inside libcurl: its options, its buffers, and the C functions that libcurl calls for it.

import CCurl
import Model

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// An easy handle and all that it points to. Lives on the loop's thread, at least as long as the handle is in the multi
/// handle: libcurl holds an unretained pointer to it.
final class CurlTransfer {
    let job: CurlJob
    let easy: UnsafeMutableRawPointer
    let settings: CurlSettings
    private var headerLines: UnsafeMutablePointer<curl_slist>?
    private var resolveLines: UnsafeMutablePointer<curl_slist>?

    fileprivate var bodyOffset = 0
    fileprivate(set) var headers: [HeaderField] = []
    fileprivate var headerBytes = 0
    fileprivate(set) var body: [UInt8] = []
    /// The answer went past a limit, and a callback ended the transfer.
    fileprivate(set) var tooLarge = false
    /// How many sockets the guard let open, and how many it did not.
    fileprivate(set) var socketsOpened = 0
    fileprivate(set) var socketsRefused = 0
    fileprivate let attempts: CurlAttempts
    /// When the other side last said something. libcurl's own limit of speed takes few bytes in much time for none.
    fileprivate var heardAt = ContinuousClock.now

    /// When it is given up: at the end of its time, or after a silence that a stream does not allow.
    var deadline: ContinuousClock.Instant {
        guard let stream = job.stream else { return job.deadline }
        return min(job.deadline, heardAt + max(stream.idle, .seconds(1)))
    }

    /// `nil` when libcurl has no memory.
    init?(_ job: CurlJob, _ settings: CurlSettings, _ attempts: CurlAttempts) {
        guard let easy = curl_easy_init() else { return nil }
        self.easy = easy
        self.job = job
        self.settings = settings
        self.attempts = attempts
    }

    deinit {
        curl_easy_cleanup(easy)
        curl_slist_free_all(headerLines)
        curl_slist_free_all(resolveLines)
    }

    /// Sets every option. A failure when libcurl does not take one: a request without its guard must not start.
    func configure() -> TransportFailure? {
        var options = CurlOptions(easy)
        setAddress(&options)
        setContent(&options)
        setCallbacks(&options)
        switch options.code {
        case CURLE_OK: return nil
        case CURLE_OUT_OF_MEMORY: return job.failure(.connect, sent: false, "libcurl has no memory for the request")
        default: return job.failure(.refused, sent: false, "libcurl does not take the request")
        }
    }

    private func setAddress(_ options: inout CurlOptions) {
        options.set(CURLOPT_URL, job.request.url)
        options.set(CURLOPT_PROTOCOLS_STR, "http,https")
        options.set(CURLOPT_FOLLOWLOCATION, 0)
        // The empty string turns off the environment's proxies too: the guard would judge the proxy's address only.
        options.set(CURLOPT_PROXY, "")
        options.set(CURLOPT_NOSIGNAL, 1)
        // Look-ups run on threads of libcurl's; without this, giving one up would block the loop until it ends.
        options.set(CURLOPT_QUICK_EXIT, 1)
        options.set(CURLOPT_TIMEOUT_MS, Int(job.timeout.wholeMilliseconds))
        options.set(CURLOPT_CONNECTTIMEOUT_MS, Int(CurlSettings.connectTimeout.wholeMilliseconds))
        options.set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        options.set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        options.set(CURLOPT_USERAGENT, settings.userAgent)
        // Every content coding that this libcurl can undo; the cap on the body counts what comes out.
        options.set(CURLOPT_ACCEPT_ENCODING, "")
        for line in settings.hostAddresses { options.append(line, to: &resolveLines) }
        if resolveLines != nil { options.set(CURLOPT_RESOLVE, resolveLines) }
    }

    private func setContent(_ options: inout CurlOptions) {
        let request = job.request
        if request.method == "HEAD" {
            options.set(CURLOPT_NOBODY, 1)
        } else if !request.body.isEmpty || ["POST", "PUT", "PATCH"].contains(request.method) {
            options.set(CURLOPT_POST, 1)
            options.setOffset(CURLOPT_POSTFIELDSIZE_LARGE, request.body.count)
            options.set(CURLOPT_CUSTOMREQUEST, request.method)
        } else {
            options.set(CURLOPT_CUSTOMREQUEST, request.method)
        }
        // What changes something is never repeated by itself. libcurl would repeat a request
        // when a kept connection ends without an answer; a body that cannot be read twice prevents it (`rewindBody`),
        // and without a body a new connection does.
        if !repeats && request.body.isEmpty { options.set(CURLOPT_FRESH_CONNECT, 1) }
        // No wait for "100 Continue", and no content type of libcurl's own choice.
        options.append("Expect:", to: &headerLines)
        if !request.headers.contains(where: { $0.name == "content-type" }) {
            options.append("Content-Type:", to: &headerLines)
        }
        for header in request.headers {
            // libcurl reads "name:" as "leave the header out"; "name;" sends it with an empty value.
            let blank = header.value.allSatisfy(\.isWhitespace)
            options.append(blank ? "\(header.name);" : "\(header.name): \(header.value)", to: &headerLines)
        }
        options.set(CURLOPT_HTTPHEADER, headerLines)
    }

    private func setCallbacks(_ options: inout CurlOptions) {
        let context = Unmanaged.passUnretained(self).toOpaque()
        options.note(samtal_easy_set_write(easy, CURLOPT_WRITEFUNCTION, takeBody))
        options.note(samtal_easy_set_write(easy, CURLOPT_HEADERFUNCTION, takeHeader))
        options.note(samtal_easy_set_read(easy, giveBody))
        options.note(samtal_easy_set_seek(easy, rewindBody))
        options.note(samtal_easy_set_open_socket(easy, openSocket))
        for option in [
            CURLOPT_WRITEDATA, CURLOPT_HEADERDATA, CURLOPT_READDATA, CURLOPT_SEEKDATA, CURLOPT_OPENSOCKETDATA,
        ] {
            options.note(samtal_easy_set_pointer(easy, option, context))
        }
    }

    /// The longest body of the answer, bytes.
    var bytesMax: Int { job.request.responseBytesMax ?? settings.responseBytesMax }

    /// Whether the request only reads (RFC 9110 section 9.2.1, safe methods). A PUT is idempotent by the standard and
    /// not always by the provider: it is never repeated unasked.
    fileprivate var repeats: Bool {
        ["GET", "HEAD", "OPTIONS"].contains(job.request.method)
    }
}

/// How often libcurl has asked for a socket, over all transfers of a loop.
final class CurlAttempts {
    fileprivate(set) var count = 0
}

// MARK: - What libcurl calls, on the loop's thread

private func transfer(_ context: UnsafeMutableRawPointer?) -> CurlTransfer? {
    context.map { Unmanaged<CurlTransfer>.fromOpaque($0).takeUnretainedValue() }
}

/// CURLOPT_WRITEFUNCTION. Any return but the whole count ends the transfer.
private func takeBody(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context) else { return 0 }
    let total = size * count
    transfer.heardAt = .now
    if let stream = transfer.job.stream, (200..<300).contains(transfer.status) {
        return stream.take(Array(UnsafeRawBufferPointer(start: bytes, count: total))) ? total : 0
    }
    guard transfer.body.count + total <= transfer.bytesMax else {
        transfer.tooLarge = true
        return 0
    }
    transfer.body.append(contentsOf: UnsafeRawBufferPointer(start: bytes, count: total))
    return total
}

/// CURLOPT_HEADERFUNCTION: one whole line, line break included.
private func takeHeader(
    _ bytes: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context) else { return 0 }
    let total = size * count
    transfer.heardAt = .now
    transfer.headerBytes += total
    guard transfer.headerBytes <= CurlSettings.headerBytesMax else {
        transfer.tooLarge = true
        return 0
    }
    transfer.add(headerLine: String(decoding: UnsafeRawBufferPointer(start: bytes, count: total), as: UTF8.self))
    return total
}

extension CurlTransfer {
    fileprivate func add(headerLine line: String) {
        if line.hasPrefix("HTTP/") {
            // The status line of the next answer: what came before was an interim one (RFC 9110 section 15.2).
            headers = []
        } else if let colon = line.firstIndex(of: ":") {
            headers.append(HeaderField(String(line[..<colon]), trimmed(line[line.index(after: colon)...])))
        }
    }

    private func trimmed(_ text: Substring) -> String {
        let start = text.drop(while: \.isWhitespace)
        return start.lastIndex { !$0.isWhitespace }.map { String(start[...$0]) } ?? ""
    }
}

/// CURLOPT_READFUNCTION: the next part of the request's body.
private func giveBody(
    _ buffer: UnsafeMutablePointer<CChar>?, _ size: Int, _ count: Int, _ context: UnsafeMutableRawPointer?
) -> Int {
    guard let transfer = transfer(context), let buffer else { return Int(CURL_READFUNC_ABORT) }
    let part = transfer.job.request.body[transfer.bodyOffset...].prefix(size * count)
    UnsafeMutableRawBufferPointer(start: buffer, count: size * count).copyBytes(from: part)
    transfer.bodyOffset += part.count
    return part.count
}

/// CURLOPT_SEEKFUNCTION: libcurl wants to send the body again, because a kept connection ended without an answer.
private func rewindBody(_ context: UnsafeMutableRawPointer?, _ offset: curl_off_t, _ origin: Int32) -> Int32 {
    guard let transfer = transfer(context), transfer.repeats, origin == SEEK_SET,
        (0...transfer.job.request.body.count).contains(Int(offset))
    else { return CURL_SEEKFUNC_FAIL }
    transfer.bodyOffset = Int(offset)
    return CURL_SEEKFUNC_OK
}

/// CURLOPT_OPENSOCKETFUNCTION: called for each address that libcurl is about to try; without a socket it tries the
/// next.
private func openSocket(
    _ context: UnsafeMutableRawPointer?, _ purpose: curlsocktype, _ address: UnsafeMutablePointer<curl_sockaddr>?
) -> curl_socket_t {
    guard let transfer = transfer(context), let address else { return CURL_SOCKET_BAD }
    transfer.attempts.count += 1
    guard let target = IPAddress(address), transfer.settings.addressGuard.permits(target) else {
        transfer.socketsRefused += 1
        return CURL_SOCKET_BAD
    }
    let type = address.pointee.socktype | Int32(SOCK_CLOEXEC.rawValue)
    let descriptor = socket(address.pointee.family, type, address.pointee.protocol)
    if descriptor >= 0 { transfer.socketsOpened += 1 }
    return descriptor
}
