// The seam between the queries, written once, and the engines, of which there are two.

package import Model

/// One transaction on one connection. Queries are written in portable SQL with `?` for values, in order.
/// It is used inside one synchronous closure and never leaves it.
package protocol Transaction: AnyObject {
    /// Runs a statement that returns no rows.
    /// - Returns: how many rows it changed.
    @discardableResult
    func run(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Int

    /// Runs a statement and returns all of its rows.
    func rows(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> [Row]

    /// What this engine's SQL needs beside the portable one.
    var dialect: Dialect { get }

    /// The first failure of a statement. It ends the unit: whatever the unit makes of it, nothing of it is committed.
    var failure: StoreError? { get }

    /// Which row of an account this transaction adds to: those that commit side by side have different ones.
    var slot: Int64 { get }

    /// Waits until no other unit holds any of these; they are held until the transaction ends. What is read after that
    /// is what the others committed.
    /// - Returns: whether others may have changed what was read before.
    @discardableResult
    func lock(_ names: [LockName]) throws(StoreError) -> Bool

    /// Raises `signal` once this transaction is committed; never when it is rolled back.
    func raise(_ signal: StoreSignal)

    /// Adds to the running account of an endpoint, as part of this transaction.
    /// - Parameter reason: one of few, never a text that others write; `nil`: the counter needs none.
    func count(_ counter: Counter, because reason: String?, by amount: Int64, of endpoint: Endpoint)
}

extension Transaction {
    /// Adds to a counter that needs no reason.
    package func count(_ counter: Counter, by amount: Int64, of endpoint: Endpoint) {
        count(counter, because: nil, by: amount, of: endpoint)
    }

    /// The first row, if there is one.
    package func row(_ sql: String, _ values: [SQLValue]) throws(StoreError) -> Row? {
        try rows(sql, values).first
    }
}

/// What waits in the house for something in the store.
package enum StoreSignal: Sendable, CaseIterable {
    /// A delivery was added, or a lane may be claimed again.
    case deliveries
    /// A file was spoken of that is not here.
    case files
}

/// A value as SQL has it.
package enum SQLValue: Sendable, Hashable {
    case null
    case integer(Int64)
    case text(String)
    case bytes([UInt8])

    package static func optional(_ text: String?) -> SQLValue { text.map { .text($0) } ?? .null }
    package static func optional(_ time: Timestamp?) -> SQLValue { time.map { .integer($0.milliseconds) } ?? .null }
    package static func optional(_ number: Int64?) -> SQLValue { number.map { .integer($0) } ?? .null }
    package static func optional(_ json: JSON?) -> SQLValue { json.map { .text($0.text) } ?? .null }
    package static func time(_ time: Timestamp) -> SQLValue { .integer(time.milliseconds) }
    package static func json(_ json: JSON) -> SQLValue { .text(json.text) }
    package static func id<Kind>(_ id: Identifier<Kind>) -> SQLValue { .text(id.text) }
    package static func id<Kind>(_ id: Identifier<Kind>?) -> SQLValue { id.map { .text($0.text) } ?? .null }
}

extension SQLValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral {
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
}

/// One row of a result; columns are read by position, in the order that the statement names them.
package struct Row: Sendable, Equatable {
    private let values: [SQLValue]

    package init(_ values: [SQLValue]) {
        self.values = values
    }

    /// All values, in order.
    var all: [SQLValue] { values }

    /// The text of a column that the schema says is there.
    package func text(_ index: Int) throws(StoreError) -> String {
        guard case .text(let text) = values[index] else { throw unexpected(index, "text") }
        return text
    }

    package func integer(_ index: Int) throws(StoreError) -> Int64 {
        guard case .integer(let number) = values[index] else { throw unexpected(index, "an integer") }
        return number
    }

    package func bytes(_ index: Int) throws(StoreError) -> [UInt8] {
        switch values[index] {
        case .bytes(let bytes): return bytes
        case .text(let text): return Array(text.utf8)
        default: throw unexpected(index, "bytes")
        }
    }

    package func optionalText(_ index: Int) -> String? {
        if case .text(let text) = values[index] { text } else { nil }
    }

    package func optionalInteger(_ index: Int) -> Int64? {
        if case .integer(let number) = values[index] { number } else { nil }
    }

    package func time(_ index: Int) throws(StoreError) -> Timestamp {
        Timestamp(milliseconds: try integer(index))
    }

    package func optionalTime(_ index: Int) -> Timestamp? {
        optionalInteger(index).map { Timestamp(milliseconds: $0) }
    }

    package func id<Kind>(_ index: Int, _ kind: Identifier<Kind>.Type) throws(StoreError) -> Identifier<Kind> {
        Identifier(stored: try text(index))
    }

    package func optionalID<Kind>(_ index: Int, _ kind: Identifier<Kind>.Type) -> Identifier<Kind>? {
        optionalText(index).map { Identifier(stored: $0) }
    }

    package func json(_ index: Int) throws(StoreError) -> JSON {
        do {
            return try JSON(parsing: try text(index))
        } catch let error as JSONSyntaxError {
            throw StoreError(.corrupt, "column \(index) is no JSON: \(error)")
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(.corrupt, "column \(index): \(error)")
        }
    }

    package func optionalJSON(_ index: Int) throws(StoreError) -> JSON? {
        if case .null = values[index] { nil } else { try json(index) }
    }

    package func choice<Choice: RawRepresentable>(
        _ index: Int, of type: Choice.Type
    ) throws(StoreError) -> Choice where Choice.RawValue == String {
        let text = try text(index)
        guard let choice = Choice(rawValue: text) else {
            throw StoreError(.corrupt, "column \(index) holds \"\(text)\", which is no \(type)")
        }
        return choice
    }

    package func optionalChoice<Choice: RawRepresentable>(
        _ index: Int, of type: Choice.Type
    ) throws(StoreError) -> Choice? where Choice.RawValue == String {
        if case .null = values[index] { nil } else { try choice(index, of: type) }
    }

    private func unexpected(_ index: Int, _ expected: String) -> StoreError {
        StoreError(.corrupt, "column \(index) holds no \(expected)")
    }
}
