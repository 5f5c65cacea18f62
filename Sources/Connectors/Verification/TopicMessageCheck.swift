// The aws_sns scheme: a message of a topic, signed over some of its members with a key whose certificate the service
// shows at an address that stands in the message
// (https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html).

import Model
import Signing

/// An aws_sns block with the endpoint's settings.
struct TopicMessageCheck: Sendable {
    /// How far in the future a message may be.
    private static let skew = Duration.seconds(300)

    /// The topics that are taken, by their ARN.
    private let topics: [String]
    /// How old a message may be.
    private let tolerance: Duration

    init(_ fields: Fields, settings: [String: [String]]) {
        topics = fields.strings("topics").compactMap { try? Template($0) }.flatMap { $0.values(settings) }
            .filter { !$0.isEmpty }
        tolerance = fields.duration("tolerance") ?? .seconds(86_400)
    }

    /// Whether its settings are given.
    var isSet: Bool { !topics.isEmpty }

    /// Whether the service signed the members that `signedMembers` names; it signs no others.
    func finding(of parts: inout RequestParts, by ring: KeyRing) async -> Finding {
        do throws(RequestParts.Missing) {
            let names = try signedMembers(&parts)
            let topic = try text("TopicArn", &parts)
            guard topics.contains(topic) else { return .refused("the topic is not one of those that are taken") }
            if let reason = untimely(try text("Timestamp", &parts), at: parts.request.receivedAt) {
                return .refused(reason)
            }
            let version = try text("SignatureVersion", &parts)
            guard let hash = (["1": .sha1, "2": .sha256] as [String: HashAlgorithm])[version] else {
                return .refused("the signature's version is unknown")
            }
            guard let signature = BinaryText.base64.decode(try text("Signature", &parts)) else {
                return .refused("signature is not base64")
            }
            guard let address = Self.certificateAddress(try text("SigningCertURL", &parts), of: topic) else {
                return .refused("the certificate lies elsewhere than at the topic's service")
            }
            var message: [UInt8] = []
            for name in names { message += Array("\(name)\n\(try text(name, &parts))\n".utf8) }
            let certificate: [UInt8]
            do throws(KeyRing.Unavailable) {
                certificate = try await ring.certificate(at: address)
            } catch {
                return .undecided(error.reason)
            }
            guard let key = PublicKey(certificate: certificate, at: parts.request.receivedAt) else {
                return .refused("the certificate is not valid now")
            }
            return key.verifies(signature, of: message, by: .rsaPKCS1(hash))
                ? .passed : .refused("signature does not match")
        } catch {
            return .refused(error.reason)
        }
    }

    private func text(_ name: String, _ parts: inout RequestParts) throws(RequestParts.Missing) -> String {
        try parts.text(.member([name]))
    }

    /// The members that are signed, in their order.
    private func signedMembers(_ parts: inout RequestParts) throws(RequestParts.Missing) -> [String] {
        switch try text("Type", &parts) {
        case "Notification":
            let subject = parts.isPresent(.member(["Subject"])) ? ["Subject"] : []
            return ["Message", "MessageId"] + subject + ["Timestamp", "TopicArn", "Type"]
        case "SubscriptionConfirmation", "UnsubscribeConfirmation":
            return ["Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"]
        default: throw RequestParts.Missing(reason: "the message is of an unknown type", isAbsent: false)
        }
    }

    private func untimely(_ text: String, at now: Timestamp) -> String? {
        guard let time = Timestamp(rfc3339: text) else { return "the message's time cannot be read" }
        let age = now - time
        if age > tolerance { return "the message is too old" }
        return age < .zero - Self.skew ? "the message is from the future" : nil
    }

    /// The certificate's address when it lies at the service of the topic's own region. A looser rule would let in
    /// whoever can put a file on some host of the same provider.
    private static func certificateAddress(_ text: String, of topic: String) -> WebAddress? {
        let words = topic.split(separator: ":", omittingEmptySubsequences: false)
        guard words.count == 6, words[0] == "arn", words[2] == "sns", let address = WebAddress(text),
            address.query == nil, address.path.hasSuffix(".pem")
        else { return nil }
        let domain = words[1] == "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com"
        return address.isHTTPS(on: ["sns.\(words[3]).\(domain)"]) ? address : nil
    }
}
