"""
What p11-kit reads in a file, held against the real one: some hundred files of all shapes among
the anchors, beside them and in the blocklist, one `trust extract`, and the same certificates in
both answers. Checked with 0.24 (Debian 12) and 0.25 (Debian 13), which read alike.
"""

import base64
import hashlib
import re
import subprocess

import pytest

from integration.anchor_tools import fingerprints
from integration.p11kit_root import ANCHORS, PROGRAM, SOURCE, TLS_BUNDLE, make_it_red

BEGIN = b"-----BEGIN CERTIFICATE-----\n"
END = b"-----END CERTIFICATE-----\n"
OBJECT = b"[p11-kit-object-v1]\n"
FOO = b"-----BEGIN FOO-----\n"
SERVER = bytes.fromhex("06082b06010505070301")
MAIL = bytes.fromhex("06082b06010505070304")
ANY = bytes.fromhex("0604551d2500")


def pem(der, name=b"CERTIFICATE", width=64):
    text = base64.b64encode(der)
    lines = b"".join(text[i:i + width] + b"\n" for i in range(0, len(text), width))
    return b"-----BEGIN %s-----\n%s-----END %s-----\n" % (name, lines, name)


def sequence(content, tag=0x30):
    return bytes([tag, len(content)]) + content


def settings(trust=None, reject=None, more=b""):
    """OpenSSL's CertAux."""
    return sequence((b"" if trust is None else sequence(trust)) +
                    (b"" if reject is None else sequence(reject, 0xa0)) + more)


def trusted(der, *arguments, **keywords):
    return pem(der + settings(*arguments, **keywords), b"TRUSTED CERTIFICATE")


def into(text, at, what):
    return text[:at] + what + text[at:]


