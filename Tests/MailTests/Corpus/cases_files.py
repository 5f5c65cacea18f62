"""Names of files, and what else is said of them."""
from corpus import b64, case, file, mail, multi, part


def named(name, disposition, expected, ctype="application/pdf", kind=None):
    fields, body = multi("mixed", part("text/plain", "Body."), part(ctype, "x", *([b"Content-Disposition: " + (disposition if isinstance(disposition, bytes) else disposition.encode())] if disposition else [])))
    shown = {}
    if disposition:
        shown["disposition"] = (disposition if isinstance(disposition, str) else disposition.decode("latin-1")).split(";")[0].strip().lower()
    if kind:
        shown["disposition"] = kind
    if expected:
        shown["name"] = expected
    case("file-" + name, mail(*fields, body=body), parts=[file("application/pdf", "x", **shown)])


named("name-in-quotes", 'attachment; filename="a b.pdf"', "a b.pdf")
named("name-as-a-word", "attachment; filename=a.pdf", "a.pdf")
named("name-without-quotes-and-with-spaces", "attachment; filename=a b (1).pdf; size=1", "a b (1).pdf")
named("name-in-the-type-alone", None, "a.pdf", 'application/pdf; name="a.pdf"')
named("name-in-both-places", 'attachment; filename="b.pdf"', "b.pdf", 'application/pdf; name="a.pdf"')
named("name-in-rfc-2231", "attachment; filename*=utf-8''%C3%85rsrapport%202026.pdf", "Årsrapport 2026.pdf")
named("name-in-rfc-2231-latin-1", "attachment; filename*=iso-8859-1'sv'%C5r.pdf", "År.pdf")
named("name-in-pieces", 'attachment; filename*0="a ve"; filename*1="ry long na"; filename*2="me.pdf"', "a very long name.pdf")
named("name-in-pieces-with-percents", "attachment; filename*0*=utf-8''%C3%85r; filename*1*=%20%C3; filename*2*=%B6; filename*3=.pdf", "År ö.pdf")
named("name-in-pieces-out-of-order", 'attachment; filename*1="b"; filename*0="a"; filename*2=".pdf"', "ab.pdf")
named("name-in-pieces-one-missing", 'attachment; filename*0="a"; filename*2=".pdf"', "a.pdf")
named("name-in-both-ways", "attachment; filename=\"plain.pdf\"; filename*=utf-8''%C3%A5.pdf", "å.pdf")
named("name-in-rfc-2231-and-quotes", "attachment; filename*=\"utf-8''%C3%A5.pdf\"", "å.pdf")
named("name-in-rfc-2231-without-a-star", "attachment; filename=\"utf-8''%C3%A5.pdf\"", "å.pdf")
named("name-in-rfc-2231-without-a-charset", "attachment; filename*=''%C3%A5.pdf", "å.pdf")
named("name-in-rfc-2231-without-anything", "attachment; filename*=a%20b.pdf", "a b.pdf")
named("name-in-rfc-2231-broken", "attachment; filename*=utf-8''a%2.pdf%", "a%2.pdf%")
named("name-as-an-encoded-word", 'attachment; filename="=?utf-8?Q?=C3=85r_2026=2Epdf?="', "År 2026.pdf")
named("name-as-encoded-words-folded", 'attachment;\r\n filename="=?utf-8?B?w4Vy?=\r\n =?utf-8?B?LnBkZg==?="', "År.pdf")
named("name-as-an-encoded-word-without-quotes", "attachment; filename==?utf-8?Q?=C3=85r.pdf?=", "År.pdf")
named("name-in-raw-utf-8", 'attachment; filename="År.pdf"', "År.pdf")
named("name-in-raw-latin-1", b'attachment; filename="\xc5r.pdf"', "År.pdf")
named("name-with-percents-that-are-none", 'attachment; filename="100%25.pdf"', "100%25.pdf")
named("name-that-climbs", 'attachment; filename="../../etc/passwd"', "passwd")
named("name-of-windows", 'attachment; filename="C:\\Users\\ann\\a.pdf"', "a.pdf")
named("name-with-escaped-quotes", 'attachment; filename="a \\"b\\".pdf"', 'a "b".pdf')
named("name-of-dots", 'attachment; filename=".."', None)
named("name-that-is-empty", 'attachment; filename=""', None)
named("name-never-closed", 'attachment; filename="a.pdf', "a.pdf")
named("name-with-a-semicolon", 'attachment; filename="a;b.pdf"', "a;b.pdf")
named("name-with-nul-and-controls", b'attachment; filename="a\x00b\x07.pdf"', "ab.pdf")
named("name-that-turns-around", 'attachment; filename="a\u202efdp.exe"', "afdp.exe")
named("name-very-long", 'attachment; filename="%s.pdf"' % ("x" * 300), "x" * 200)
named("name-twice", 'attachment; filename="a.pdf"; filename="b.pdf"', "a.pdf")
named("name-in-capitals", 'ATTACHMENT; FILENAME="a.pdf"', "a.pdf")
named("spaces-around-the-equals-sign", 'attachment; filename = "a.pdf"', "a.pdf")
named("no-semicolon-before-the-name", 'attachment filename="a.pdf"', "a.pdf", kind="attachment")
named("disposition-unknown", 'x-odd; filename="a.pdf"', "a.pdf")
named("semicolons-in-plenty", ';; attachment;; ; filename="a.pdf";;', "a.pdf", kind="attachment")
