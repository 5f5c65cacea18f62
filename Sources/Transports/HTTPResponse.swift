// An answer, whole and in memory.

package import Model

/// The final answer to a request; interim ones (1xx) are passed over, redirects are not followed.
package struct HTTPResponse: Sendable {
    /// 200 to 599, whatever the other side says.
    package let status: Int
    /// In order; names in lower case; trailers at the end.
    package let headers: [HeaderField]
    /// The content without transfer or content coding; empty for `HEAD`.
    package let body: [UInt8]

    package init(status: Int, headers: [HeaderField], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
