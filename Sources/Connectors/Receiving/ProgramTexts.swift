// One endpoint may map otherwise than its folder does.

/// jq out of samtal.yaml that stands in place of a folder's programs.
package struct ProgramTexts: Sendable, Hashable {
    /// In place of receive.jq; `nil`: the folder's own.
    package let receive: String?
    /// In place of send.jq; `nil`: the folder's own.
    package let send: String?

    package init(receive: String? = nil, send: String? = nil) {
        self.receive = receive
        self.send = send
    }
}
