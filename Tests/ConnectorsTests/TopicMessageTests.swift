import Model
import Signing
import Testing
import Transports

@testable import Connectors

@Suite("Messages of a topic, signed by its service")
struct TopicMessageTests {
    private static let topic = "arn:aws:sns:eu-west-1:123456789012:desk"
    private static let receive = """
          verify:
            - {scheme: aws_sns, topics: ["{settings.secret}"]}
          handshake:
            - scheme: confirm_url
              when: {"body:.Type": SubscriptionConfirmation}
              url: "body:.SubscribeURL"
              hosts: [sns.eu-west-1.amazonaws.com]
        """
    private static let certificate = HTTPOutcome.answer(200, TestSigners.certificate)
    private static let address = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-01d088.pem"
    private static let notification: [String: JSON] = [
        "Type": "Notification", "Message": #"{"hello":"wörld"}"#, "Subject": "S", "TopicArn": .string(topic),
        "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324", "Timestamp": "2023-11-14T22:13:00.123Z",
        "SignatureVersion": "2", "SigningCertURL": .string(address),
    ]
    private static let subscription = notification.merging([
        "Type": "SubscriptionConfirmation", "Token": "2336412f37", "Subject": .null,
        "SubscribeURL": "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37",
    ]) { $1 }

    /// The message with a signature of its own, SHA-256.
    private static func signed(_ message: [String: JSON], key: String = TestSigners.rsa) throws -> String {
        let isNotification = message["Type"] == "Notification"
        let names =
            isNotification
            ? ["Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"]
            : ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        let text = names.compactMap { name in message[name]?.string.map { "\(name)\n\($0)\n" } }.joined()
        let signature = try JWSSigner(.rs256, key: Array(key.utf8)).signature(of: Array(text.utf8))
        return JSON.object(message).adding(["Signature": .string(BinaryText.base64.encode(signature))]).text
    }

    private func connector(_ transport: any HTTPTransport) throws -> Connector {
        try ConnectorHarness(receive: Self.receive, settings: "secret: {about: The topic}", jq: "empty")
            .connector(["secret": [Self.topic]], through: transport)
    }

    /// What becomes of one body, and what was asked for its sake.
    private func reception(
        _ body: String, _ answers: [HTTPOutcome] = [certificate], at time: Timestamp = ConnectorHarness.now
    ) async throws -> (Reception, [String]) {
        let transport = ScriptedTransport(answers)
        let reception = await (try connector(transport)).receive(.post(body, at: time))
        return (reception, transport.requests.map(\.url))
    }

    @Test("A message passes by the certificate of its service, which is fetched once")
    func passes() async throws {
        let transport = ScriptedTransport([Self.certificate])
        let connector = try connector(transport)
        let bodies = [Self.notification, Self.notification.merging(["Subject": .null]) { $1 }]
        for message in bodies {
            #expect(await connector.receive(.post(try Self.signed(message))).events == [])
        }
        #expect(transport.requests.map(\.url) == [Self.address])
    }

    @Test("The first version of the signature is taken too")
    func firstVersion() async throws {
        let signature =
            "ITns0HOLo13AYI+IcpnkyrZ8VlISwiyVEIbAPs5upxX+7BtKOnx8PnlBC9OnCbGmnhfy+fKCSeJIVFz4As9Us8rMIP/svdtZ"
            + "9SX0UgVKB36TYsJsXa6I7MERDpa5z+lMolrBKawxCSzgiLBwwugJQodn/MHX8qvAeMw3KfdQiEJGeub4yzM8GiKGG9vm3WEU"
            + "YiZXpQ41T9EptR7xb4YKskMqf7cT8KfWnApAUJl1z8Q4qEPZQzSyRCrjPKx0GkpcK043PRod4PDx2UqcLOK+8syeNFwvp+qR"
            + "rk+QZkhuBD5jPMPYM1RO9Xo2Nl0hCC512KJuVnBmQiHCMprSt2u4sQ=="

        let message = Self.notification.merging(["SignatureVersion": "1", "Signature": .string(signature)]) { $1 }
        #expect(try await reception(JSON.object(message).text).0.events == [])
        let other = message.merging(["SignatureVersion": "2"]) { $1 }
        #expect(try await reception(JSON.object(other).text).0.refusal == "signature does not match")
    }

    @Test(
        "A message of which something was changed after it was signed is refused",
        arguments: ["Message", "MessageId", "Subject", "Timestamp"])
    func changed(member: String) async throws {
        let body = try JSON(parsing: try Self.signed(Self.notification))
        let other: JSON = member == "Timestamp" ? "2023-11-14T22:13:01.123Z" : "x"
        #expect(try await reception(body.adding([member: other]).text).0.refusal == "signature does not match")
        let without = try await reception(body.adding([member: .null]).text).0.refusal
        #expect(without == (member == "Subject" ? "signature does not match" : "body member .\(member) is missing"))
    }

