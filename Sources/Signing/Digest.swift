// Hashes and keyed hashes over OpenSSL 3. Step 2 of the hallway verifies with them, step 8 signs with them.

import COpenSSL

/// The hash functions of FIPS 180-4 that providers sign with. SHA-1 is here for old providers, and only for HMAC.
package enum HashAlgorithm: String, Sendable, CaseIterable {
    case sha1
    case sha224
    case sha256
    case sha384
    case sha512

    /// OpenSSL's own table entry; lives as long as the process.
    var evp: OpaquePointer {
        switch self {
        case .sha1: EVP_sha1()
        case .sha224: EVP_sha224()
        case .sha256: EVP_sha256()
        case .sha384: EVP_sha384()
        case .sha512: EVP_sha512()
        }
    }
}

/// Digests of whole messages that are in memory.
package enum Digest {
    /// The hash of `bytes`, 20 to 64 bytes long.
    package static func hash(_ algorithm: HashAlgorithm, _ bytes: [UInt8]) -> [UInt8] {
        collect { output, size in
            EVP_Digest(bytes, bytes.count, output, size, algorithm.evp, nil) == 1
        }
    }

    /// The keyed hash of `message` (RFC 2104). Any key length works, an empty one too; whether a key is long enough is
    /// for the caller to say.
    package static func hmac(_ algorithm: HashAlgorithm, key: [UInt8], _ message: [UInt8]) -> [UInt8] {
        collect { output, size in
            HMAC(algorithm.evp, key, Int32(key.count), message, message.count, output, size) != nil
        }
    }

    private static func collect(
        _ fill: (UnsafeMutablePointer<UInt8>, UnsafeMutablePointer<UInt32>) -> Bool
    ) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, count in
            var size: UInt32 = 0
            // OpenSSL fails here only when it has no memory or was built without the algorithm.
            guard let output = buffer.baseAddress, fill(output, &size) else {
                preconditionFailure("OpenSSL made no digest")
            }
            count = Int(size)
        }
    }
}

/// Whether both are the same bytes, in a time that tells nothing about where they differ. Different lengths are
/// unequal, and that is told at once: the length of a signature is no secret.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
