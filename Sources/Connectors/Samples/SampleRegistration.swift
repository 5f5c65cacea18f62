// A golden sample of a registration: the request that it makes.

import Model
import Transports

extension Connector {
    /// The request of a sample: `{"register": ID}`.
    func registrationRequest(_ sample: JSON, now: Timestamp) async throws -> HTTPRequest {
        let ids = registrations
        guard let id = sample["register"].string,
            let registration = boundRegistrations.first(where: { $0.declaration.id == id })
        else { throw SampleMistake(problem: "\"register\" must be one of: \(ids.joined(separator: ", "))") }
        return try await authorised(request(of: registration), key: "register \(id)", now: now).request
    }
}
