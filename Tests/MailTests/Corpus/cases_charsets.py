"""Charsets and transfer encodings."""
from corpus import b64, case, lines, mail, part


def text(raw, charset=None, encoding=None, **more):
    fields = ["MIME-Version: 1.0"]
    if charset is not None:
        fields.append("Content-Type: text/plain; charset=" + charset)
    if encoding:
        fields.append("Content-Transfer-Encoding: " + encoding)
    return mail(*fields, body=raw)


GREETING = "Grüße, 5 € für Åsa"
case("utf-8", text(GREETING, "utf-8", "8bit"), text=GREETING)
case("utf-8-in-base64", text(b64(GREETING), "utf-8", "base64"), text=GREETING)
case("utf-8-in-quoted-printable", text("Gr=C3=BC=C3=9Fe, =\r\n5 =E2=82=AC f=C3=BCr =C3=85sa", "UTF-8", "quoted-printable"), text=GREETING)
case("latin-1", text("Grüße".encode("latin-1"), "iso-8859-1"), text="Grüße")
case("latin-1-that-is-windows-1252", text("„5 €“ – Åsa".encode("cp1252"), "ISO-8859-1"), text="„5 €“ – Åsa")
case("latin-9", text("5 €".encode("iso-8859-15"), "iso-8859-15"), text="5 €")
case("windows-1250", text("Zażółć gęślą jaźń".encode("cp1250"), "windows-1250"), text="Zażółć gęślą jaźń")
case("latin-2", text("Zażółć gęślą jaźń".encode("iso-8859-2"), "iso-8859-2"), text="Zażółć gęślą jaźń")
case("windows-1251", text("Привет".encode("cp1251"), "windows-1251"), text="Привет")
case("koi8-r", text("Привет".encode("koi8-r"), "koi8-r"), text="Привет")
case("hebrew", text("שלום".encode("iso-8859-8"), "iso-8859-8-i"), text="שלום")
case("windows-1255", text("שלום".encode("cp1255"), "windows-1255"), text="שלום")
case("turkish-as-latin-5", text("ğış".encode("cp1254"), "iso-8859-9"), text="ğış")
case("greek", text("Γειά".encode("iso-8859-7"), "iso-8859-7"), text="Γειά")
case("gb2312-text-that-is-gb18030", text("朱镕基".encode("gb18030"), "gb2312"), text="朱镕基")
case("big5", text("你好嗎".encode("big5"), "big5"), text="你好嗎")
case("shift-jis-of-windows", text("①テスト".encode("cp932"), "shift_jis"), text="①テスト")
case("euc-jp", text("テスト".encode("euc-jp"), "euc-jp"), text="テスト")
case("iso-2022-jp", text("日本語です".encode("iso-2022-jp"), "iso-2022-jp", "7bit"), text="日本語です")
case("iso-2022-jp-unlabelled", text("日本語です".encode("iso-2022-jp")), text="日本語です")
case("korean-of-windows", text("똠방각하".encode("cp949"), "ks_c_5601-1987"), text="똠방각하")
case("utf-16-in-base64", text(b64("Größe".encode("utf-16")), "utf-16", "base64"), text="Größe")
case("utf-16-without-a-mark", text(b64("Größe".encode("utf-16-be")), "utf-16", "base64"), text="Größe")
case("utf-7", text("Gr+APYA3w-e", "utf-7"), text="Größe")
case("no-charset-and-utf-8", text(GREETING), text=GREETING)
case("no-charset-and-latin-1", text("Grüße".encode("latin-1")), text="Grüße")
case("us-ascii-that-is-utf-8", text(GREETING, "us-ascii"), text=GREETING)
case("unknown-8bit", text("Grüße".encode("latin-1"), "unknown-8bit"), text="Grüße")
case("charset-in-quotes-and-spaces", text("Grüße", '" UTF-8 "'), text="Grüße")
case("charset-of-nowhere", text("Grüße", "x-martian"), text="Grüße",
     complaints=["has text that is not in the charset it names (x-martian)"])
case("utf-8-with-one-wrong-byte", text("Grüße Ä".encode() + b"\xff Ende \xc3\xa5", "utf-8"), text="Grüße Ä\ufffd Ende å",
     complaints=["has text that is not in the charset it names (utf-8)"])
