// Keys that others publish: fetched when a signature asks for them, kept for a day, asked for anew when a signature
// names one that is not among them. Whoever posts to us can make us ask, so everything here is bounded.

import Model
import Signing
import Transports

/// Where the keys of an issuer stand.
struct KeySource: Sendable, Hashable {
    /// Of the keys (RFC 7517 section 5), or of the document that names their address.
    let address: WebAddress
    /// Whether `address` is that of an OpenID Connect discovery document (OpenID Connect Discovery 1.0 section 4).
    let isDiscovery: Bool
    /// Hosts besides the discovery's own that the keys may lie on.
    let hosts: [String]
}

/// The keys of one endpoint's other side. Safe to ask from many requests at once: each address is fetched once.
actor KeyRing {
    /// After so long keys are fetched anew. While that fails, the old ones serve as long again.
    static let lifetime = Duration.seconds(86_400)
    /// How long after a fetch a key that is not there is not looked for again.
    static let pause = Duration.seconds(60)
    /// How long after a fetch that failed nothing is asked.
    static let failurePause = Duration.seconds(10)
    /// Fetches in one minute, whatever for.
    static let fetchesMax = 20
    /// How many addresses are remembered.
    static let addressesMax = 64

    /// Keys that cannot be had now.
    struct Unavailable: Error {
        /// Names the host, never a secret.
        let reason: String
    }

    private enum Wanted: Hashable {
        case keys(KeySource)
        case certificate(WebAddress)
    }

    private let host: ConnectorHost
    private var known: [Wanted: (content: JSON, fetchedAt: Timestamp)] = [:]
    private var failures: [Wanted: (error: Unavailable, at: Timestamp)] = [:]
    private var minute: (start: Timestamp, fetches: Int) = (Timestamp(milliseconds: 0), 0)
    private var fetching: Set<Wanted> = []
    private var waiters: [Wanted: [CheckedContinuation<Void, Never>]] = [:]

    init(_ host: ConnectorHost) {
        self.host = host
    }

    /// The published keys (RFC 7517) with this id; empty when there is none.
    /// - Throws: when they cannot be had, so that nothing can be said of the id.
    func keys(of source: KeySource, named id: String) async throws(Unavailable) -> [JSON] {
        func named(_ keys: JSON) -> [JSON] { (keys.array ?? []).filter { $0["kid"].string == id } }
        return named(try await content(of: .keys(source)) { !named($0).isEmpty })
    }

    /// The certificate in PEM at an address; valid when it was fetched. The caller has decided that the address may be
    /// asked.
    /// - Throws: when it cannot be had.
    func certificate(at address: WebAddress) async throws(Unavailable) -> [UInt8] {
        Array((try await content(of: .certificate(address)) { _ in true }).string?.utf8 ?? "".utf8)
    }

    /// - Parameter isEnough: whether what is known holds what is looked for.
    private func content(
        of wanted: Wanted, isEnough: (JSON) -> Bool
    ) async throws(Unavailable) -> JSON {
        // One fetch at a time; whoever waited looks again, for the one that fetched may have been cancelled. Who finds
        // what it looks for does not wait: others can make us ask for what is not there.
        while true {
            if let old = known[wanted] {
                let span = isEnough(old.content) ? Self.lifetime : Self.pause
                if Self.isWithin(span, of: old.fetchedAt, host.clock.now) { return old.content }
            }
            guard fetching.contains(wanted) else { break }
            await withCheckedContinuation { waiters[wanted, default: []].append($0) }
        }
        let now = host.clock.now
        let old = known[wanted]
        do throws(Unavailable) {
            if let failure = failures[wanted], Self.isWithin(Self.failurePause, of: failure.at, now) {
                throw failure.error
            }
            return try await fetched(wanted, at: now)
        } catch {
            guard let old, isEnough(old.content), Self.isWithin(Self.lifetime * 2, of: old.fetchedAt, now) else {
                throw error
            }
            return old.content
        }
    }

    /// Whether less than a while has gone by. A time that has yet to come says that the clock was put back: nothing is
    /// kept for the sake of it.
    private static func isWithin(_ span: Duration, of time: Timestamp, _ now: Timestamp) -> Bool {
        (.zero..<span).contains(now - time)
    }

    private func fetched(_ wanted: Wanted, at now: Timestamp) async throws(Unavailable) -> JSON {
        if !Self.isWithin(.seconds(60), of: minute.start, now) { minute = (now, 0) }
        guard minute.fetches < Self.fetchesMax else {
            throw Unavailable(reason: "too many keys were asked for in one minute")
        }
        minute.fetches += 1
        fetching.insert(wanted)
        defer {
            fetching.remove(wanted)
            for waiter in waiters.removeValue(forKey: wanted) ?? [] { waiter.resume() }
        }
        do throws(Unavailable) {
            let content = try await fetch(wanted)
            if known.count >= Self.addressesMax { known.removeAll() }
            known[wanted] = (content, now)
            failures[wanted] = nil
            return content
        } catch {
            // A caller that went away says nothing of the other side.
            if !Task.isCancelled {
                if failures.count >= Self.addressesMax { failures.removeAll() }
                failures[wanted] = (error, now)
            }
            throw error
        }
    }

    private func fetch(_ wanted: Wanted) async throws(Unavailable) -> JSON {
        switch wanted {
        case .certificate(let address):
            let text = try await body(at: address)
            guard PublicKey(certificate: text, at: host.clock.now) != nil else {
                throw Unavailable(reason: "\(address.origin) gives no certificate that is valid now")
            }
            return .string(String(decoding: text, as: UTF8.self))
        case .keys(let source):
            var address = source.address
            if source.isDiscovery {
                let document = try await body(at: address)
                guard let named = (try? JSON(parsing: document))?["jwks_uri"].string.flatMap({ WebAddress($0) }),
                    named.origin == address.origin || named.isHTTPS(on: source.hosts)
                else {
                    throw Unavailable(reason: "\(address.origin) names no address of keys on a host that is listed")
                }
                address = named
            }
            let published = try await body(at: address)
            guard let keys = (try? JSON(parsing: published))?["keys"], keys.array?.isEmpty == false else {
                throw Unavailable(reason: "\(address.origin) gives no keys")
            }
            return keys
        }
    }

    private func body(at address: WebAddress) async throws(Unavailable) -> [UInt8] {
        let request = HTTPRequest(
            method: "GET", url: address.text, headers: [HeaderField("accept", "*/*")], body: [],
            timeout: .seconds(5), redactedURL: address.text)
        switch await host.transport.send(request) {
        case .failure(let failure):
            throw Unavailable(reason: "no keys from \(address.origin): \(failure.kind.rawValue)")
        case .response(let response):
            guard response.status == 200 else {
                throw Unavailable(reason: "no keys from \(address.origin): status \(response.status)")
            }
            return response.body
        }
    }
}
