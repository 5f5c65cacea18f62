// What goes into the samples of a new connector's folder; what comes out is written by running them.

extension ScaffoldTexts {
    static let settings = """
        settings:
          secret: sample-secret
          token: sample-token
        now: 2026-01-02T03:04:05Z

        """

    /// Bodies of requests that come in, by the sample's name.
    static func bodies(_ side: ConnectorSide) -> [String: String] {
        side == .adapter ? adapterBodies : contractBodies
    }

    private static let hello =
        #"{"id":"m1","chat":"c1","from":{"id":"u1","name":"Ada"},"text":"Hello","time":1767323040}"#
    private static let picture =
        #"{"id":"m2","chat":"c1","from":{"id":"u1","name":"Ada"},"files":[{"url":"https://files.example.com/1","name":"#
        + #""a.png","type":"image/png"}],"time":1767323041}"#

    private static let adapterBodies = [
        "message": "{\"messages\":[\(hello)]}",
        "attachment": "{\"messages\":[\(picture)]}",
        "batch": "{\"messages\":[\(hello),\(picture)]}",
        "duplicate": "{\"messages\":[\(hello),\(hello)]}",
        "malformed": "{\"messages\":[",
    ]

    private static let comment =
        #"{"id":"k1","ticket":"17","public":true,"text":"Which one?","author":{"id":"a1","name":"Kim"},"#
        + #""time":1767323040}"#
    private static let note =
        #"{"id":"k2","ticket":"17","public":false,"text":"Called.","author":{"id":"a1","name":"Kim"},"#
        + #""time":1767323041}"#

    private static let contractBodies = [
        "message": "{\"comments\":[\(comment)]}",
        "note": "{\"comments\":[\(note)]}",
        "batch": "{\"comments\":[\(comment),\(note)]}",
        "duplicate": "{\"comments\":[\(comment),\(comment)]}",
        "malformed": "{\"comments\":[",
    ]

    /// Answers of the other side.
    static let answers = [
        "ok": "HTTP/1.1 201 Created\nContent-Type: application/json\n\n{\"id\":\"r1\",\"ticket\":\"17\"}\n",
        "rate-limit": "HTTP/1.1 429 Too Many Requests\nRetry-After: 30\n\n",
        "refused": "HTTP/1.1 400 Bad Request\nContent-Type: application/json\n\n{\"error\":\"too short\"}\n",
    ]

    static let adapterJobs = [
        "reply": """
        {
          "action": "reply",
          "text": "Which order is it?",
          "thread": "c1",
          "reply_to": "m1",
          "context": null,
          "visibility": "private",
          "author": {"name": "Kim"},
          "to": {"id": "u1", "name": "Ada"},
          "part": 1,
          "parts": 1,
          "conversation": "con_06dvb7r2f4abcdefghjkmnpqrs",
          "message": "msg_06dvb7r2f4abcdefghjkmnpqrs",
          "key": "dlv_06dvb7r2f4abcdefghjkmnpqrs"
        }

        """
    ]

    static let contractJobs = [
        "new-ticket": contractJob(ticket: "null"),
        "known-ticket": contractJob(ticket: #"{"id": "17", "url": null, "context": null}"#),
    ]

    private static func contractJob(ticket: String) -> String {
        """
        {
          "event": {
            "specversion": "1.0",
            "id": "dlv_06dvb7r2f4abcdefghjkmnpqrs",
            "source": "https://samtal.example.com",
            "type": "samtal.message.received",
            "subject": "con_06dvb7r2f4abcdefghjkmnpqrs",
            "time": "2026-01-02T03:04:05.000Z",
            "data": {"message": {"text": "Hello, my order is late"}}
          },
          "ticket": \(ticket),
          "key": "dlv_06dvb7r2f4abcdefghjkmnpqrs"
        }

        """
    }
}
