// What a server says, understood (RFC 9051 section 7, with RFC 4731, 4315, 5530, 7162).

import Model

/// A response code in brackets.
struct IMAPCode: Hashable {
    /// In upper case: `UIDVALIDITY`.
    let name: String
    let values: [IMAPValue]

    var number: UInt64? { values.first?.number }
}

/// `OK`, `NO`, `BAD`, `BYE` or `PREAUTH` with its code and words.
struct IMAPStatus: Hashable {
    enum Word: String {
        case ok = "OK"
        case no = "NO"
        case bad = "BAD"
        case bye = "BYE"
        case preauth = "PREAUTH"
    }

    let word: Word
    let code: IMAPCode?
    let text: String
}

/// One response.
enum IMAPResponse: Hashable {
    /// The end of a command.
    case tagged(String, IMAPStatus)
    case status(IMAPStatus)
    /// `+`: the server waits for us.
    case continuation(String)
    /// In upper case.
    case capability([String])
    case enabled([String])
    case exists(UInt32)
    /// A mail is gone; by its number in the folder.
    case expunge(UInt32)
    /// `earlier`: it went before this session.
    case vanished(UIDSet, earlier: Bool)
    case fetch(IMAPFetchItems)
    case search(UIDSet)
    case flags([String])
    /// A folder's name as the server writes it, and its attributes.
    case list(name: String, attributes: [String])
    /// Something that is of no use here.
    case other(String)
    /// Something that is no response; the next one is read all the same.
    case unreadable(String)
}

/// What a FETCH response tells of a mail. Servers send them unasked as well, with what changed.
struct IMAPFetchItems: Hashable {
    enum Body: Hashable {
        case bytes([UInt8], size: Int)
        /// `NIL`: the server has none to give.
        case missing
    }

    var uid: UInt32?
    var flags: [String]?
    var internalDate: Timestamp?
    var modificationSequence: UInt64?
    /// The whole mail: `BODY[]`.
    var body: Body?
}
