// Step 1 of the hallway as the connector sees it: one request, untouched.

package import Model

/// A request that came in for a connector.
package struct ReceivedRequest: Sendable {
    /// In upper case.
    package let method: String
    /// The path as it came, without the query.
    package let path: String
    /// What stands in the path behind the endpoint's name, percent-decoded; `nil`: nothing.
    package let pathSecret: String?
    /// The query as it came, without the question mark.
    package let rawQuery: String
    /// The query's parameters, decoded, in order; names may come again.
    package let query: [(name: String, value: String)]
    package let headers: [HeaderField]
    /// The body as it came.
    package let body: [UInt8]
    package let receivedAt: Timestamp

    package init(
        method: String, path: String, pathSecret: String? = nil, rawQuery: String = "", headers: [HeaderField],
        body: [UInt8], receivedAt: Timestamp
    ) {
        self.method = method
        self.path = path
        self.pathSecret = pathSecret
        self.rawQuery = rawQuery
        query = FormBody.pairs(lenient: rawQuery)
        self.headers = headers
        self.body = body
        self.receivedAt = receivedAt
    }

    /// The values of all header fields with this name (in lower case).
    func values(ofHeader name: String) -> [String] {
        headers.filter { $0.name == name }.map(\.value)
    }
}