case("utf-8-that-is-latin-1", text("Grüße".encode("latin-1"), "utf-8"), text="Grüße",
     complaints=["has text that is not in the charset it names (utf-8)"])
case("utf-8-cut-in-a-character", text("abc Grüße €".encode()[:-1], "utf-8"), text="abc Grüße \ufffd",
     complaints=["has text that is not in the charset it names (utf-8)"])
case("byte-order-mark-in-a-text", text(b"\xef\xbb\xbfBody.", "utf-8"))
case("nul-and-controls-in-a-text", text(b"Bo\x00dy\x07.\x1b[0m\x7f", "utf-8"), text="Body.[0m")
case("carriage-returns-in-a-text", text(b"a\rb\r\nc\n\rd", "utf-8"), text="a\nb\nc\n\nd")
case("form-feed-in-a-text", text(b"a\x0cb", "utf-8"), text="a\nb")
case("emoji", text("👩‍👩‍👧 🇳🇴", "utf-8"), text="👩‍👩‍👧 🇳🇴")

case("base64-with-noise", text(b"Qm9k*!\r\n-eS4=\r\n", "utf-8", "base64"))
case("base64-in-one-long-line", text(b64("x" * 3000, 100000), "utf-8", "base64"), text="x" * 3000)
case("base64-without-padding", text(b"Qm9keS4", "utf-8", "base64"))
case("base64-padded-in-the-middle", text(b"Qm8=\r\nZHku\r\n", "utf-8", "base64"))
case("base64-cut-off", text(b64("Body. ")[:-1] + b"\r\n", "utf-8", "base64"))
case("base64-with-a-comment", text(b64("Body."), "utf-8", "base64 (of a kind)"))
case("encoding-in-quotes", text(b64("Body."), "utf-8", '"base64"'))
case("encoding-in-capitals", text("Bod=79.", "utf-8", "QUOTED-PRINTABLE"))
case("encoding-with-a-semicolon", text("Bod=79.", "utf-8", "quoted-printable;"))
case("encoding-unknown", text("Body.", "utf-8", "x-none-such"), complaints=["has an unknown transfer encoding"])
case("quoted-printable-in-lower-case", text("Bod=79=2e", "utf-8", "quoted-printable"))
case("quoted-printable-broken", text("a=zz b=4 c= d==20e", "utf-8", "quoted-printable"), text="a=zz b=4 c= d= e")
case("quoted-printable-soft-break-with-spaces", text("Bo= \t\r\ndy.", "utf-8", "quoted-printable"))
case("quoted-printable-spaces-at-line-ends", text("a  \r\nb\t\r\n", "utf-8", "quoted-printable"), text="a\nb")
case("quoted-printable-ends-in-a-soft-break", text("Body.=", "utf-8", "quoted-printable"))
case("quoted-printable-raw-bytes", text("Grüße=2E", "utf-8", "quoted-printable"), text="Grüße.")
case("quoted-printable-line-feeds-alone", text("a=\nb=0Ac\n", "utf-8", "quoted-printable"), text="ab\nc")
case("uuencoded-body", text("begin 644 x\r\n%0F]D>2X`\r\n`\r\nend\r\n", "utf-8", "x-uuencode"))
case("text-says-quoted-printable-and-is-none", text("2+2=4, x=ab", "utf-8", "quoted-printable"), text="2+2=4, x«",
     complaints=["has text that is not in the charset it names (utf-8)"])
case("charset-from-a-continuation", mail("MIME-Version: 1.0", "Content-Type: text/plain; charset*0=iso-; charset*1=8859-1",
                                         body="Grüße".encode("latin-1")), text="Grüße")
case("charset-in-rfc-2231", mail("MIME-Version: 1.0", "Content-Type: text/plain; charset*=us-ascii'en'iso-8859-2",
                                 body="Łódź".encode("iso-8859-2")), text="Łódź")
case("two-charsets", mail("MIME-Version: 1.0", "Content-Type: text/plain; charset=iso-8859-1; charset=utf-8",
                          body="Grüße".encode("latin-1")), text="Grüße")
