// Who we talk to, and how an address on a network is tied to them.

/// A human being. Facts here are what the networks told; the CRM's facts are kept apart.
package struct Person: Sendable, Hashable {
    package let id: PersonID
    package var name: String?
    package var handle: String?
    package var phone: String?
    package var email: String?

    package init(id: PersonID, name: String?, handle: String?, phone: String?, email: String?) {
        self.id = id
        self.name = name
        self.handle = handle
        self.phone = phone
        self.email = email
    }

    /// As the API and the events show a person.
    package var json: JSON {
        .members([
            "id": .string(id.text), "name": JSON(name), "handle": JSON(handle), "phone": JSON(phone),
            "email": JSON(email),
        ])
    }
}

/// One address of a person on one network.
package struct Identity: Sendable, Hashable {
    package let id: IdentityID
    /// The kind of network: the adapter's id.
    package let network: String
    /// Within what the address is unique: the channel, unless the network's addresses mean the same everywhere.
    package let scope: String
    package let address: String

    package init(id: IdentityID, network: String, scope: String, address: String) {
        self.id = id
        self.network = network
        self.scope = scope
        self.address = address
    }
}

/// How sure a link identity → person is.
package enum LinkStrength: String, Sendable, CaseIterable {
    case verified
    case probable
    case suggested
}
