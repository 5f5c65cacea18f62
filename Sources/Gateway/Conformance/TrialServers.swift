// The two servers of one folder's trials: the provider, and a stranger that no request with a credential may reach.

import Connectors
import Model
import Synchronization
import Transports

/// Serves one script at a time.
final class TrialServers: Sendable {
    /// A host that no sample names and no connector trusts.
    static let strangerHost = "collector.stranger.example"

    private let provider: LoopbackServer
    private let stranger: LoopbackServer
    private let state: SharedState
    private let client: CurlTransport
    private let hosts: Set<String>

    private final class SharedState: Sendable {
        let script = Mutex<ProviderScript?>(nil)
        let strangerLog = Mutex<[LoopbackServer.Request]>([])
    }

    init(client: CurlTransport, hosts: Set<String>) throws {
        let state = SharedState()
        self.state = state
        self.client = client
        self.hosts = hosts
        provider = try LoopbackServer { request in
            state.script.withLock { $0 }?.reply(to: request) ?? .reset
        }
        stranger = try LoopbackServer { request in
            state.strangerLog.withLock { $0.append(request) }
            return .answer(HTTPResponse(status: 200, headers: [.json], body: Array(#"{"ok":true,"id":"1"}"#.utf8)))
        }
    }

    /// Begins a trial.
    /// - Returns: the way to the servers.
    func play(_ script: ProviderScript) -> LoopbackTransport {
        state.script.withLock { $0 = script }
        state.strangerLog.withLock { $0 = [] }
        return LoopbackTransport(
            client: client, provider: provider.port, stranger: stranger.port, hosts: hosts, script: script)
    }

    /// What went to the stranger with a credential in it; `nil`: nothing.
    func leak(of secrets: Set<String>) -> String? {
        let log = state.strangerLog.withLock { $0 }
        for request in log {
            let isMarked = request.header("authorization") != nil || request.header("cookie") != nil
            if isMarked || request.bears(secrets) {
                return "a credential went to a foreign host: \(request.method) \(request.host)"
            }
        }
        return nil
    }
}