SHAPES = {  # each makes the bytes of a file from the PEM and the DER of a certificate
    "plain": lambda p, d: p,
    "blank lines": lambda p, d: p.replace(b"\n", b"\n\n"),
    "newlines as blanks": lambda p, d: p.replace(b"\n", b" "),
    "crlf": lambda p, d: p.replace(b"\n", b"\r\n"),
    "cr": lambda p, d: p.replace(b"\n", b"\r"),
    "bom": lambda p, d: b"\xef\xbb\xbf" + p,
    "utf-16": lambda p, d: p.decode().encode("utf-16"),
    "no final newline": lambda p, d: p.rstrip(),
    "old name": lambda p, d: p.replace(b"CERTIFICATE", b"X509 CERTIFICATE"),
    "lower case": lambda p, d: p.replace(b"BEGIN CERTIFICATE", b"begin certificate"),
    "indented": lambda p, d: p.replace(b"\n", b"\n   "),
    "text before BEGIN on its line": lambda p, d: b"ca: " + p,
    "text behind BEGIN on its line": lambda p, d: p.replace(b"-----\n", b"-----MII\n", 1),
    "text around": lambda p, d: b"one\n" + p + b"two\n",
    "blanks behind the markers": lambda p, d: p.replace(b"-----\n", b"-----  \n"),
    "one line": lambda p, d: pem(d, width=9999),
    "short lines": lambda p, d: pem(d, width=7),
    "END on the last line": lambda p, d: p.replace(b"\n-----END", b"-----END"),
    "NUL behind": lambda p, d: p + b"\0",
    "NUL before": lambda p, d: b"\0" + p,
    "NUL inside": lambda p, d: into(p, 100, b"\0"),
    "der": lambda p, d: d,
    "der and a newline": lambda p, d: d + b"\n",
    "der twice": lambda p, d: d + d,
    "bytes behind the certificate": lambda p, d: pem(d + b"\0"),
    "END missing": lambda p, d: p.replace(END, b""),
    "BEGIN missing": lambda p, d: p.replace(BEGIN, b""),
    "BEGIN with four dashes": lambda p, d: p[1:],
    "BEGIN with six dashes": lambda p, d: b"-" + p,
    "BEGIN ends in four": lambda p, d: p.replace(b"-----\n", b"----\n", 1),
    "BEGIN ends in six": lambda p, d: p.replace(b"-----\n", b"------\n", 1),
    "END with four dashes": lambda p, d: p.replace(b"-----END", b"----END"),
    "END with six dashes": lambda p, d: p.replace(b"-----END", b"------END"),
    "END ends in four": lambda p, d: p[:-2] + b"\n",
    "END of another name": lambda p, d: p.replace(b"END CERT", b"END X509 CERT"),
    "END indented": lambda p, d: p.replace(b"-----END", b"  -----END"),
    "text behind END": lambda p, d: p.rstrip() + b" bye\n",
    "header": lambda p, d: p.replace(BEGIN, BEGIN + b"Foo: bar\n\n"),
    "header without a blank line": lambda p, d: p.replace(BEGIN, BEGIN + b"Foo: bar\n"),
    "header in crlf": lambda p, d: p.replace(BEGIN, BEGIN + b"A: b\n\n").replace(b"\n", b"\r\n"),
    "blank line first": lambda p, d: p.replace(BEGIN, BEGIN + b"\n"),
    "blank line with blanks first": lambda p, d: p.replace(BEGIN, BEGIN + b" \t\n"),
    "blank line in the middle": lambda p, d: into(p, 93, b"\n"),
    "blank line last": lambda p, d: p.replace(b"-----END", b"\n-----END"),
    "other white space": lambda p, d: into(p, 60, b"\x0b\x0c"),
    "asterisks": lambda p, d: p.replace(b"M", b"*", 3),
    "high byte": lambda p, d: into(p, 60, b"\xa0"),
    "sign in the middle": lambda p, d: into(p, 93, b"=\n"),
    "literal newlines": lambda p, d: p.replace(b"\n", b"\\n"),
    "web page": lambda p, d: b"<html><pre>" + p + b"</pre>",
    "quoted": lambda p, d: b"> " + p.replace(b"\n", b"\n> "),
    "empty": lambda p, d: b"",
    "other block before": lambda p, d: FOO + b"AAAA\n-----END FOO-----\n" + p,
    "open block before": lambda p, d: FOO + b"AAAA\n" + p,
    "open block behind": lambda p, d: p + FOO + b"AAAA\n",
    "bad base64 before": lambda p, d: FOO + b"!!\n-----END FOO-----\n" + p,
    "empty block before": lambda p, d: BEGIN + END + p,
    "no certificate before": lambda p, d: BEGIN + b"AAAA\n" + END + p,
    "broken BEGIN before": lambda p, d: b"-----BEGIN CERTIFICATE\n" + p,
    "END before": lambda p, d: END + p,
    "glued to another": lambda p, d: p.rstrip() + p,
    "as PKCS7": lambda p, d: pem(d, b"PKCS7"),
    "name with a blank": lambda p, d: pem(d, b"CERTIFICATE "),
    "name is empty": lambda p, d: pem(d, b""),
    "trusted without settings": lambda p, d: pem(d, b"TRUSTED CERTIFICATE"),
    "trusted for servers": lambda p, d: trusted(d, SERVER),
    "trusted for mail": lambda p, d: trusted(d, MAIL),
    "trusted for both": lambda p, d: trusted(d, MAIL + SERVER),
    "trusted for any": lambda p, d: trusted(d, ANY),
    "rejected": lambda p, d: trusted(d, None, SERVER),
    "trusted and rejected": lambda p, d: trusted(d, SERVER, SERVER),
    "trusted, other rejected": lambda p, d: trusted(d, SERVER, MAIL),
    "only a label": lambda p, d: trusted(d, more=b"\x0c\x01x"),
    "plain and trusted for mail": lambda p, d: p + trusted(d, MAIL),
    "settings in a plain block": lambda p, d: pem(d + settings(SERVER)),
    "bytes behind the settings": lambda p, d: pem(d + settings(SERVER) + b"\0",
                                                  b"TRUSTED CERTIFICATE"),
    "object": lambda p, d: OBJECT + p,
    "trusted object": lambda p, d: OBJECT + b"trusted: true\n" + p,
    "distrusted object": lambda p, d: OBJECT + b"x-distrusted: true\n" + p,
    "spaced object": lambda p, d: b"  " + OBJECT + b" trusted :  true \n" + p,
    "object in crlf": lambda p, d: (OBJECT + b"trusted: true\n" + p).replace(b"\n", b"\r\n"),
    "object with a label": lambda p, d: OBJECT + b'label: "a%20b"\n' + p,
    "object with a bare label": lambda p, d: OBJECT + b"label: Some Name\ntrusted: true\n" + p,
    "object with no colon": lambda p, d: OBJECT + b"trusted: true\nfoo\n" + p,
    "object behind PEM": lambda p, d: p + OBJECT,
    "object in another section": lambda p, d: OBJECT + b"class: data\n[foo]\nbar: baz\n" + p,
    "object, then an error": lambda p, d: OBJECT + b"trusted: true\n" + p + OBJECT + b"foo\n",
    "object of bad base64": lambda p, d: OBJECT + p.replace(b"M", b"*", 2),
    "object of the old name": lambda p, d: OBJECT + p.replace(b"CERT", b"X509 CERT"),
    "object with END inline": lambda p, d: OBJECT + p.replace(b"\n-----END", b" -----END"),
    "object without END": lambda p, d: OBJECT + p.replace(END, b""),
    "object in a comment": lambda p, d: b"# " + OBJECT + p,
    "object behind a NUL": lambda p, d: p + b"\0" + OBJECT,
    "object by value": lambda p, d: OBJECT + b"class: certificate\ncertificate-type: x-509\n"
                                             b'trusted: true\nvalue: "%s"\n'
                                             % b"".join(b"%%%02x" % c for c in d),
}
PADDING = {
    "no sign": lambda p, d: p.replace(b"=", b""),
    "one sign more": lambda p, d: p.replace(b"\n-----END", b"=\n-----END"),
    "signs on lines of their own": lambda p, d: p.replace(b"=", b"\n=\n"),
    "a letter behind": lambda p, d: p.replace(b"\n-----END", b"X\n-----END"),
    "a letter glued to END": lambda p, d: p.replace(b"\n-----END", b"\nX-----END"),
    "bits behind": lambda p, d: re.sub(b"(.)(=+)\n", lambda m: bytes([m[1][0] + 1]) + m[2] + b"\n",
                                       p, count=1),
}


