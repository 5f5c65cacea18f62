// Files on their way: what is fetched from one side and given to the other.

/// A file with its bytes.
package struct CarriedFile: Sendable, Hashable {
    package let name: String?
    /// Media type.
    package let type: String
    package let bytes: [UInt8]

    package init(name: String?, type: String, bytes: [UInt8]) {
        self.name = name
        self.type = type
        self.bytes = bytes
    }
}

/// Gives the files that one job may carry.
package protocol FileSource: Sendable {
    /// The file of this id; `nil`: the job has no such file.
    /// - Throws: when the store cannot be read.
    func file(_ id: String) async throws -> CarriedFile?
}

/// What came of fetching a file from where it lies.
package enum FileFetch: Sendable, Hashable {
    case fetched(CarriedFile)
    /// It never comes: gone, too large, of a type that is not taken. The text says why.
    case refused(String)
    /// It does not come as things are: nobody fetches there, or a credential is dead. No waiting helps.
    case unavailable(String)
    /// It may come later; `wait`: how long the other side asks to wait.
    case later(String, wait: Duration?)
}

/// Fetches files from the endpoint whose references they are.
package protocol FileFetching: Sendable {
    /// Fetches one file, whole.
    func fetch(_ file: FileReference, from origin: Endpoint) async -> FileFetch
}
