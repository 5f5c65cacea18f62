// How libcurl's result codes become the house's words. No text of libcurl's error buffer is used: it holds host names.

import CCurl

extension CurlTransfer {
    /// What became of the transfer that libcurl says is done.
    func outcome(_ code: CURLcode) -> HTTPOutcome {
        if code == CURLE_OK {
            return .response(HTTPResponse(status: status, headers: headers, body: body))
        }
        let kind = kind(of: code)
        return .failure(job.failure(kind, sent: sent, reason(kind, code)))
    }

    /// The transfer is given up before it is done.
    func broken(_ reason: String) -> TransportFailure {
        job.failure(.reset, sent: sent, reason)
    }

    /// The request's time is up.
    func expired() -> TransportFailure {
        job.failure(.timeout, sent: sent, reason(.timeout, CURLE_OPERATION_TIMEDOUT))
    }

    /// libcurl counts the bytes that it gave to the system or to the encryption.
    private var sent: Bool {
        var head = 0
        var content: curl_off_t = 0
        guard samtal_easy_get_long(easy, CURLINFO_REQUEST_SIZE, &head) == CURLE_OK,
            samtal_easy_get_offset(easy, CURLINFO_SIZE_UPLOAD_T, &content) == CURLE_OK
        else { return true }
        return head > 0 || content > 0
    }

    /// The status of the answer that is coming in; 0 before it.
    var status: Int {
        var status = 0
        // Fails only for an unknown question; 0 is no status that any rule takes for success.
        _ = samtal_easy_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
        return status
    }

    private func kind(of code: CURLcode) -> TransportFailure.Kind {
        if tooLarge { return .tooLarge }
        switch code {
        case CURLE_OPERATION_TIMEDOUT:
            return .timeout
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
            return .dns
        case CURLE_COULDNT_CONNECT:
            return socketsOpened == 0 && socketsRefused > 0 ? .refused : .connect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_CRL_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_ENGINE_NOTFOUND,
            CURLE_SSL_ENGINE_SETFAILED, CURLE_SSL_ENGINE_INITFAILED, CURLE_SSL_INVALIDCERTSTATUS,
            CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_SHUTDOWN_FAILED, CURLE_USE_SSL_FAILED:
            return .tls
        case CURLE_UNSUPPORTED_PROTOCOL, CURLE_URL_MALFORMAT:
            // After sending, "unsupported protocol" means an answer that is no HTTP (HTTP/0.9).
            return sent ? .reset : .refused
        default:
            return sent ? .reset : .connect
        }
    }

    private func reason(_ kind: TransportFailure.Kind, _ code: CURLcode) -> String {
        switch kind {
        case .timeout where job.stream != nil && ContinuousClock.now < job.deadline: "nothing came for too long"
        case .timeout: "no whole answer within the timeout of \(job.timeout.formattedSeconds)"
        case .dns: "the host has no address"
        case .refused where socketsRefused > 0: "the address guard refuses the host's address"
        case .refused: "the URL cannot be used"
        case .tooLarge: "the answer is larger than \(bytesMax) bytes, or its header section too large"
        case .connect, .tls, .reset: String(cString: curl_easy_strerror(code))
        }
    }
}

extension Duration {
    /// Seconds with up to three decimals: `30 s`, `0.25 s`.
    fileprivate var formattedSeconds: String {
        let milliseconds = Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
        let seconds = (milliseconds.rounded() / 1000).description
        return (seconds.hasSuffix(".0") ? String(seconds.dropLast(2)) : seconds) + " s"
    }
}
