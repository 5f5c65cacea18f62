// A subscription begins when we call an address that a request brings along. Whoever could choose the address could
// make us call it, so the request is verified first and the hosts are listed.

import Model
import Transports

/// How an address of a request is called.
struct AddressConfirmation: Sendable {
    let method: String
    private let address: Part
    private let hosts: [Template]
    private let answer: Answer

    init?(_ fields: Fields, answer: Answer) {
        guard let address = fields.part("url") else { return nil }
        self.address = address
        self.answer = answer
        method = fields.string("method") ?? "POST"
        hosts = fields.strings("hosts").compactMap { try? Template($0) }
    }

    /// Calls the address with GET. Its outcome decides: the answer when it was taken, else the request has to come
    /// again.
    func reception(_ parts: inout RequestParts, through transport: any HTTPTransport) async -> Reception {
        do throws(RequestParts.Missing) {
            let settings = parts.settings
            guard let address = WebAddress(try parts.text(address)),
                address.isHTTPS(on: hosts.flatMap { $0.values(settings) })
            else { return .refused(status: 403, reason: "the address to confirm lies on a host that is not listed") }
            // The rest of the address is a credential.
            let request = HTTPRequest(
                method: "GET", url: address.text, headers: [], body: [], timeout: .seconds(10),
                redactedURL: address.origin)
            switch await transport.send(request) {
            case .response(let response) where (200..<300).contains(response.status): return .answered(answer)
            case .response(let response):
                return .postponed(.confirmation, reason: "\(address.origin) answers with status \(response.status)")
            case .failure(let failure):
                return .postponed(.confirmation, reason: "\(address.origin): \(failure.kind.rawValue)")
            }
        } catch {
            return .refused(status: 403, reason: error.reason)
        }
    }
}
