// How a connector's bodies are written: JSON, or what becomes JSON. A request that comes in and an answer that is
// fetched are read alike.

import Model
import Signing

/// The form of a body.
enum BodyDecoding: Sendable, Hashable {
    /// JSON, whatever its content type says.
    case json
    case form
    /// JSON in a field of a form.
    case formJSON(field: String)
    /// JSON, as base64 in a member of JSON: the path to it.
    case base64JSON(path: [String])
    /// The names of elements that are an array even when they come once.
    case xml(arrays: Set<String>)

    /// A body that cannot be read. Holds none of it.
    struct Mistake: Error, Hashable {
        let problem: String
    }

    /// What jq gets. JSON that stands there as it is goes on as bytes; jq's reader tells what is wrong with it.
    func input(_ body: [UInt8]) throws(Mistake) -> JQInput {
        do throws(FormBody.Mistake) {
            switch self {
            case .json: return .bytes(body)
            case .form: return .json(try FormBody.json(body))
            case .formJSON(let field):
                guard let text = try FormBody.json(body)[field].string else {
                    throw FormBody.Mistake(problem: "the form's field \(field) is missing or comes twice")
                }
                return .bytes(Array(text.utf8))
            case .base64JSON(let path): return .bytes(try Self.base64(body, path))
            case .xml(let arrays): return .json(try XMLBody.json(body, arrays: arrays))
            }
        } catch {
            throw Mistake(problem: error.problem)
        }
    }

    /// The body as JSON; `nil` when it cannot be read.
    func value(_ body: [UInt8]) -> JSON? {
        switch try? input(body) {
        case nil: nil
        case .bytes(let bytes): try? JSON(parsing: bytes)
        case .json(let json): json
        }
    }

    private static func base64(_ body: [UInt8], _ path: [String]) throws(FormBody.Mistake) -> [UInt8] {
        guard var value = try? JSON(parsing: body) else { throw FormBody.Mistake(problem: "the body is not JSON") }
        for step in path { value = value[step] }
        let place = "the body's member .\(path.joined(separator: "."))"
        guard let text = value.string else { throw FormBody.Mistake(problem: "\(place) is missing or no text") }
        guard let bytes = BinaryText.base64.decode(text) ?? BinaryText.base64url.decode(text) else {
            throw FormBody.Mistake(problem: "\(place) is not base64")
        }
        return bytes
    }
}

extension BodyDecoding {
    /// Whether the body itself is a form.
    var isForm: Bool {
        switch self {
        case .form, .formJSON: true
        case .json, .base64JSON, .xml: false
        }
    }

    /// How a reason names it.
    var name: String {
        switch self {
        case .json: "json"
        case .form: "form"
        case .formJSON: "form_json"
        case .base64JSON: "base64_json"
        case .xml: "xml"
        }
    }

    /// What may stand under `decode`.
    static var shape: Shape {
        let field = Shape.Key("field", .text(.anything), required: true, about: "where the JSON stands")
        return .wordOr(
            ["json", "form", "xml", "text_json"],
            .oneOf(
                by: "format",
                [
                    .init("json", about: "JSON", []),
                    .init("text_json", about: "JSON that calls itself a plain text", []),
                    .init("form", about: "a form; a name that comes twice becomes an array", []),
                    .init("form_json", about: "JSON in a field of a form", [field]),
                    .init("base64_json", about: "JSON as base64 in a member of JSON: a.b", [field]),
                    .init(
                        "xml", about: "XML without DTD",
                        [
                            .init(
                                "force_array", .list(of: .text(.anything)), default: "[]",
                                about: "elements that are an array even when they come once")
                        ]),
                ]))
    }

    /// Reads what a shape has checked; `nil` when nothing stands there.
    init?(_ value: YAMLValue?) {
        let fields = value?.fields
        let field = fields?.string("field") ?? ""
        switch value?.string ?? fields?.string("format") {
        case "json", "text_json": self = .json
        case "form": self = .form
        case "form_json": self = .formJSON(field: field)
        case "base64_json": self = .base64JSON(path: field.split(separator: ".").map(String.init))
        case "xml": self = .xml(arrays: Set(fields?.strings("force_array") ?? []))
        default: return nil
        }
    }
}
