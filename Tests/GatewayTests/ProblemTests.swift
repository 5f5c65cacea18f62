import Conversations
import HTTPTypes
import Model
import TestSupport
import Testing

@testable import Gateway

@Suite("Problems (RFC 9457)")
struct ProblemTests {
    @Test("A problem has its status, title and code, and a detail when there is one")
    func json() {
        let problem = Problem(.badRequest, "bad-body", "text is missing")
        #expect(
            problem.json == [
                "type": "about:blank", "title": "Bad Request", "status": 400, "code": "bad-body",
                "detail": "text is missing",
            ])
        #expect(Problem.notFound.json.object?["detail"] == nil)
        #expect(Problem.notFound.json["status"] == 404)
        #expect(Problem.unavailable.retryAfter == 30)
        #expect(Problem.unavailable.json["code"] == "store-unavailable")
    }

    @Test("Each refusal of a command is a problem of its own code", arguments: CommandRefusal.Code.allCases)
    func refusals(code: CommandRefusal.Code) {
        let problem = Problem(CommandRefusal(code, "why"))
        #expect(problem.code == code.rawValue)
        #expect(problem.detail == "why")
        #expect(
            problem.status
                == (code.rawValue.hasPrefix("unknown-") && code != .unknownChannel ? .notFound : .unprocessableContent))
    }

    @Test("Codes are in kebab case")
    func kebab() {
        for code in CommandRefusal.Code.allCases.map(\.rawValue) + ["store-unavailable", "not-found"] {
            #expect(code.wholeMatch(of: /[a-z]+(-[a-z]+)*/) != nil)
        }
    }
}
