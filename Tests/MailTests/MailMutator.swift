import Foundation

/// Makes broken mails out of awkward ones.
struct MailMutator {
    let seeds: [[UInt8]]
    /// How long a mail may become, in bytes.
    static let bytesMax = 300_000

    /// Pieces that mean something to a reader of mails.
    private static let words: [[UInt8]] = [
        "\r\n", "\n", "\r", "\r\n\r\n", "\0", "--", "--b1\r\n", "--b1--\r\n", "Content-Type: ",
        "multipart/mixed; boundary=b1",
        "multipart/alternative; boundary=\"\"", "message/rfc822", "text/html; charset=",
        "text/plain; format=flowed; delsp=yes",
        "Content-Transfer-Encoding: base64\r\n", "quoted-printable", "x-uuencode", "charset=utf-16",
        "charset=iso-2022-jp",
        "charset=gb18030", "charset=utf-7", "=?utf-8?B?", "=?utf-8?Q?", "?=", "=?", "filename*0*=utf-8''",
        "filename=\"",
        "name*1=", "%", "=", "=3D", "\"", "(", ")", "<", ">", "@", ",", ";", ":", "begin 644 a\n", "\nend\n",
        "-----BEGIN PGP SIGNED MESSAGE-----\n", "-----BEGIN PGP SIGNATURE-----\n", "application/pkcs7-mime", "<div>",
        "</div>",
        "<blockquote>", "<table><tr><td>", "<a href=\"http://x\">", "<!--", "-->", "<![CDATA[", "&#x110000;", "&amp",
        "<pre>",
        "<style>", "<p hidden>", "\u{FEFF}", "\u{202E}", "é", "😀", "From: ", "Subject: ", "References: <a@b>",
        "Date: Mon, ",
    ].map { Array($0.utf8) }

    /// A mail that is the same for the same number.
    func mail(_ number: UInt64) -> [UInt8] {
        var random = SplitMix(seed: number)
        var mail = seeds[random.below(seeds.count)]
        for _ in 0..<(1 + random.below(8)) {
            mutate(&mail, &random)
            if mail.count > Self.bytesMax { mail.removeSubrange(Self.bytesMax...) }
        }
        return mail
    }

    private func mutate(_ mail: inout [UInt8], _ random: inout SplitMix) {
        let at = random.below(mail.count + 1)
        let end = min(mail.count, at + random.below(1 + [4, 40, 400, 4000][random.below(4)]))
        switch random.below(9) {
        case 0: if at < mail.count { mail[at] = UInt8(truncatingIfNeeded: random.next()) }
        case 1: if at < mail.count { mail[at] ^= 1 << UInt8(random.below(8)) }
        case 2: mail.removeSubrange(at..<end)
        case 3: mail.insert(contentsOf: mail[at..<end], at: random.below(mail.count + 1))
        case 4: mail.insert(contentsOf: Self.words[random.below(Self.words.count)], at: at)
        case 5:
            let other = seeds[random.below(seeds.count)]
            let from = random.below(other.count + 1)
            mail.insert(contentsOf: other[from..<min(other.count, from + random.below(3000))], at: at)
        case 6:
            // The same piece many times: what is quadratic becomes slow.
            let piece =
                random.below(2) == 0 ? Self.words[random.below(Self.words.count)] : Array(mail[at..<min(end, at + 60)])
            for _ in 0..<random.below(2000) { mail.insert(contentsOf: piece, at: at) }
        case 7: mail.removeSubrange(at...)
        default:
            for place in at..<end where random.below(4) == 0 { mail[place] = UInt8(truncatingIfNeeded: random.next()) }
        }
    }
}

extension SplitMix {
    /// A number from 0 up to `count`, without it.
    mutating func below(_ count: Int) -> Int { count <= 0 ? 0 : Int(next() % UInt64(count)) }
}
