// A connector's folder, read and checked: everything that does not depend on the settings of one endpoint.

package import Model

/// A folder under adapters/ or contracts/.
package struct ConnectorFolder: Sendable {
    /// The folder's path as the caller named it; errors begin with it.
    package let path: String
    package let side: ConnectorSide
    /// The folder's name.
    package let id: String
    package let title: String
    /// Where the API is described; `nil`: not said.
    package let docs: String?
    /// In the order of the file.
    package let settings: [SettingDeclaration]
    /// The longest text; `nil`: no limit.
    package let textLimit: TextLimit?
    /// How long after the person last wrote a reply may be sent; `nil`: for ever.
    package let window: Duration?
    /// Deliveries at one time, at least 1.
    package let parallel: Int
    package let capabilities: Capabilities
    /// The tables that every program sees as `$vocab`: an object of objects.
    let vocab: JSON
    let receive: ReceiveDeclaration?
    let send: SendDeclaration?
    /// By name.
    let auths: [String: AuthScheme]
    let errors: [ErrorRule]
    /// Look-ups by name.
    let calls: [String: CallDeclaration]
    /// In the order of the file.
    let polls: [PollDeclaration]
    /// How files are fetched; `nil`: they are not.
    let files: FilesDeclaration?
    /// The text of receive.jq; empty when there is no `receive` and no `poll`.
    let receiveSource: String
    /// The text of send.jq; empty when there is no `send`.
    let sendSource: String

    /// Whether it takes requests.
    package var receives: Bool { receive != nil }
    /// Whether it makes requests.
    package var sends: Bool { send != nil }
    /// For a contract: the types of events that it wants, in the order of the vocabulary.
    package var events: [ContractEventType] {
        let names = send?.events ?? []
        return ContractEventType.allCases.filter { names.contains("*") || names.contains($0.rawValue) }
    }
    /// The path of the YAML file.
    package var file: String { "\(path)/\(side.fileName)" }
}
