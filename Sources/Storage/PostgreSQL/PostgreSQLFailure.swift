// What may go wrong between us and PostgreSQL, and what follows from it.

import CPostgres

/// A failure of a statement or of the connection. Its text holds no value of any row.
struct PostgreSQLFailure: Error, Equatable {
    enum Kind: Equatable {
        /// The connection is gone.
        case lost
        /// Another transaction came between: the unit may be run again.
        case again
        /// A constraint refused the change; another transaction may have been first.
        case conflict
        /// A value that the server cannot hold: too long for an index, or no text. It will never take it.
        case refused
        /// The server has no room or refuses work for now.
        case unavailable
        /// The statement is wrong for this schema.
        case wrong
    }

    let kind: Kind
    let text: String

    init(_ kind: Kind, _ text: String) {
        self.kind = kind
        self.text = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    }

    /// Reads the error fields of a result; the detail names values of rows and is left out.
    init(of result: OpaquePointer, isLost: Bool) {
        func field(_ code: Character) -> String {
            guard let value = code.asciiValue, let text = PQresultErrorField(result, Int32(value)) else { return "" }
            return String(cString: text)
        }
        // PG_DIAG_SQLSTATE, PG_DIAG_MESSAGE_PRIMARY
        let (state, message) = (field("C"), field("M"))
        let text = state.isEmpty ? String(cString: PQresultErrorMessage(result)) : "PostgreSQL \(state): \(message)"
        self.init(isLost ? .lost : Self.kind(of: state), text)
    }

    /// https://www.postgresql.org/docs/15/errcodes-appendix.html
    private static func kind(of state: String) -> Kind {
        switch state {
        // Serialization failure, deadlock, lock not to be had.
        case "40001", "40P01", "55P03": return .again
        // The server goes down or ends this session, also one that stood idle within a transaction.
        case "57P01", "57P02", "57P03", "25P03": return .lost
        // It has become a standby, or is not the primary yet: another one may be.
        case "25006", "0A000": return .lost
        // libpq's own word that nobody answers.
        case "": return .lost
        default: break
        }
        switch state.prefix(2) {
        case "08": return .lost
        case "23": return .conflict
        case "22", "54": return .refused
        case "53", "57", "58": return .unavailable
        default: return .wrong
        }
    }
}

extension StoreError {
    init(_ failure: PostgreSQLFailure) {
        switch failure.kind {
        case .conflict, .refused: self.init(.conflict, failure.text)
        case .lost, .again, .unavailable: self.init(.unavailable, failure.text)
        case .wrong: self.init(.corrupt, failure.text)
        }
    }
}
