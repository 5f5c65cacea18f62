// The other side of every request, as a test wants it.

package import Model
import Synchronization
package import Transports

/// Answers requests from a list, in order, and remembers them. When the list is empty nobody answers.
package final class ScriptedTransport: HTTPTransport {
    private let state: Mutex<(answers: [HTTPOutcome], requests: [HTTPRequest])>

    package init(_ answers: [HTTPOutcome] = []) {
        state = Mutex((answers, []))
    }

    /// What was asked so far.
    package var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// Adds to the list.
    package func answer(_ outcome: HTTPOutcome) {
        state.withLock { $0.answers.append(outcome) }
    }

    package func send(_ request: HTTPRequest) async -> HTTPOutcome {
        state.withLock { state in
            state.requests.append(request)
            guard !state.answers.isEmpty else {
                return .failure(TransportFailure(kind: .connect, sent: false, message: "nobody answers"))
            }
            return state.answers.removeFirst()
        }
    }
}

extension HTTPOutcome {
    package static func answer(_ status: Int, _ body: String = "", _ headers: [HeaderField] = []) -> HTTPOutcome {
        .response(HTTPResponse(status: status, headers: headers, body: Array(body.utf8)))
    }

    package static func lost(_ kind: TransportFailure.Kind, sent: Bool) -> HTTPOutcome {
        .failure(TransportFailure(kind: kind, sent: sent, message: "the test says \(kind.rawValue)"))
    }
}
