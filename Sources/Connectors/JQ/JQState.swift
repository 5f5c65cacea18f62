// One compiled program. A jq_state belongs to one thread at a time; the type is not Sendable, so it stays on the thread
// that made it.

import CJQ
import Model

/// Owns a jq_state with one program in it.
final class JQState {
    /// How many outputs one run may give.
    static let outputsMax = 10_000

    /// Why a run ended early.
    struct Failure: Error {
        let problem: String
        let isLimit: Bool
        /// The line of the last mark of a traced program.
        let line: Int?
    }

    /// What libjq tells through its callbacks, each of which takes over the value it is given.
    private final class Notes {
        var complaints: [String] = []
        var line: Int?
    }

    private var state: OpaquePointer?
    private let notes = Notes()

    /// Compiles `text`, which takes 25 to 60 ms. `settings` is bound as `$settings`, `$vocab` and `$self`.
    init(_ text: String, settings: JQBindings) throws(JQComplaints) {
        let names = try settings.makeJV()
        state = jq_init()
        let notes = Unmanaged.passUnretained(self.notes).toOpaque()
        // Without this callback libjq writes to the standard error.
        jq_set_error_cb(state, { notes, message in JQState.note(message, in: notes) }, notes)
        jq_set_debug_cb(state, { notes, message in JQState.mark(message, in: notes) }, notes)
        guard jq_compile_args(state, text, names) != 0 else {
            throw JQComplaints(texts: self.notes.complaints)
        }
    }

    deinit {
        jq_teardown(&state)
    }

    /// Runs the program on one value and gives all its outputs.
    func run(_ owned: jv) throws(Failure) -> [JSON] {
        notes.line = nil
        jq_start(state, owned, 0)
        var outputs: [JSON] = []
        while true {
            let output = jq_next(state)
            defer { jv_free(output) }
            guard jv_get_kind(output) != JV_KIND_INVALID else {
                if jv_invalid_has_msg(jv_copy(output)) == 0 { return outputs }
                throw Failure(problem: Self.message(of: output), isLimit: false, line: notes.line)
            }
            guard outputs.count < Self.outputsMax else {
                throw Failure(problem: "more than \(Self.outputsMax) outputs", isLimit: true, line: nil)
            }
            do { outputs.append(try JSON(reading: output)) } catch {
                throw Failure(problem: error.problem, isLimit: error.isLimit, line: nil)
            }
        }
    }

    /// The longest text of an error, in characters: a program may raise the whole message that it works on.
    private static let messageMax = 300

    private static func message(of invalid: jv) -> String {
        let message = jv_invalid_get_msg(jv_copy(invalid))
        defer { jv_free(message) }
        guard let value = try? JSON(reading: message) else { return "an error that is no JSON" }
        return String((value.string ?? value.text).prefix(messageMax))
    }

    // MARK: - Callbacks

    private static func note(_ owned: jv, in notes: UnsafeMutableRawPointer?) {
        let message = jq_format_error(owned)
        defer { jv_free(message) }
        guard let notes, let value = try? JSON(reading: message), let text = value.string else { return }
        Unmanaged<Notes>.fromOpaque(notes).takeUnretainedValue().complaints.append(text)
    }

    private static func mark(_ owned: jv, in notes: UnsafeMutableRawPointer?) {
        defer { jv_free(owned) }
        guard let notes, jv_get_kind(owned) == JV_KIND_NUMBER else { return }
        Unmanaged<Notes>.fromOpaque(notes).takeUnretainedValue().line = Int(jv_number_value(owned))
    }
}
