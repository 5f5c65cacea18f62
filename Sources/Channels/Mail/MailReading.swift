// Mails are read beside the threads that everything else runs on: a large one takes its time.

import Dispatch
package import Mail

/// Reads mails on threads of its own.
package struct MailReading: Sendable {
    private let queue = DispatchQueue(label: "samtal.mail", attributes: .concurrent)

    package init() {}

    package func read(_ bytes: [UInt8]) async -> ReadMail {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: MailReader.read(bytes)) }
        }
    }
}
