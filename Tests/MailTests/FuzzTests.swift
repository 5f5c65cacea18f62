import Dispatch
import Foundation
import Synchronization
import Testing

@testable import Mail

/// `make fuzz` runs this for SAMTAL_FUZZ_SECONDS with the seed SAMTAL_FUZZ_SEED; without them it is short and always
/// the same. Before a mail is read it is written to SAMTAL_FUZZ_FILE: should the reader end the process, the mail is
/// there.
@Suite("Broken mails", .serialized)
struct FuzzTests {
    /// How long one mail may take, in seconds, on a machine with much else to do.
    private static let secondsMax = 20.0
    /// How much memory the process may come to hold, in bytes.
    private static let memoryMax = 1 << 30

    @Test("Mails broken at random are read and split: nothing traps, nothing hangs, memory stays small")
    func broken() throws {
        let environment = ProcessInfo.processInfo.environment
        let seconds = environment["SAMTAL_FUZZ_SECONDS"].flatMap(Double.init)
        let seed = environment["SAMTAL_FUZZ_SEED"].flatMap(UInt64.init) ?? 1
        let file = environment["SAMTAL_FUZZ_FILE"]
        let seeds = CorpusMail.all.map(\.bytes) + KindTests.mails
        let mutator = MailMutator(seeds: seeds.filter { $0.count < 50_000 })
        let watch = Watch(secondsMax: Self.secondsMax)
        let timer = watch.timer()
        defer { timer.cancel() }
        let began = Date()
        var (count, told) = (UInt64(0), began)
        while seconds.map({ Date().timeIntervalSince(began) < $0 }) ?? (count < 300) {
            let mail = mutator.mail(seed &+ count)
            if let file { try Data(mail).write(to: URL(fileURLWithPath: file)) }
            watch.begin()
            let read = MailReader.read(mail)
            check(read, seed &+ count, bytes: mail.count)
            judge(read, seed &+ count)
            watch.end()
            count += 1
            if seconds != nil, Date().timeIntervalSince(told) > 30 {
                told = Date()
                report(count, began, seed)
            }
        }
        if seconds != nil { report(count, began, seed) }
        #expect(Memory.peak < Self.memoryMax)
    }

    /// What holds of every mail that was read.
    private func check(_ mail: ReadMail, _ number: UInt64, bytes: Int) {
        let texts = [mail.text, mail.html ?? "", mail.subject ?? ""] + mail.parts.compactMap(\.name)
        let hasNUL = texts.contains { $0.utf8.contains(0) }
        let isSmall = mail.parts.count <= 2200 && mail.text.utf8.count <= 100 * bytes + 1000
        if hasNUL || !isSmall { Issue.record("mail \(number) was read wrongly") }
    }

    /// What holds of every reply that was split, and of whatever else is made of a mail that was read.
    private func judge(_ mail: ReadMail, _ number: UInt64) {
        let reply = ReplySplitter.split(text: mail.text, subject: mail.subject)
        if reply.pieces.map(\.text).joined() != mail.text { Issue.record("mail \(number) was split wrongly") }
        _ = ReplySplitter.split(text: mail.text, html: mail.html, subject: mail.subject)
        let kind = MailKind.of(headers: mail.headers, parts: mail.parts, text: mail.text).kind
        _ = AnswerRules(addresses: ["help@shop.example"]).judge(mail.headers, kind: kind)
        _ = TrustPolicy(authorities: ["mx.shop.example"]).judge(mail.headers)
    }

    private func report(_ count: UInt64, _ began: Date, _ seed: UInt64) {
        let rate = Int(Double(count) / max(Date().timeIntervalSince(began), 0.001))
        print("fuzz: seed \(seed), \(count) mails, \(rate)/s, peak memory \(Memory.peak >> 20) MB")
    }
}

/// Ends the process when one mail takes too long: nothing else could stop it.
private final class Watch: Sendable {
    private let began = Mutex<Date?>(nil)
    private let secondsMax: Double

    init(secondsMax: Double) {
        self.secondsMax = secondsMax
    }

    func begin() { began.withLock { $0 = Date() } }
    func end() { began.withLock { $0 = nil } }

    /// Looks once a second until the timer is cancelled.
    func timer() -> any DispatchSourceTimer {
        let timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "samtal.fuzz.watch"))
        timer.setEventHandler { self.look() }
        timer.schedule(deadline: .now(), repeating: 1)
        timer.resume()
        return timer
    }

    private func look() {
        guard let began = began.withLock({ $0 }), Date().timeIntervalSince(began) > secondsMax else { return }
        print("fuzz: a mail takes longer than \(secondsMax) s")
        abort()
    }
}

/// What the process holds.
enum Memory {
    /// The most that it ever held, in bytes.
    static var peak: Int { kilobytes("VmHWM:") << 10 }
    /// What it holds now, in bytes.
    static var now: Int { kilobytes("VmRSS:") << 10 }

    private static func kilobytes(_ name: String) -> Int {
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix(name) } ?? ""
        return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    }
}
