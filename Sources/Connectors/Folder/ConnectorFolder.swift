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
    /// What a reply may be; of public ones when ``publicLimits`` is `nil`.
    package let limits: ReplyLimits
    /// What a public reply may be; `nil`: the same as any other.
    let publicLimits: ReplyLimits?
    /// How often the endpoint may be sent to.
    package let rates: [RateLimit]
    /// Allowances that answers tell of.
    let gauges: [GaugeRule]
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
    /// In the order of the file.
    let streams: [StreamDeclaration]
    /// In the order of the file.
    let registrations: [RegisterDeclaration]
    /// How files are fetched; `nil`: they are not.
    let files: FilesDeclaration?
    /// How the CRM is asked which tickets it has; `nil`: it is not.
    let reconcile: ReconcileDeclaration?
    /// The text of the YAML file.
    let yamlSource: String
    /// The text of receive.jq; empty when there is no `receive` and no `poll`.
    let receiveSource: String
    /// The text of send.jq; empty when there is no `send`.
    let sendSource: String

    /// Whether it takes requests.
    package var receives: Bool { receive != nil }
    /// Whether it makes requests.
    package var sends: Bool { send != nil }
    /// Whether it can tell the other side where to call us.
    package var registers: Bool { !registrations.isEmpty }
    /// For a contract: the types of events that it wants, in the order of the vocabulary.
    package var events: [ContractEventType] {
        let names = send?.events ?? []
        return ContractEventType.allCases.filter { names.contains("*") || names.contains($0.rawValue) }
    }
    /// The path of the YAML file.
    package var file: String { "\(path)/\(side.fileName)" }
}
