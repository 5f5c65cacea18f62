import Model
import Testing

@testable import Mail

@Suite("Awkward mails")
struct CorpusTests {
    @Test("Every awkward mail is read as its file says", arguments: CorpusMail.all)
    func reading(mail: CorpusMail) {
        let reading = MailReader.read(mail.bytes).reading
        #expect(reading == mail.expected)
    }

    @Test("There are awkward mails to read")
    func present() {
        #expect(CorpusMail.all.count >= 150)
    }
}
