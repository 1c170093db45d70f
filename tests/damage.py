"""
Bundles as people and programs damage them: each function makes some hundred variations of a
sound text, with a name for each. What can be read of one is told by `readable`, which knows
nothing of blocks: a certificate is there where all of its base64 is there in one piece.
"""

import base64
import re
import ssl

BEGIN = b"-----BEGIN CERTIFICATE-----"
END = b"-----END CERTIFICATE-----"


def body(pem):
    """The base64 of one certificate, without its line ends."""
    return b"".join(pem.split(b"\n")[1:-2])


def squeezed(text):
    """The base64 alphabet alone, of a text whose lines may be quoted, folded, written as \\n."""
    lines = [line for line in re.split(rb"[\r\n]", text.replace(b"\0", b""))
             if not line.lstrip().startswith(b"#")]
    plain = re.sub(rb"\\[nrt]|=\r?\n|\\u000[aAdD]", b" ", b"\n".join(lines))
    return re.sub(rb"[^A-Za-z0-9+/]", b"", plain)


def der(pem):
    return base64.b64decode(body(pem))


def readable(text, pems):
    """DER of those certificates that a patient reader could take out of it."""
    there = squeezed(text)
    return {der(pem) for pem in pems if body(pem).rstrip(b"=") in there}


def loaded(path):
    """DER of what Python's ssl loads from a file, or None where it does not load."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(path)
    except ssl.SSLError:
        return None
    return set(context.get_ca_certs(True))


# ---- one block ----

def markers(pem):
    """BEGIN and END lines with typing errors."""
    for which, marker in (("begin", BEGIN), ("end", END)):
        word = marker.strip(b"-")
        for left in (0, 1, 3, 4, 5, 6):
            for right in (0, 1, 4, 5, 6):
                if (left, right) == (5, 5) or left + right == 0:
                    continue
                yield f"{which} {left}/{right} hyphens", \
                    pem.replace(marker, b"-" * left + word + b"-" * right)
        for name, new in (
                ("lower", marker.lower()),
                ("mixed", marker.replace(b"CERTIFICATE", b"Certificate")),
                ("two blanks", marker.replace(b" ", b"  ")),
                ("tab", marker.replace(b" ", b"\t")),
                ("blanks inside", b"----- " + word + b" -----"),
                ("blank behind", marker + b" \t "),
                ("indented", b"  " + marker),
                ("tabbed", b"\t" + marker),
                ("en dashes", marker.replace(b"-----", "–––––".encode())),
                ("em dashes", marker.replace(b"-----", "—–—".encode())),
                ("minus", marker.replace(b"-----", "−−−−−".encode())),
                ("cp1252", marker.replace(b"-----", b"\x96\x96\x97")),
                ("one dash", marker.replace(b"--", "—".encode())),
                ("quoted", b"> " + marker),
                ("label", b"subject: " + marker),
                ("bom", b"\xef\xbb\xbf" + marker),
                ("nbsp", b"\xc2\xa0" + marker),
                ("typo", marker.replace(b"CERTIFICATE", b"CERTIFCATE")),
                ("trusted", marker.replace(b"CERTIFICATE", b"TRUSTED CERTIFICATE")),
                ("x509", marker.replace(b"CERTIFICATE", b"X509 CERTIFICATE")),
                ("gone", b""),
                ("commented", b"# " + marker),
                ("nul before", b"\0" + marker),
                ("nul inside", marker.replace(b" ", b"\0 ")),
                ("nul behind", marker + b"\0\0"),
                ("joined", marker + b"joined")):
            yield f"{which} {name}", pem.replace(marker, new)
    yield "no end line", pem.replace(END + b"\n", b"")
    yield "no begin line", pem.replace(BEGIN + b"\n", b"")
    yield "no lines", pem.replace(BEGIN + b"\n", b"").replace(END + b"\n", b"")
    yield "begin joined to body", pem.replace(BEGIN + b"\n", BEGIN)
    yield "body joined to end", pem.replace(b"\n" + END, END)
    yield "swapped", pem.replace(BEGIN, b"x").replace(END, BEGIN).replace(b"x", END)
    yield "begin twice", BEGIN + b"\n" + pem
    yield "end twice", pem + END + b"\n"


def wrapped(pem, width, between=b"\n"):
    data = body(pem)
    return between.join(data[i:i + width] for i in range(0, len(data), width))


def lines(pem):
    """Base64 whose lines are not as they were."""
    for width in (10, 32, 48, 63, 65, 76, 77, 100, 252, 253, 254, 255, 256, 2000):
        yield f"width {width}", BEGIN + b"\n" + wrapped(pem, width) + b"\n" + END + b"\n"
    for name, between in (("blanks", b" "), ("written", b"\\n"), ("written crlf", b"\\r\\n"),
                          ("cr", b"\r"), ("u000a", b"\\u000a"), ("soft breaks", b"=\n"),
                          ("comma", b",\n"), ("c", b"\\n\"\n\""), ("quoted", b"\n> "),
                          ("twice quoted", b"\n> > "), ("tabs", b"\n\t"), ("blank lines", b"\n\n"),
                          ("nbsp", b"\xc2\xa0\n"), ("vertical", b"\v"), ("nothing", b""),
                          ("nul", b"\0\n"), ("bom", b"\n\xef\xbb\xbf"), ("bar", b"\n| ")):
        folded = BEGIN + between + wrapped(pem, 64, between) + between + END
        yield f"all by {name}", folded + b"\n"
        yield f"body by {name}", BEGIN + b"\n" + wrapped(pem, 64, between) + b"\n" + END + b"\n"
        yield f"in quotes by {name}", b'"' + folded + b'"\n'
    yield "crlf", pem.replace(b"\n", b"\r\n")
    yield "cr only", pem.replace(b"\n", b"\r")
    yield "indented", re.sub(rb"(?m)^", b"    ", pem.rstrip()) + b"\n"
    yield "all quoted", re.sub(rb"(?m)^", b"> ", pem.rstrip()) + b"\n"
    yield "commented out", re.sub(rb"(?m)^", b"# ", pem.rstrip()) + b"\n"
    yield "trailing blanks", pem.replace(b"\n", b"  \n")
    yield "blank line first", pem.replace(BEGIN + b"\n", BEGIN + b"\n\n")
    yield "header", pem.replace(BEGIN + b"\n", BEGIN + b"\nComment: of old\n\n")
    yield "header of a cipher", pem.replace(
        BEGIN + b"\n", BEGIN + b"\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n")
    yield "header without blank line", pem.replace(BEGIN + b"\n", BEGIN + b"\nX-Mail: yes\n")
    yield "utf-16", pem.decode().encode("utf-16-le")
    yield "utf-16 with a mark", pem.decode().encode("utf-16")
    yield "utf-16 big", pem.decode().encode("utf-16-be")


def bytes_in(pem):
    """Single bytes put in, changed, or taken out, here and there."""
    for at in (0, 3, 5, 27, 28, 29, 40, 91, 92, 93, 200, len(pem) - 27, len(pem) - 26, len(pem) - 3,
               len(pem) - 1):
        for what in (b"\0", b"-", b"=", b"\n", b" ", b"*", b"\xef", b"A", b":", b"#", b"\r", b"\x1a"):
            yield f"{what!r} put in at {at}", pem[:at] + what + pem[at:]
            yield f"{what!r} written over {at}", pem[:at] + what + pem[at + 1:]
        yield f"byte {at} gone", pem[:at] + pem[at + 1:]
        yield f"cut off at {at}", pem[:at]
        yield f"the first {at} bytes gone", pem[at:]
    yield "body changed", pem.replace(b"\nMI", b"\nM*")


def texts(pems):
    """Whole bundles, with something before, between or behind the blocks."""
    whole = b"".join(pems)
    for name, text in (
            ("nul", b"\0"), ("nuls", b"\0" * 512), ("nul line", b"\0\n"), ("nul in line", b"x\0y\n"),
            ("ctrl-z", b"\x1a"), ("latin-1", b"Zertifikat f\xfcr Studio\n"), ("bom", b"\xef\xbb\xbf"),
            ("utf-16 mark", b"\xff\xfe"), ("title", b"Alias name: studio\nCreation date: today\n\n"),
            ("stars", b"*" * 43 + b"\n"), ("dashes", b"-----\n"), ("begin", BEGIN + b"\n"),
            ("end", END + b"\n"), ("begin of nothing", b"-----BEGIN X-----\n"),
            ("long line", b"x" * 300), ("long line and newline", b"x" * 300 + b"\n"),
            ("comment", b"# -----BEGIN CERTIFICATE-----\n"), ("254", b"#" * 254), ("253", b"#" * 253),
            ("crl", b"-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n"),
            ("binary", bytes(range(1, 32)) + b"\n"), ("prose", b"this is your certificate:\n"),
            ("half a block", pems[0][:200] + b"\n"), ("der", base64.b64decode(body(pems[0]))),
            ("key in a comment", b"# no -----BEGIN PRIVATE KEY----- here\n")):
        for at in range(len(pems) + 1):
            yield f"{name} before block {at}", b"".join(pems[:at]) + text + b"".join(pems[at:])
    yield "joined", b"".join(pem.rstrip() for pem in pems)
    yield "joined by blanks", b" ".join(pem.rstrip() for pem in pems)
    yield "no final newline", whole.rstrip()
    yield "cr only", whole.replace(b"\n", b"\r")
    yield "written newlines", whole.replace(b"\n", b"\\n")
    yield "folded", whole.replace(b"\n", b" ")
    yield "twice", whole + whole
    yield "bodies alone", b"".join(body(pem) + b"\n" for pem in pems)
    yield "one body", BEGIN + b"\n" + b"".join(body(p).rstrip(b"=") for p in pems) + b"\n" + END + b"\n"


def variations(pems, every=1):
    """(name, bytes) of them all, or of every so many."""
    found = []
    for i, pem in enumerate(pems):
        for kind in (markers, lines, bytes_in):
            found += [(f"block {i}: {name}", b"".join(pems[:i]) + block + b"".join(pems[i + 1:]))
                      for name, block in kind(pem)]
    found += texts(pems)
    return found[::every]
