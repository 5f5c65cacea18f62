// Who may write, where one of many may.

/// That a node holds a lease: shown by whoever writes under it.
package struct LeaseClaim: Sendable, Hashable {
    /// What the lease is for, as in `poll channel:shop/news`.
    package let name: String
    /// The node, by the name that this run of it has.
    package let holder: String
    /// The fencing token: greater with every claim of this lease, and never the same again.
    package let token: Int64

    package init(name: String, holder: String, token: Int64) {
        self.name = name
        self.holder = holder
        self.token = token
    }
}
