// The routes of our API as a table: the router and the OpenAPI document are both made of it, so they can not differ.

import HTTPTypes
import Model

/// One call of the API.
struct APIRoute: Sendable {
    /// In place of a schema: the answer is a file.
    static let file = "file"

    struct Parameter: Sendable {
        enum Place: String, Sendable { case path, query, header }

        let name: String
        let place: Place
        let about: String
        let schema: JSON
        let isRequired: Bool

        init(_ name: String, _ place: Place, _ about: String, schema: JSON, required: Bool = false) {
            self.name = name
            self.place = place
            self.about = about
            self.schema = schema
            isRequired = required || place == .path
        }
    }

    let method: HTTPRequest.Method
    /// With `{name}` for parameters.
    let path: String
    let summary: String
    let scope: Scope
    let parameters: [Parameter]
    /// The schema of the request body by name; `nil`: there is none.
    let body: String?
    /// The longest body of a call that takes a file, bytes; `nil`: it takes none.
    var bytesMax: Int?
    /// The status and the schema by name when all goes well.
    let success: (status: HTTPResponse.Status, schema: String)
    /// Codes of the problems that this call may answer beyond those that all may.
    let problems: [(status: HTTPResponse.Status, codes: [String])]
    let handle: @Sendable (APICall) async throws -> APIAnswer
}

/// One call as it came in, its token known and its scope granted.
struct APICall: Sendable {
    let token: AccessToken
    let path: [String: String]
    let query: [String: String]
    let headers: [HTTPField.Name: String]
    let body: [UInt8]
    /// The correlation id of the call.
    let correlation: String

    /// A path parameter as an id of ours.
    /// - Throws: 404 when it has not the form of one.
    func id<Kind>(_ name: String, _ type: Identifier<Kind>.Type) throws -> Identifier<Kind> {
        guard let id = Identifier<Kind>(path[name] ?? "") else { throw Problem.notFound }
        return id
    }

    /// `limit`, 1 to 200, default 50.
    func limit() throws -> Int {
        guard let text = query["limit"] else { return 50 }
        guard let limit = Int(text), (1...200).contains(limit) else {
            throw Problem(.badRequest, "bad-parameter", "limit is a number from 1 to 200")
        }
        return limit
    }

    /// A query parameter as one of a few words; `nil` when it is not given.
    func choice<Choice: RawRepresentable & CaseIterable>(
        _ name: String, of type: Choice.Type
    ) throws -> Choice? where Choice.RawValue == String {
        guard let text = query[name] else { return nil }
        guard let choice = Choice(rawValue: text) else {
            let words = Choice.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(.badRequest, "bad-parameter", "\(name) is one of \(words)")
        }
        return choice
    }
}

/// What a call is answered.
struct APIAnswer: Sendable {
    let status: HTTPResponse.Status
    /// `null` when the answer is a file.
    let json: JSON
    let file: CarriedFile?

    init(_ json: JSON, status: HTTPResponse.Status = .ok) {
        self.status = status
        self.json = json
        file = nil
    }

    init(_ file: CarriedFile) {
        status = .ok
        json = .null
        self.file = file
    }
}
