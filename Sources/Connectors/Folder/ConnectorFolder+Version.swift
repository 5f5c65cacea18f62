// Which files made an attempt: so that a person sees whether the connector was edited since.

import Signing

extension ConnectorFolder {
    /// How many hexadecimal digits of the digest are kept.
    private static let digits = 16

    /// The folder's name, `@`, and the beginning of the SHA-256 of what it says: the YAML file and the jq programs. Its
    /// samples and its README change nothing, so they do not count; nor do the settings of an endpoint.
    /// - Parameter programs: jq that stands in place of the folder's own.
    package func version(with programs: ProgramTexts) -> String {
        let texts = [yamlSource, programs.receive ?? receiveSource, programs.send ?? sendSource]
        let digests = texts.flatMap { Digest.hash(.sha256, Array($0.utf8)) }
        return "\(id)@\(BinaryText.hex.encode(Digest.hash(.sha256, digests)).prefix(Self.digits))"
    }
}
