"""Which text, HTML as text, flowed lines, marked text."""
from corpus import PNG, b64, case, file, mail, multi, part


def html(body, charset="utf-8"):
    return mail("MIME-Version: 1.0", "Content-Type: text/html; charset=" + charset, body=body)


def page(name, source, text, **more):
    case("html-" + name, html(source), text=text, source="html", html=source.strip().replace("\r\n", "\n"), **more)


def alternative(plain, source, **more):
    fields, body = multi("alternative", part("text/plain; charset=utf-8", plain), part("text/html; charset=utf-8", source))
    return mail(*fields, body=body)


case("alternative", alternative("Body.", "<p>Body.</p>"), html="<p>Body.</p>")
fields, body = multi("alternative", part("text/html", "<p>Body.</p>"), part("text/plain", "Body."))
case("alternative-the-other-way-round", mail(*fields, body=body), html="<p>Body.</p>")
case("alternative-with-empty-plain", alternative(" \r\n\r\n", "<p>Real text.</p>"), text="Real text.", source="html",
     html="<p>Real text.</p>")
STORY = "<p>" + "Once there was a shop that wrote long mails to everybody. " * 4 + "</p>"
TOLD = ("Once there was a shop that wrote long mails to everybody. " * 4).strip()
case("plain-says-there-is-html", alternative("Your mail program does not show HTML.", STORY), text=TOLD, source="html", html=STORY)
case("plain-says-so-in-german", alternative("Diese E-Mail ist im HTML-Format. Bitte schalten Sie HTML ein.", STORY),
     text=TOLD, source="html", html=STORY)
case("plain-is-a-link-to-the-html", alternative("View online: https://shop.example/m/1", STORY), text=TOLD, source="html", html=STORY)
case("plain-is-short-and-true", alternative("Thanks!", "<div>Thanks!</div><div>Sent from my telephone, with best regards from all of us here</div>"),
     text="Thanks!", html="<div>Thanks!</div><div>Sent from my telephone, with best regards from all of us here</div>")
case("plain-speaks-of-html", alternative("Can you send the HTML file again?", "<p>Can you send the HTML file again?</p>"),
     text="Can you send the HTML file again?", html="<p>Can you send the HTML file again?</p>")
case("html-called-plain", mail(body="<!DOCTYPE html><html><body><p>Body.</p></body></html>"), source="html",
     html="<!DOCTYPE html><html><body><p>Body.</p></body></html>")
case("text-called-html", html("Just\r\ntext."), text="Just\ntext.")

page("paragraphs", "<p>One</p><p>Two<br>lines</p>", "One\n\nTwo\nlines")
page("divisions", "<div>One</div><div><br></div><div>Two</div>", "One\n\nTwo")
page("white-space", "<p>  a \r\n  b\t c </p>", "a b c")
page("entities", "<p>5&nbsp;&euro; &lt;b&gt; &amp; &#8364; &#x20AC; &copy; &unknown;</p>", "5 € <b> & € € © &unknown;")
page("link", '<p>See <a href="https://shop.example/x?a=1&amp;b=2">the page</a>.</p>', "See the page <https://shop.example/x?a=1&b=2>.")
page("link-that-is-its-text", '<a href="https://shop.example/">https://shop.example</a>', "https://shop.example")
page("link-to-an-address", '<a href="mailto:ann@example.com">ann@example.com</a> <a href="mailto:bob@example.com">Bob</a>',
     "ann@example.com Bob <mailto:bob@example.com>")
page("link-to-nowhere", '<a href="#top">up</a> <a href="javascript:alert(1)">x</a> <a name="top">y</a>', "up x y")
page("link-around-a-picture", '<a href="https://shop.example/"><img src="cid:a" alt="Shop"></a>', "[Shop] <https://shop.example/>")
page("picture-without-words", '<p>a<img src="https://spy.example/p.gif" alt="">b</p>', "ab")
page("lists", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul><ol start=3><li>d</li><li>e</li></ol>",
     "- a\n- b\n  - c\n\n3. d\n4. e")
page("list-items-with-paragraphs", "<ul><li><p>a</p></li><li><p>b</p></li></ul>", "- a\n\n- b")
page("table", "<table><tr><th>Item</th><th>Price</th></tr><tr><td>Tea</td><td>5</td></tr></table>", "Item\tPrice\nTea\t5")
page("quote", "<p>Yes.</p><blockquote><p>Is it?</p><blockquote>What</blockquote></blockquote><p>Ann</p>",
     "Yes.\n\n> Is it?\n>\n> > What\n\nAnn")
page("quote-with-lines", "a<blockquote>b<br>c<br><br>d</blockquote>", "a\n\n> b\n> c\n>\n> d")
page("preformatted", "<pre>a  b\n  c\n</pre>d", "a  b\n  c\n\nd")
page("hidden", '<div style="display: none">preview</div><p hidden>x</p><span style="mso-hide:all">y</span><p>Shown</p>', "Shown")
page("script-and-style", "<html><head><title>T</title><style>p{}</style></head><body><script>alert(1)</script><p>Shown</p></body></html>",
     "Shown")
