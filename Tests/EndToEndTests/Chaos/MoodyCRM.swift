// A CRM that keeps books, and has bad days when it is told to.

import Model
import Synchronization

/// How the CRM answers.
enum Mood: Sendable {
    case well
    /// One event in six goes wrong: refused before it took effect, lost before, or answered to nobody after.
    case flaky
    /// Every event is answered with 500.
    case failing
    /// Every event is read and never answered.
    case mute
    /// Every other event ends with a reset after it was read; half of those have taken effect.
    case resetting
    /// Every event is taken, and the connection closed after it.
    case curt
}

/// The CRM of a chaotic day.
final class MoodyCRM: Sendable {
    let ledger = Ledger()
    /// Conversations with a customer, as soon as they have a ticket here; each once.
    let conversations = Recording<(customer: String, conversation: String)>()
    private let mood = Mutex(Mood.well)
    private let known = Mutex<Set<String>>([])
    private let dice: Dice

    init(_ dice: Dice) {
        self.dice = dice
    }

    func become(_ mood: Mood) { self.mood.withLock { $0 = mood } }

    /// Answers an event.
    func answer(_ request: PeerRequest) -> PeerAnswer {
        switch mood.withLock(\.self) {
        case .well: take(request)
        case .failing: .answer(500)
        case .mute: .hang
        case .curt: close(take(request))
        case .flaky:
            switch dice.roll(24) {
            case 0, 1: .answer(500)
            case 2: .reset
            case 3: lose(take(request))
            default: take(request)
            }
        case .resetting:
            switch dice.roll(4) {
            case 0: .reset
            case 1: lose(take(request))
            default: take(request)
            }
        }
    }

    /// The event took effect and nobody hears of it.
    private func lose(_ answer: PeerAnswer) -> PeerAnswer { .reset }

    /// The same answer, the last one on its connection (RFC 9112 9.6).
    private func close(_ answer: PeerAnswer) -> PeerAnswer {
        guard case .answer(let status, let headers, let body) = answer else { return answer }
        return .answer(status, headers: headers + [HeaderField("Connection", "close")], body: body)
    }

    private func take(_ request: PeerRequest) -> PeerAnswer {
        let event = request.json
        if event["type"] == "samtal.message.received", let conversation = event["subject"].string,
            let text = event["data"]["message"]["text"].string, let parts = Customer.parts(of: text)
        {
            ledger.take(text, of: parts.name, in: conversation, id: request.webhookID)
            if known.withLock({ $0.insert(parts.name).inserted }) { conversations.add((parts.name, conversation)) }
        }
        return House.nameTicket(request)
    }
}
