// Customers of a load, on three channels: one whose posts are signed with their time, one that shows a word, one that
// signs the body alone.

import Model

/// One who writes; each message's text is "customer-7/3", so that it can be told everywhere.
struct Customer: Sendable {
    let number: Int

    var name: String { "customer-\(number)" }

    func text(_ message: Int) -> String { "\(name)/\(message)" }

    /// Who wrote a text, and which of the customer's messages it is.
    static func parts(of text: String) -> (name: String, message: Int)? {
        let parts = text.split(separator: "/")
        guard parts.count == 2, let message = Int(parts[1]) else { return nil }
        return (String(parts[0]), message)
    }

    /// Whether the customer's network takes replies that it knows again when they come twice.
    var isOnShop: Bool { number % 3 == 0 }

    /// What the customer's network posts.
    func request(_ message: Int) throws -> WebRequest {
        switch number % 3 {
        case 0: try House.message(text(message), from: name, text(message))
        case 1: bot(message)
        default: phone(message)
        }
    }

    private func bot(_ message: Int) -> WebRequest {
        let id = JSON.integer(Int64(1000 + number))
        let update: JSON = [
            "update_id": .integer(Int64(message + 1)),
            "message": [
                "message_id": .integer(Int64(message + 1)), "date": 1_767_323_040, "text": .string(text(message)),
                "from": ["id": id, "is_bot": false, "first_name": .string(name)],
                "chat": ["id": id, "type": "private", "first_name": .string(name)],
            ],
        ]
        let word = HeaderField("x-telegram-bot-api-secret-token", House.botWord)
        return WebRequest("POST", "/channels/bot", headers: [word], json: update)
    }

    private func phone(_ message: Int) -> WebRequest {
        let from = JSON.string("4790000\(100 + number)")
        let value: JSON = [
            "messaging_product": "whatsapp", "metadata": ["phone_number_id": .string(House.phoneNumber)],
            "contacts": [["profile": ["name": .string(name)], "wa_id": from]],
            "messages": [
                [
                    "from": from, "id": .string("wamid.\(text(message))"), "timestamp": "1767323040", "type": "text",
                    "text": ["body": .string(text(message))],
                ]
            ],
        ]
        let body: JSON = [
            "object": "whatsapp_business_account",
            "entry": [["id": "102290129340398", "changes": [["field": "messages", "value": value]]]],
        ]
        return Signed.hub("/channels/phone", body.bytes)
    }
}