page("comments", "<p>a<!-- no --></p><!--[if mso]><p>no</p><![endif]--><p>b</p>", "a\n\nb")
page("conditional-shown", "<![if !mso]><p>a</p><![endif]>", "a")
page("rule", "<p>a</p><hr><p>b</p>", "a\n\n________________________________\n\nb")
page("never-closed", "<div><p>a<p>b<b>c<i>d", "a\n\nbcd")
page("closed-wrongly", "<b>a<i>b</b>c</i></div>d", "abcd")
page("of-word", '<p class=MsoNormal>Hi<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p><p class=MsoNormal>Bye</p>', "Hi\n\nBye")
page("attributes-broken", '<p title="a>b</p><p class=x"y>c</p><p>d</p>"><p>e</p>', 'c\n\nd\n\n">\n\ne')
page("zero-width-filler", "<p>Hi\u200b\ufeff\u00ad\u034f there</p>", "Hi there")
page("angle-in-text", "<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2")
case("html-of-nothing", html("<html><body><img src=x></body></html>"), text=None, source="none",
     html="<html><body><img src=x></body></html>")
case("html-with-a-meta-charset", mail("Content-Type: text/html", body='<meta charset="iso-8859-2"><p>Łódź</p>'.encode("iso-8859-2")),
     text="Łódź", source="html", html='<meta charset="iso-8859-2"><p>Łódź</p>')
case("html-header-beats-meta", html('<meta charset="iso-8859-2"><p>Łódź</p>'), text="Łódź", source="html",
     html='<meta charset="iso-8859-2"><p>Łódź</p>')
case("html-in-quoted-printable", mail("Content-Type: text/html; charset=utf-8", "Content-Transfer-Encoding: quoted-printable",
                                      body='<p style=3D"color:red">Gr=C3=B6=\r\n=C3=9Fe</p>'),
     text="Größe", source="html", html='<p style="color:red">Größe</p>')


def flowed(body, more=""):
    return mail("Content-Type: text/plain; charset=utf-8; format=flowed" + more, body=body)


case("flowed", flowed("One line \r\nthat goes \r\non.\r\n\r\nTwo.\r\n"), text="One line that goes on.\n\nTwo.")
case("flowed-quotes", flowed(">> a \r\n>> b\r\n> c \r\nd\r\n"), text=">> a b\n> c \nd")
case("flowed-stuffed", flowed(" From me\r\n  x\r\n > no quote\r\n"), text="From me\n x\n> no quote")
case("flowed-signature", flowed("Text \r\n-- \r\nAnn\r\n"), text="Text \n-- \nAnn")
case("flowed-delsp", flowed("Donaudampf \r\nschiff\r\n", "; delsp=yes"), text="Donaudampfschiff")
case("fixed-with-spaces", mail(body="One line \r\nnext\r\n"), text="One line \nnext")
case("enriched", mail("Content-Type: text/enriched", body="<bold>Now</bold> is\r\nthe <<time><fontfamily><param>x</param>.</fontfamily>\r\n\r\nEnd"),
     text="Now is the <time>.\nEnd")
case("signature-line-kept", mail(body="Hi\r\n-- \r\nAnn\r\n"), text="Hi\n-- \nAnn")
case("trailing-spaces-gone", mail(body="Body.  \r\n \r\n\r\n"))
case("uuencoded-file-in-the-text", mail(body="Before\r\nbegin 644 a.txt\r\n#86)C\r\n`\r\nend\r\nAfter\r\n"), text="Before\nAfter",
     parts=[file("application/octet-stream", "abc", name="a.txt")])
case("begin-in-a-sentence", mail(body="begin 2024 with us\r\nend\r\n"), text="begin 2024 with us\nend")
case("uuencoded-never-ends", mail(body="begin 644 a.txt\r\n#86)C\r\n"), text="begin 644 a.txt\n#86)C")
case("yenc-stays-text", mail(body=b"=ybegin line=128 size=3 name=a\r\n\x8b\x8c\x8d\r\n=yend size=3\r\n"),
     text="=ybegin line=128 size=3 name=a\n‹Œ\n=yend size=3")
case("two-texts", mail(*multi("mixed", part("text/plain", "One."), part("text/plain", "Two."))[0],
                       body=multi("mixed", part("text/plain", "One."), part("text/plain", "Two."))[1]), text="One.\n\nTwo.")
case("plain-then-html", mail(*multi("mixed", part("text/plain", "One."), part("text/html", "<p>Two.</p>"))[0],
                             body=multi("mixed", part("text/plain", "One."), part("text/html", "<p>Two.</p>"))[1]),
     text="One.\n\nTwo.", html="<pre>One.</pre>\n<p>Two.</p>")
