// The provider of a golden sample: gives the answers that the sample holds, in order, and remembers what was asked.

import Model
import Synchronization
import Transports

/// Answers requests out of a sample.
final class SampleTransport: HTTPTransport {
    private let state: Mutex<(answers: [HTTPResponse], requests: [HTTPRequest])>

    init(_ answers: [HTTPResponse] = []) {
        state = Mutex((answers, []))
    }

    /// What was asked, in order.
    var requests: [HTTPRequest] { state.withLock { $0.requests } }

    /// How many answers nobody asked for.
    var answersLeft: Int { state.withLock { $0.answers.count } }

    func send(_ request: HTTPRequest) async -> HTTPOutcome {
        state.withLock { state in
            state.requests.append(request)
            guard !state.answers.isEmpty else {
                return .failure(
                    TransportFailure(kind: .connect, sent: false, message: "the sample holds no more answers"))
            }
            return .response(state.answers.removeFirst())
        }
    }
}
