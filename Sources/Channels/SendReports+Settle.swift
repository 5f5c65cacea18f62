// What the end of an attempt means for the reply that it carried, whichever channel it is.

import Conversations
import Deliveries
import Model
import Storage

extension SendReports {
    /// Records how the sending of a reply's part went.
    func settle(_ attempt: SettledAttempt, in transaction: any Transaction) throws {
        let delivery = attempt.delivery
        guard let part = ReplyPart(payload: delivery.payload) else { return }
        switch attempt.verdict {
        case .delivered:
            try partWasSent(
                part, attempt.result, begun: attempt.startedAt, at: attempt.endedAt,
                correlation: delivery.correlation, in: transaction)
        case .failed(let reason):
            var result = attempt.result
            result.reason = reason
            try partFailed(
                part, result, begun: attempt.startedAt, at: attempt.endedAt, correlation: delivery.correlation,
                in: transaction)
        case .again:
            break
        }
    }
}
