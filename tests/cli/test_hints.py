"""
Files that hold no certificate as such: anchor and bundle say the same of each, echo nothing of
it, and the command in the hint, run as it stands, makes a file that is accepted.
"""

import base64
import gzip
import json
import re
import shutil
import subprocess

import pytest

import damage

NATIVE = pytest.mark.native_only("the commands of the hints are those of this machine")
PASSWORD = "changeit"


@pytest.fixture(scope="module")
def root_ca(pki):
    return pki.root("Hinted")


@pytest.fixture
def here(tmp_path):
    (tmp_path / "root").mkdir()
    (tmp_path / "root/ca.pem").write_bytes(b"")
    return tmp_path


def openssl(*arguments, data=None):
    return subprocess.run(["openssl", *arguments], input=data, check=True, timeout=600,
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout


def make(kind, ca, directory):
    """The bytes of one kind of file with the certificate `ca` in it, or something of it."""
    pem = ca.text.encode()
    flat = damage.body(pem)
    if kind.startswith("pkcs7"):
        ca_file = directory / "in.pem"
        ca_file.write_bytes(pem)
        form = "DER" if kind != "pkcs7" else "PEM"
        data = openssl("crl2pkcs7", "-nocrl", "-certfile", str(ca_file), "-outform", form)
        encoded = base64.encodebytes(data).replace(b"\n", b"\r\n")
        return {"pkcs7": data, "pkcs7 der": data,
                "pkcs7 naked": base64.encodebytes(data),
                "pkcs7 misnamed": b"-----BEGIN CERTIFICATE-----\r\n" + encoded
                                  + b"-----END CERTIFICATE-----\r\n"}[kind]
    if kind.startswith("pkcs12"):
        ca_file = directory / "in.pem"
        ca_file.write_bytes(pem)
        data = openssl("pkcs12", "-export", "-nokeys", "-in", str(ca_file), "-out", "-",
                       "-passout", "pass:" + PASSWORD)
        return data
    if kind in ("jks", "jceks"):
        if not shutil.which("keytool"):
            pytest.skip("no keytool here")
        (directory / "in.pem").write_bytes(pem)
        subprocess.run(["keytool", "-importcert", "-noprompt", "-alias", "a", "-file",
                        str(directory / "in.pem"), "-storetype", kind, "-keystore",
                        str(directory / "store"), "-storepass", PASSWORD],
                       check=True, capture_output=True, timeout=600)
        return (directory / "store").read_bytes()
    return {
        "der": lambda: damage.der(pem),
        "utf-16": lambda: ca.text.encode("utf-16"),
        "utf-16 big": lambda: ca.text.encode("utf-16-be"),
        "utf-32": lambda: ca.text.encode("utf-32"),
        "cat -n": lambda: b"".join(b"%6d\t%s\n" % (n, line) for n, line
                                   in enumerate(pem.splitlines(), 1)),
        "grep -n": lambda: b"".join(b"%d:%s\n" % (n, line) for n, line
                                    in enumerate(pem.splitlines(), 1)),
        "cr only": lambda: pem.replace(b"\n", b"\r"),
        "gzip": lambda: gzip.compress(pem),
        "json": lambda: json.dumps({"a": {"ca": ca.text, "b": [1]}}).encode(),
        "json crlf": lambda: json.dumps([ca.text.replace("\n", "\r\n")]).replace(
            "/", "\\/").encode(),
        "yaml": lambda: b"tls:\n  ca: |\n" + re.sub(rb"(?m)^(?=.)", b"    ", pem) + b"  b: 1\n",
        "base64 of pem": lambda: b"ca: " + base64.b64encode(pem) + b"\n",
        "base64 of pem, in lines": lambda: base64.encodebytes(pem),
        "base64 of pem, misnamed": lambda: b"-----BEGIN CERTIFICATE-----\n"
                                           + base64.encodebytes(pem)
                                           + b"-----END CERTIFICATE-----\n",
        "json base64": lambda: json.dumps({"ca": base64.b64encode(pem).decode()}).encode(),
        "text behind": lambda: pem.rstrip() + b" # the last\n",
        "trusted": lambda: openssl("x509", "-trustout", "-addtrust", "serverAuth", data=pem),
        "no end line": lambda: pem.replace(b"-----END CERTIFICATE-----\n", b""),
        "folded": lambda: pem.replace(b"\n", b" "),
        "written": lambda: pem.replace(b"\n", b"\\n"),
        "quoted": lambda: b'"' + pem.replace(b"\n", b"\\n") + b'"\n',
        "hyphen": lambda: pem[1:],
        "no lines": lambda: base64.encodebytes(base64.b64decode(flat)),
    }[kind]()


# The kind, and a word that the message must have.
KINDS = {
    "pkcs7": "PKCS#7", "pkcs7 der": "PKCS#7", "pkcs7 misnamed": "PKCS#7", "pkcs7 naked": "PKCS#7",
    "pkcs12": "PKCS#12", "jks": "Java keystore", "jceks": "Java keystore", "utf-16": "UTF-16",
    "cr only": "CR alone", "gzip": "gzip", "json": "JSON", "json crlf": "JSON", "yaml": "YAML",
    "base64 of pem": "base64 once more", "trusted": "TRUSTED", "no end line": "END line",
    "utf-16 big": "UTF-16", "utf-32": "UTF-32", "cat -n": "number", "grep -n": "number",
    "base64 of pem, in lines": "base64 once more", "base64 of pem, misnamed": "base64 once more",
    "json base64": "base64 once more", "text behind": "END line",
    "folded": "newlines", "written": "\\n", "quoted": "\\n", "hyphen": "BEGIN line",
}


def plan_both(tm, here, file):
    """(message, hint) of type anchor and of type bundle for a file."""
    anchor = tm("anchor", "plan", f"certificate={tm.path(file)}", "store=bundle:/ca.pem",
                root=here / "root")
    bundle = tm("bundle", "plan", "path=/new.pem", f"sources={tm.path(file)}", "requires=",
                root=here / "root")
    for answer in (anchor, bundle):
        assert answer.error["kind"] == "refused", repr(answer)
    return [(answer.error["message"], answer.error["hint"]) for answer in (anchor, bundle)]


def command_of(hint):
    """The first command of a hint, which follows a colon."""
    assert ": " in hint, hint
    return re.split(r"; on Windows|; in PowerShell| \(with| \(a \.tar", hint.split(": ", 1)[1])[0]


def follow(tm, here, hint):
    """Does what the hint for here/FILE says: leaves here/ca.pem."""
    command = command_of(hint)
    if command.startswith("trustmend "):
        shutil.copy(here / "FILE", here / "root/copy.pem")
        run = tm(*command.split()[1:3], "path=/copy.pem", command.split()[4], root=here / "root")
        assert run.status == 0, repr(run)
        shutil.move(here / "root/copy.pem", here / "ca.pem")
        return
    if "pkcs12" in command:
        command += " -passin pass:" + PASSWORD
    run = subprocess.run(["sh", "-c", command], cwd=here, capture_output=True, timeout=600,
                         input=PASSWORD.encode() + b"\n", check=False)
    assert run.returncode == 0, (command, run.stderr)


def check_made(tm, here, root_ca):
    """here/ca.pem is what was meant; and it goes."""
    out = tm("bundle", "apply", "path=/new.pem", f"sources={here}/ca.pem", "requires=",
             root=here / "root")
    assert out.status == 0 and out.state["count"] == 1, repr(out)
    assert damage.loaded(here / "root/new.pem") == {damage.der(root_ca.text.encode())}
    (here / "root/new.pem").unlink()
    (here / "ca.pem").unlink()


@NATIVE
@pytest.mark.parametrize("kind", KINDS)
def test_the_command_in_the_hint_works(tm, here, root_ca, kind):
    file = here / "FILE"
    file.write_bytes(make(kind, root_ca, here))
    for message, hint in plan_both(tm, here, file):
        assert KINDS[kind] in message, (message, hint)
        assert root_ca.text[40:60] not in message + hint
        follow(tm, here, hint)
        check_made(tm, here, root_ca)


def answers_of_bundles(tm, here, other):
    """(message, hint) for root/FILE as a store, as a bundle, and as the file of a variable."""
    root = here / "root"
    (here / "other.pem").write_text(other.text)
    shutil.copy(here / "FILE", root / "FILE")
    (root / "etc").mkdir(exist_ok=True)
    (root / "etc/environment").write_text("SSL_CERT_FILE=/FILE\n")
    store = tm("anchor", "plan", f"certificate={tm.path(here / 'other.pem')}",
               "store=bundle:/FILE", root=root)
    path = tm("bundle", "plan", "path=/FILE", "requires=", root=root)
    env = tm("env", "get", "name=SSL_CERT_FILE", "targets=etc_environment", root=root)
    problems = [p for p in env.state["problems"] if "/FILE" in p]
    told = [(path.error["message"], path.error["hint"])] if path.error else []
    told += [(store.error["message"], store.error["hint"])] if store.error else []
    told += [tuple(problem.split("; ", 1)) for problem in problems]
    return told


# Loaded as they are, by every program.
LOADED = ("trusted",)
# What the type bundle mends itself, where it stands.
MENDED = ("cr only", "no end line", "folded", "written", "quoted", "hyphen", "text behind")


@NATIVE
@pytest.mark.parametrize("kind", [k for k in [*KINDS, "der", "no lines"] if k not in LOADED])
def test_the_hint_for_a_bundle_works(tm, here, pki, root_ca, kind):
    (here / "FILE").write_bytes(make(kind, root_ca, here))
    told = answers_of_bundles(tm, here, pki.root("Other"))
    assert len(told) == (2 if kind in MENDED + ("no lines",) else 3), told
    for message, hint in told:
        assert KINDS.get(kind, "") in message, (message, hint)
        assert message.count("no certificate") < 2 and message.count("OpenSSL") < 2, message
        follow(tm, here, re.sub("; then put that in its place.*", "", hint))
        check_made(tm, here, root_ca)


def test_a_der_certificate_is_an_anchor_and_no_bundle(tm, here, root_ca):
    file = here / "ca.cer"
    file.write_bytes(damage.der(root_ca.text.encode()))
    answer = tm("bundle", "plan", "path=/new.pem", f"sources={tm.path(file)}", "requires=",
                root=here / "root")
    assert "openssl x509 -inform DER" in answer.error["hint"]
    assert tm("bundle", "plan", "path=/ca.pem", f"extra={tm.path(file)}", "requires=",
              root=here / "root").error["kind"] == "conflict"  # of the empty bundle


OTHERS = {
    "web page": (b"<!DOCTYPE html>\n<html>x</html>\n", "HTML"),
    "empty": (b" \n", "empty"),
    "zip": (b"PK\x03\x04" + b"x" * 40, "zip"),
    "tar": (b"a" + b"\0" * 256 + b"ustar" + b"\0" * 250, "tar archive"),
    "7z": (b"7z\xbc\xaf\x27\x1c" + b"x" * 40, "archive"),
    "sst": (b"\0\0\0\0CERT" + b"x" * 40, ".sst"),
    "ssh": (b"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI host\n", "SSH"),
    "pgp": (b"-----BEGIN PGP PUBLIC KEY BLOCK-----\n\nmQEN\n-----END PGP PUBLIC KEY BLOCK-----\n",
            "OpenPGP"),
    "xml": (b"<?xml version='1.0'?><plist/>\n", "XML"),
    "json": (b'{"a": 1}\n', "JSON"),
    "text": (b"hello secret\n", "no certificate"),
    "commented out": (b"# -----BEGIN CERTIFICATE-----\n# MIIB\n", "no certificate"),
}


@NATIVE
@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_named_where_a_bundle_is_wanted(tm, here, pki, kind):
    data, word = OTHERS[kind]
    (here / "FILE").write_bytes(data)
    told = answers_of_bundles(tm, here, pki.root("Other"))
    assert len(told) == 3, told
    for message, hint in told:
        assert word in message and hint and "secret" not in message + hint, (message, hint)
        assert "bundle apply" not in hint, "which refuses it"
        assert message.count("no certificate") < 2, message


@pytest.mark.parametrize("kind", OTHERS)
def test_other_files_are_named(tm, here, kind):
    data, word = OTHERS[kind]
    file = here / "file"
    file.write_bytes(data)
    for message, hint in plan_both(tm, here, file):
        assert word in message and hint and "secret" not in message + hint, (message, hint)
        assert "openssl x509" not in hint


@NATIVE
@pytest.mark.parametrize("kind", ["request", "crl", "public key", "key", "locked key", "rsa key",
                                  "openssh key", "key der"])
@pytest.mark.parametrize("shape", ["plain", "indented", "end line gone", "heading of another"])
def test_relatives_of_certificates_are_named(tm, here, root_ca, kind, shape):
    key = openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256")
    (here / "key").write_bytes(key)
    words = {"request": "(CSR)", "crl": "(CRL)", "public key": "public key"}
    if kind == "request":
        data = openssl("req", "-new", "-key", str(here / "key"), "-subj", "/CN=x")
    elif kind == "crl":
        data = b"-----BEGIN X509 CRL-----\n" + base64.encodebytes(b"0" * 60) \
               + b"-----END X509 CRL-----\n"
    elif kind == "public key":
        data = openssl("pkey", "-pubout", data=key)
    elif kind == "locked key":
        data = openssl("pkcs8", "-topk8", "-passout", "pass:x", data=key)
    elif kind == "rsa key":
        data = openssl("genrsa", "-traditional", "2048")
    elif kind == "openssh key":
        data = b"-----BEGIN OPENSSH PRIVATE KEY-----\n" + base64.encodebytes(bytes(99)) \
               + b"-----END OPENSSH PRIVATE KEY-----\n"
    elif kind == "key der":
        data = openssl("pkey", "-outform", "DER", data=key)
    else:
        data = key
    if shape != "plain" and kind == "key der":
        pytest.skip("no lines in it")
    if shape == "indented":
        data = b"  " + data.replace(b"\n", b"\n  ")
    elif shape == "end line gone":
        data = re.sub(rb"-----END .*\n", b"", data)
    elif shape == "heading of another":
        data = re.sub(rb"(BEGIN|END) .*?-----", rb"\1 CERTIFICATE-----", data)
        if kind in ("crl", "openssh key"):
            pytest.skip("its body alone says nothing")
    (here / "file").write_bytes(data)
    for message, hint in plan_both(tm, here, here / "file"):
        if kind in words and shape in ("plain", "heading of another"):
            assert words[kind] in message, (message, hint)
        if kind not in words:
            assert "private key" in message, (message, hint)
        assert data[60:90].decode("latin-1") not in message + hint


def test_a_comment_that_mentions_a_key_is_no_key_and_a_key_in_comments_is_one(tm, here, pki, root_ca):
    file = here / "ca.pem"
    (here / "root/ca.pem").write_text(pki.root("Other").text)
    for mention in ("# never put a -----BEGIN PRIVATE KEY----- here\n",
                    "-----BEGIN PRIVATE KEY-----: none of these, please\n",
                    "# a PRIVATE KEY\n"):
        file.write_text(mention + root_ca.text)
        for answer in (tm("anchor", "plan", f"certificate={tm.path(file)}", "store=bundle:/ca.pem",
                          root=here / "root"),
                       tm("bundle", "plan", "path=/n.pem", f"sources={tm.path(file)}", "requires=",
                          root=here / "root")):
            assert answer.error is None, repr(answer)
    key = openssl("genpkey", "-algorithm", "ED25519").decode()
    for text in (re.sub("(?m)^(?=.)", "# ", key), "Bag Attributes\n    localKeyID: 1\n" + key,
                 re.sub("-----BEGIN.*", "-----BEGIN PRIVATE KEY", key), key.replace("-----", "--"),
                 key.replace("\n", "\\n"), key.replace("\n", " "), key.lower()[:28] + key[28:],
                 re.sub("-----.*-----\n", "", key)):
        file.write_text(root_ca.text + text + "\n")
        for message, hint in plan_both(tm, here, file):
            assert "private key" in message, (text, message)


def test_what_is_no_file_at_all_is_named_once_with_a_hint(tm, here, root_ca):
    (here / "root/directory").mkdir()
    ca = tm.path(root_ca.pem)
    for words in (("anchor", "plan", f"certificate={ca}", "store=bundle:/directory"),
                  ("bundle", "plan", "path=/directory", f"sources={ca}", "requires=")):
        error = tm(*words, root=here / "root").error
        assert error["message"] == "this is a directory, not a file" and error["hint"], error
