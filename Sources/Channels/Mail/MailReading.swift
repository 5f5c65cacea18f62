// Mails are read and mapped beside the threads that everything else runs on: a large or hostile one takes its time.

import Dispatch
import Mail

/// Reads mails on threads of its own.
package struct MailReading: Sendable {
    private let queue = DispatchQueue(label: "samtal.mail", attributes: .concurrent)

    package init() {}

    /// Reads a mail and gives what is made of it, on such a thread too.
    func read<Value: Sendable>(_ bytes: [UInt8], _ made: @escaping @Sendable (ReadMail) -> Value) async -> Value {
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: made(MailReader.read(bytes))) }
        }
    }
}
