// The two wings share one language; a side says which one a folder faces.

package import Model

/// Which way a connector faces.
package enum ConnectorSide: String, Sendable, CaseIterable {
    /// A customer channel.
    case adapter
    /// A CRM.
    case contract

    /// The file that describes a connector of this side.
    package var fileName: String { "\(rawValue).yaml" }

    /// The folder in which connectors of this side lie.
    package var folderName: String { "\(rawValue)s" }

    /// What an endpoint with such a connector is called.
    package var endpoint: Endpoint.Side { self == .adapter ? .channel : .contract }

    /// The version of the language that this program reads.
    package static let version: Int64 = 1
}
