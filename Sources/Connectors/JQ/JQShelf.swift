// The compiled programs of one thread, and the runs on them. Everything here happens on that thread.

import CJQ
import Model

/// Compiled programs by identity, the least recently used one falling off when there are too many.
final class JQShelf {
    private struct Entry {
        let state: JQState
        /// The marked program, once one was needed; `.some(nil)` when it does not compile.
        var traced: JQState??
        var lastUse: UInt64
    }

    private let programsMax: Int
    private var entries: [UInt64: Entry] = [:]
    private var uses: UInt64 = 0

    init(programsMax: Int) {
        self.programsMax = programsMax
    }

    func result(of program: JQProgram, _ work: JQJob.Work) -> Result<[JSON], JQError> {
        do throws(JQError) {
            let state = try state(of: program)
            switch work {
            case .check: return .success([])
            case .run(let input, let request, let now):
                return .success(
                    try run(program, on: state) { () throws(JQError) in
                        try self.value(input, request, now, for: program)
                    })
            }
        } catch { return .failure(error) }
    }

    private func state(of program: JQProgram) throws(JQError) -> JQState {
        if let defect = program.defect { throw defect }
        uses += 1
        if let index = entries.index(forKey: program.id) {
            entries.values[index].lastUse = uses
            return entries.values[index].state
        }
        do {
            let state = try JQState(program.wrapped, settings: program.settings)
            if entries.count >= programsMax, let oldest = entries.min(by: { $0.value.lastUse < $1.value.lastUse }) {
                entries[oldest.key] = nil
            }
            entries[program.id] = Entry(state: state, lastUse: uses)
            return state
        } catch { throw error.error(of: program) }
    }

    // MARK: - Runs

    /// `makeInput` is called again for the traced run, so that the first run owns its input alone and jq can change it
    /// in place.
    private func run(
        _ program: JQProgram, on state: JQState, _ makeInput: () throws(JQError) -> jv
    ) throws(JQError) -> [JSON] {
        let input = try makeInput()
        do { return try state.run(input) } catch {
            let line = error.isLimit ? nil : try lineOfFailure(program, makeInput)
            throw JQError(
                program: program.name, line: line, problem: error.problem, kind: error.isLimit ? .limit : .runtime)
        }
    }

    private func lineOfFailure(_ program: JQProgram, _ makeInput: () throws(JQError) -> jv) throws(JQError) -> Int? {
        let known = entries[program.id]?.traced
        let traced = known ?? (try? JQState(program.traced, settings: program.settings))
        entries[program.id]?.traced = .some(traced)
        guard let traced else { return nil }
        let input = try makeInput()
        do { _ = try traced.run(input) } catch { return error.line }
        return nil
    }

    /// The input as the wrapped program takes it.
    private func value(
        _ input: JQInput, _ request: JSON, _ now: Timestamp, for program: JQProgram
    ) throws(JQError) -> jv {
        let value: jv
        switch input {
        case .bytes(let bytes):
            let (read, failure) = JVReader.read(bytes)
            if let failure { throw JQError(program: program.name, problem: failure, kind: .input) }
            value = read
        case .json(let json): value = try make(json, "the input", program)
        }
        guard program.wantsContext else { return value }
        var context = jv_array_append(jv_array(), value)
        do { context = jv_array_append(context, try make(request, "$req", program)) } catch {
            jv_free(context)
            throw error
        }
        return jv_array_append(context, JSON.makeJV(now.rfc3339))
    }

    private func make(_ json: JSON, _ what: String, _ program: JQProgram) throws(JQError) -> jv {
        do { return try json.makeJV() } catch {
            throw JQError(program: program.name, problem: "\(what): \(error.problem)", kind: .input)
        }
    }
}
