import Foundation
import Model
import TestSupport
import Testing

@testable import Mail

/// Bodies as mail programs write them, each with the parts that it should fall into: `Replies/<language>-<what>`.
@Suite("What is new in a mail")
struct ReplySampleTests {
    static let folder = "Tests/MailTests/Replies"
    static let names = Repository.names(in: folder).filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }
    /// The languages of our customers.
    static let languages = ["da", "de", "en", "es", "fi", "fr", "he", "it", "nl", "no", "pl", "pt", "ru", "sv"]

    /// The plain body or the HTML body of a sample; one of them is there.
    static func bodies(_ name: String) -> (text: String?, html: String?) {
        (try? Repository.text("\(folder)/\(name).txt"), try? Repository.text("\(folder)/\(name).html"))
    }

    @Test("The new part, the quote and the signature of every sample are what they should be", arguments: names)
    func parts(name: String) throws {
        let expected = try JSON(parsing: Repository.text("\(Self.folder)/\(name).json"))
        let (text, html) = Self.bodies(name)
        let reply = ReplySplitter.split(text: text, html: html, subject: expected["subject"].string)
        #expect(reply.new == expected["new"].string)
        #expect(reply.quoted == expected["quoted"].string)
        #expect(reply.signature == expected["signature"].string)
        #expect(reply.rule.rawValue == expected["rule"].string)
        if let text { #expect(reply.pieces.map(\.text).joined() == text) }
    }

    @Test("Every language has samples of every usual program", arguments: languages)
    func programs(language: String) {
        let own = Self.names.filter { $0.hasPrefix("\(language)-") }
        for what in ["gmail", "outlook", "thunderbird", "ios", "apple", "android", "gmail-html", "outlook-html"] {
            #expect(own.contains { $0.hasPrefix("\(language)-\(what)") }, "\(language)-\(what)")
        }
        #expect(Self.names.count >= 120)
    }

    @Test("Every rule is shown by a sample")
    func allRules() throws {
        let shown = try Self.names.compactMap {
            try JSON(parsing: Repository.text("\(Self.folder)/\($0).json"))["rule"].string
        }
        for rule in SplitReply.Rule.allCases { #expect(shown.contains(rule.rawValue), "\(rule)") }
    }

    @Test("The text is cut by its own patterns when the HTML says nothing of quotes")
    func both() {
        let reply = ReplySplitter.split(
            text: "Yes.\n\nOn 03/03/2025 10:04, Shop wrote:\n> Both?\n", html: "<p>Yes.</p>")
        #expect(reply.new == "Yes.")
        #expect(reply.rule == .attribution)
        #expect(!reply.isFromHTML)
    }

    @Test("The HTML is cut when it says what is quoted, whatever the text looks like")
    func htmlFirst() {
        let html =
            "<div>Yes.</div><div class=gmail_quote>Mon: Shop<blockquote class=gmail_quote>Both?</blockquote></div>"
        let reply = ReplySplitter.split(text: "Yes. Mon: Shop Both?", html: html)
        #expect(reply.new == "Yes.")
        #expect(reply.rule == .htmlQuote)
        #expect(reply.isFromHTML)
    }

    @Test("What no browser shows is in no part")
    func hidden() {
        let html =
            "<div>Yes.</div><div style=\"display: none\">[ref: c.x]<div>y</div></div><p hidden>z</p><div>Both.</div>"
        #expect(ReplySplitter.split(text: nil, html: html).new == "Yes.\nBoth.")
    }
}