class Variations:
    """Certificates that differ in name, number and key, and cost nothing: none is signed anew."""

    def __init__(self, pki, directory):
        self.count = 0
        self.bases = []
        for padding in range(3):  # bytes that base64 has to pad
            key = directory / f"{padding}.pem"
            subprocess.run(["openssl", "genrsa", "-out", str(key), "2048"], check=True,
                           stderr=subprocess.DEVNULL)
            for extra in ("", "a", "ab"):
                base = pki.root(f"Shape {extra}QQQQQQ", key=key)
                if len(base.der) % 3 == padding:
                    self.bases.append(base.der)
                    break

    def next(self, padding=0):
        self.count += 1
        number = b"%06d" % self.count
        der = self.bases[padding].replace(b"QQQQQQ", number)
        key = der.index(bytes.fromhex("02820101")) + 40  # somewhere in the modulus
        return der[:key] + number + der[key + len(number):]


def sha256(der):
    return hashlib.sha256(der).hexdigest()


def files(variations):
    """(path, content, der) of everything that is tried."""
    def one(directory, name, shape, padding=0):
        der = variations.next(padding)
        return f"{directory}/{name}", shape(pem(der), der), der

    for name, shape in SHAPES.items():
        yield one(ANCHORS, name, shape)
        yield one(SOURCE, "beside " + name, shape)
    for padding in range(3):
        for name, shape in PADDING.items():
            yield one(ANCHORS, f"{padding} {name}", shape, padding)
    for name, shape in SHAPES.items():
        path, content, der = one(f"{SOURCE}/blocklist", "no " + name, shape)
        yield path, content, der
        yield f"{ANCHORS}/yes {name}", pem(der), der


@pytest.mark.parametrize("suite", ["bookworm", "trixie"])
def test_the_same_certificates_are_trusted(tm, debian, pki, tmp_path, suite):
    root = debian(suite)
    make_it_red(root)
    tried = list(files(Variations(pki, tmp_path)))
    for path, content, _ in tried:
        root.write(path, content)
    root.run(PROGRAM)
    real = set(fingerprints(root.text(TLS_BUNDLE)))
    answer = tm("anchor", "list", root=root)
    states = {r["state"]["sha256"].lower(): r["state"] for r in answer.results}
    wrong = []
    for path, _, der in tried:
        state = states.get(sha256(der), {"anchored": False, "where": [], "reasons": []})
        ours = (state["anchored"] and state["state"] == "present" and
                not any("other purposes" in r for r in state["reasons"]))
        if ours != (sha256(der) in real):
            wrong.append(f"{path}: p11-kit {not ours}, trustmend {ours}: {state}")
        elif ours and "/blocklist/" not in path and path not in state["where"]:
            wrong.append(f"{path}: not named: {state}")
    assert not wrong, "\n".join(wrong)
    assert len(real) > len(tried) // 4
