"""Signed and encrypted mails."""
import base64
from corpus import b64, case, file, mail, many, multi, part

fields, body = multi("signed", part("text/plain", "Body."), part("application/pgp-signature; name=signature.asc", "-----BEGIN PGP SIGNATURE-----\r\nx\r\n-----END PGP SIGNATURE-----"),
                     extra='; micalg=pgp-sha256; protocol="application/pgp-signature"')
case("signed-by-openpgp", mail(*fields, body=body), protection=["signed-pgp"],
     parts=[file("application/pgp-signature", "-----BEGIN PGP SIGNATURE-----\r\nx\r\n-----END PGP SIGNATURE-----", "signature", name="signature.asc")])
fields, body = multi("signed", part('multipart/alternative; boundary="b2"', many(part("text/plain", "Body."), part("text/html", "<p>Body.</p>"), boundary="b2")),
                     part("application/pkcs7-signature; name=smime.p7s", b64(b"\x30\x03\x02\x01\x01"), "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=smime.p7s"),
                     extra='; micalg=sha-256; protocol="application/pkcs7-signature"')
case("signed-by-smime", mail(*fields, body=body), protection=["signed-smime"], html="<p>Body.</p>",
     parts=[file("application/pkcs7-signature", b"\x30\x03\x02\x01\x01", "signature", name="smime.p7s", disposition="attachment")])
fields, body = multi("encrypted", part("application/pgp-encrypted", "Version: 1"), part("application/octet-stream; name=encrypted.asc", "-----BEGIN PGP MESSAGE-----\r\nx\r\n-----END PGP MESSAGE-----"),
                     extra='; protocol="application/pgp-encrypted"')
case("encrypted-by-openpgp", mail(*fields, body=body), protection=["encrypted-pgp"], text=None, source="none",
     parts=[file("application/pgp-encrypted", "Version: 1", "encrypted"),
            file("application/octet-stream", "-----BEGIN PGP MESSAGE-----\r\nx\r\n-----END PGP MESSAGE-----", "encrypted", name="encrypted.asc")])


def der(tag, content):
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(digits)]) + digits + content


def ber(tag, content):
    return bytes([tag, 0x80]) + content + b"\0\0"


OID = bytes([0x06, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 0x01, 0x07])
INNER = b"Content-Type: text/plain; charset=utf-8\r\n\r\nGr\xc3\xb6\xc3\x9fe."
SIGNED = der(0x30, OID + b"\x02" + der(0xA0, der(0x30, b"\x02\x01\x01" + der(0x31, b"") + der(0x30, OID + b"\x01" + der(0xA0, der(0x04, INNER))) + der(0x31, b""))))
STREAMED = ber(0x30, OID + b"\x02" + ber(0xA0, ber(0x30, b"\x02\x01\x01" + der(0x31, b"") + ber(0x30, OID + b"\x01" + ber(0xA0, ber(0x24, der(0x04, INNER[:20]) + der(0x04, INNER[20:])))) + der(0x31, b""))))
ENVELOPE = der(0x30, OID + b"\x03" + der(0xA0, der(0x30, b"\x02\x01\x00")))


def opaque(raw, kind, **more):
    return mail('Content-Type: application/pkcs7-mime; smime-type=%s; name="smime.p7m"' % kind, "Content-Transfer-Encoding: base64",
                'Content-Disposition: attachment; filename="smime.p7m"', body=b64(raw))


case("signed-opaquely", opaque(SIGNED, "signed-data"), protection=["signed-smime"], text="Größe.")
case("signed-opaquely-and-streamed", opaque(STREAMED, "signed-data"), protection=["signed-smime"], text="Größe.")
case("signed-opaquely-and-cut-off", opaque(SIGNED[:-6], "signed-data"), protection=["signed-smime"], text="Grö")
case("encrypted-by-smime", opaque(ENVELOPE, "enveloped-data"), protection=["encrypted-smime"], text=None, source="none",
     parts=[file("application/pkcs7-mime", ENVELOPE, "encrypted", name="smime.p7m", disposition="attachment")])
case("opaque-and-nonsense", opaque(b"nonsense", "signed-data"), text=None, source="none",
     parts=[file("application/pkcs7-mime", "nonsense", "encrypted", name="smime.p7m", disposition="attachment")])
CLEAR = "-----BEGIN PGP SIGNED MESSAGE-----\r\nHash: SHA256\r\n\r\nBody.\r\n- -- \r\nAnn\r\n-----BEGIN PGP SIGNATURE-----\r\n\r\nabc\r\n-----END PGP SIGNATURE-----\r\n"
case("signed-within-the-text", mail(body=CLEAR), protection=["signed-inline"], text="Body.\n-- \nAnn")
case("signed-within-the-text-and-cut-off", mail(body=CLEAR[:110]), protection=["signed-inline"], text=CLEAR[:110].replace("\r\n", "\n").rstrip())
case("encrypted-within-the-text", mail(body="-----BEGIN PGP MESSAGE-----\r\n\r\nabc\r\n-----END PGP MESSAGE-----\r\n"), protection=["encrypted-inline"],
     text="-----BEGIN PGP MESSAGE-----\n\nabc\n-----END PGP MESSAGE-----")
fields, body = multi("mixed", part("text/plain", "Body."), part("application/ms-tnef; name=winmail.dat", b64(b"\x78\x9f\x3e\x22\x00\x01"), "Content-Transfer-Encoding: base64", "Content-Disposition: attachment; filename=winmail.dat"))
case("winmail", mail(*fields, body=body), parts=[file("application/ms-tnef", b"\x78\x9f\x3e\x22\x00\x01", name="winmail.dat", disposition="attachment")])
fields, body = multi("signed", part("text/plain", "Body."), part("text/plain", "-- \r\nlist footer"), extra='; protocol="application/pgp-signature"')
case("signed-and-its-signature-lost", mail(*fields, body=body), protection=["signed-pgp"], text="Body.\n\n-- \nlist footer")