    @Test(
        "A message that cannot pass is refused, and makes us ask nobody",
        arguments: [
            (["TopicArn": "arn:aws:sns:eu-west-1:123456789012:other"], "the topic is not one of those that are taken"),
            (["Type": "Other"], "the message is of an unknown type"),
            (["Timestamp": "2023-11-13T22:13:19Z"], "the message is too old"),
            (["Timestamp": "2023-11-14T22:18:21Z"], "the message is from the future"),
            (["Timestamp": "yesterday"], "the message's time cannot be read"),
            (["SignatureVersion": "3"], "the signature's version is unknown"),
            (["Message": ["a"]], "body member .Message is neither text nor digits"),
        ] as [([String: JSON], String)])
    func hopeless(change: [String: JSON], reason: String) async throws {
        let body = try Self.signed(Self.notification.merging(change) { $1 })
        let (reception, asked) = try await reception(body)
        #expect(reception.refusal == reason)
        #expect(asked.isEmpty)
    }

    @Test(
        "A certificate that lies elsewhere than at the topic's own service is not fetched",
        arguments: [
            "http://sns.eu-west-1.amazonaws.com/a.pem", "https://sns.us-east-1.amazonaws.com/a.pem",
            "https://sns.s3-eu-west-1.amazonaws.com/a.pem", "https://sns.eu-west-1.amazonaws.com.evil.com/a.pem",
            "https://sns.eu-west-1.amazonaws.com.cn/a.pem", "https://evil.com/sns.eu-west-1.amazonaws.com/a.pem",
            "https://sns.eu-west-1.amazonaws.com@evil.com/a.pem", "https://sns.eu-west-1.amazonaws.com:444/a.pem",
            "https://sns.eu-west-1.amazonaws.com/a", "https://sns.eu-west-1.amazonaws.com/a?b.pem",
            "https://sns.eu-west-1.amazonaws.com/a.pem#x", "",
        ])
    func elsewhere(address: String) async throws {
        let body = try Self.signed(Self.notification.merging(["SigningCertURL": .string(address)]) { $1 })
        let (reception, asked) = try await reception(body)
        #expect(reception.refusal == "the certificate lies elsewhere than at the topic's service")
        #expect(asked.isEmpty)
    }

    @Test("A signature of another key, cut short, missing or of no base64 is refused, and so is an old certificate")
    func wrongKey() async throws {
        let stranger = try Self.signed(Self.notification, key: TestSigners.stranger)
        #expect(try await reception(stranger).0.refusal == "signature does not match")
        let right = try JSON(parsing: try Self.signed(Self.notification))
        let cut = String(try #require(right["Signature"].string).dropLast(4))
        for (signature, reason) in [
            (JSON.string(cut), "signature does not match"), ("?", "signature is not base64"),
            (.null, "body member .Signature is missing"),
        ] {
            #expect(try await reception(right.adding(["Signature": signature]).text).0.refusal == reason)
        }
        let late = Timestamp(milliseconds: 2_500_000_000_000)
        let message = Self.notification.merging(["Timestamp": .string(late.rfc3339)]) { $1 }
        #expect(try await reception(try Self.signed(message), at: late).0.refusal == "the certificate is not valid now")
    }

    @Test("A certificate that cannot be had leaves the message undecided", arguments: [404, 200])
    func unavailable(status: Int) async throws {
        guard case .postponed(.keys, _) = try await reception(try Self.signed(Self.notification), [.answer(status)]).0
        else {
            Issue.record("expected that it must come again")
            return
        }
    }

    @Test("A subscription is confirmed at the address that the signed message names")
    func confirmed() async throws {
        let (reception, asked) = try await reception(
            try Self.signed(Self.subscription), [Self.certificate, .answer(200, "<Confirmed/>")])
        guard case .answered(let answer) = reception else {
            Issue.record("expected an answer")
            return
        }
        #expect(answer == Answer(status: 200, contentType: "text/plain", body: []))
        #expect(
            asked == [Self.address, "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&Token=2336412f37"])
    }

    @Test("What asks for a confirmation without a right signature makes no call")
    func unsigned() async throws {
        let body = try Self.signed(Self.subscription, key: TestSigners.stranger)
        let (reception, asked) = try await reception(body, [Self.certificate, .answer(200)])
        #expect(reception.refusal == "signature does not match")
        #expect(asked == [Self.address])
    }

    @Test("Of a member that stands there twice the one that was verified is the one that is mapped")
    func doubled() async throws {
        let jq = #"{kind: "notice", id: .MessageId, fields: {said: .Message}}"#
        let harness = try ConnectorHarness(receive: Self.receive, settings: "secret: {about: The topic}", jq: jq)
        let right = try Self.signed(Self.notification)
        for body in [#"{"Message":"forged",\#(right.dropFirst())"#, #"\#(right.dropLast()),"Message":"forged"}"#] {
            let connector = try harness.connector(
                ["secret": [Self.topic]], through: ScriptedTransport([Self.certificate]))
            let reception = await connector.receive(.post(body))
            let said = reception.events?.first?.fields?["said"]
            #expect(said == Self.notification["Message"] || reception.refusal == "signature does not match")
            #expect(said != "forged")
        }
        #expect(try await reception(String(right.dropLast(9))).0.refusal == "the body is not json")
    }
}
