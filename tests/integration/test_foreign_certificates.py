"""
Certificates of other projects' test suites, by the thousand: what is accepted as an anchor, and
what is called effective, must be what OpenSSL says (integration/foreign/witness.c asks it), and
what a TLS handshake in memory makes of it where there is a server's certificate with its key.

scripts/foreign-certificates fetches them; TRUSTMEND_FOREIGN names more directories, with ":"
between them. Go's, where a package brings them, are taken too.
"""

import base64
import glob
import hashlib
import json
import os
import pathlib
import re
import shutil
import ssl
import struct
import subprocess
import tempfile

import pytest

HERE = pathlib.Path(__file__).resolve().parent
BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----\s(.*?)-----END CERTIFICATE-----", re.S)
KEYS = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----")
BATCH = 400          # certificates of one call
FILE_MAX = 1 << 20   # bytes
PARTIAL_CHAIN = 0x80000


def directories():
    named = [d for d in os.environ.get("TRUSTMEND_FOREIGN", "").split(":") if d]
    return named + glob.glob("/usr/share/go-*/src/crypto")


def files():
    for directory in directories():
        for path in sorted(pathlib.Path(directory).rglob("*")):
            if path.is_file() and path.stat().st_size <= FILE_MAX:
                yield path, path.read_bytes()


def looks_like_der(data):
    return data[:2] in (b"\x30\x82", b"\x30\x81")


def decoded(block):
    lines = [line for line in block.splitlines() if b":" not in line]
    try:
        return base64.b64decode(b"".join(b"".join(lines).split()), validate=True)
    except ValueError:
        return None


@pytest.fixture(scope="module")
def foreign():
    """{DER: where it was found}, each certificate once."""
    assert directories(), "TRUSTMEND_FOREIGN is not set: scripts/test does, after it has fetched them"
    found = {}
    for path, data in files():
        for block in BLOCK.findall(data):
            der = decoded(block)
            if der:
                found.setdefault(der, path)
        if looks_like_der(data):
            found.setdefault(data, path)
    return found


@pytest.fixture(scope="module")
def witness(tmp_path_factory):
    program = tmp_path_factory.mktemp("witness") / "witness"
    subprocess.run(["cc", "-O1", "-o", str(program), str(HERE / "foreign/witness.c"), "-lcrypto"],
                   check=True)

    def ask(ders, *arguments):
        frames = b"".join(struct.pack(">I", len(der)) + der for der in ders)
        done = subprocess.run([str(program), *arguments], input=frames, stdout=subprocess.PIPE,
                              check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]
    return ask


def pem(der):
    text = base64.encodebytes(der).decode().replace("\n", "")
    lines = "".join(text[i:i + 64] + "\n" for i in range(0, len(text), 64))
    return f"-----BEGIN CERTIFICATE-----\n{lines}-----END CERTIFICATE-----\n"


def batches(items):
    return (items[i:i + BATCH] for i in range(0, len(items), BATCH))


def run(tm, verb, certificates, stores):
    """One result for each, in order."""
    results = []
    for some in batches(list(zip(certificates, stores))):
        answer = tm(verb, "--input", "-", stdin={"resources": [
            {"type": "anchor", "certificate": pem(der), "store": f"bundle:{store}"}
            for der, store in some]})
        results += answer.results
    assert len(results) == len(certificates)
    return results


def verifies(said):
    """What OpenSSL's answers amount to, in its words; None where it cannot read it."""
    if said is None:
        return None
    if said["stops"] or not said["times"] or not said["key"]:
        return False
    if said["ca"] > 0:
        return said["for_ca"] > 0 and said["curve"] == 1
    return bool(not said["claims_ca"] and said["self_signed"] and said["for_server"] > 0)


def describe(der, path, result):
    return f"{path.name} {hashlib.sha256(der).hexdigest()[:16]}: {result['error'] or result['state']}"


@pytest.fixture
def place():
    """A directory that everyone can reach: a bundle that others cannot read is not effective."""
    directory = pathlib.Path(tempfile.mkdtemp())
    directory.chmod(0o755)
    yield directory
    shutil.rmtree(directory)


def stores_for(directory, ders):
    directory.mkdir()
    stores = []
    for number, der in enumerate(ders):
        store = directory / f"{number}.pem"
        store.write_text(der if isinstance(der, str) else pem(der))
        stores.append(store)
    return stores


def test_acceptance_is_what_openssl_says(tm, foreign, witness, pki, place):
    ders = list(foreign)
    assert len(ders) > 500, "these are not the suites that are meant"
    others = stores_for(place / "others", [pki.root("Another").text] * len(ders))
    wrong = []
    accepted = 0
    for der, said, result in zip(ders, witness(ders), run(tm, "plan", ders, others)):
        right = verifies(said)
        if (result["error"] is None) != bool(right):
            wrong.append((said, describe(der, foreign[der], result)))
        elif said and not right:
            assert result["error"]["kind"] == "refused", describe(der, foreign[der], result)
        accepted += result["error"] is None
    assert not wrong, f"{len(wrong)} of {len(ders)}: {wrong[:10]}"
    assert 100 < accepted < len(ders) - 100


def test_leaves_are_refused_with_the_advice_to_give_their_issuer(tm, foreign, witness, pki,
                                                                 place):
    leaves = [der for der, said in zip(foreign, witness(foreign))
              if said and said["ca"] == 0 and not said["claims_ca"] and not said["self_signed"]
              and not said["stops"] and said["times"] and said["key"]]
    assert len(leaves) > 100
    stores = stores_for(place / "others", [pki.root("Another").text] * len(leaves))
    for der, result in zip(leaves, run(tm, "plan", leaves, stores)):
        error = result["error"]
        assert error["kind"] == "refused", describe(der, foreign[der], result)
        assert "it was issued by" in error["message"], error
        assert "the CA that issued it" in error["hint"], error


def test_effective_is_what_openssl_says(tm, foreign, witness, place):
    ders = [der for der, said in zip(foreign, witness(foreign)) if said]
    stores = stores_for(place / "own", ders)
    wrong = []
    for der, said, result in zip(ders, witness(ders), run(tm, "get", ders, stores)):
        assert not result["error"], describe(der, foreign[der], result)
        assert result["state"]["state"] == "present", describe(der, foreign[der], result)
        if result["state"]["effective"] != verifies(said):
            wrong.append((said, describe(der, foreign[der], result)))
        assert bool(result["state"]["reasons"]) != result["state"]["effective"]
    assert not wrong, f"{len(wrong)} of {len(ders)}: {wrong[:10]}"


# ---- handshakes ----

def server_context(certificate, key):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.load_cert_chain(certificate, key, password=lambda: b"")
    return context


def servers():
    """(file, context) of every certificate whose key lies beside it under the same name."""
    for path, data in files():
        key = path.with_name(path.name.replace("cert", "key"))
        if key == path or not key.exists() or not KEYS.search(key.read_bytes()):
            continue
        blocks = BLOCK.findall(data)
        try:
            if len(blocks) == 1:
                yield path, decoded(blocks[0]), server_context(path, key)
        except (ssl.SSLError, ValueError, OSError):
            pass  # not its key, or none that this OpenSSL reads


def handshake(server, root):
    """None when the client accepts the server with `root` alone, or what OpenSSL says."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.set_ciphers("DEFAULT:@SECLEVEL=0")
    client.check_hostname = False
    client.verify_flags |= PARTIAL_CHAIN
    client.load_verify_locations(cadata=pem(root))
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server),
            server.wrap_bio(to_server, to_client, server_side=True)]
    done = set()
    for _ in range(10):
        for end in ends:
            try:
                if end not in done:
                    end.do_handshake()
                    done.add(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
            except ssl.SSLError as error:
                return f"no TLS: {error}"
        if len(done) == 2:
            return None
    return "no TLS: it does not end"


# What is said about the time, or about the names of the server, and not about its root.
ABOUT_OTHERS = ("certificate has expired", "certificate is not yet valid",
                "excluded subtree violation", "permitted subtree violation",
                "no TLS")  # with such a key


def pairs_of(foreign, witness):
    """(file, DER, context, DER of a CA that issued it) of every server whose key is there."""
    said = dict(zip(foreign, witness(list(foreign))))
    readable = [der for der in foreign if said[der]]
    found = [(path, der, context) for path, der, context in servers()
             if said.get(der) and said[der]["for_server"] > 0 and not said[der]["claims_ca"]
             and not said[der]["stops"] and said[der]["curve"]]
    candidates = [(server, root) for server in found for root in readable
                  if root != server[1] and said[root]["subject"] == said[server[1]]["issuer"]]
    frames = [der for server, root in candidates for der in (server[1], root)]
    return [(*server, root) for (server, root), issued
            in zip(candidates, witness(frames, "issued")) if issued]


def test_a_handshake_agrees(tm, foreign, witness, place):
    pairs = pairs_of(foreign, witness)
    if not pairs:
        pytest.skip("no server's certificate with its key: OpenSSL's source is not here")
    roots = sorted({root for _, _, _, root in pairs})
    states = dict(zip(roots, (result["state"] for result in
                              run(tm, "get", roots, stores_for(place / "own", roots)))))
    accepted = refused = 0
    for path, _, context, root in pairs:
        said = handshake(context, root)
        if said and said.startswith(ABOUT_OTHERS):
            continue
        assert (said is None) == states[root]["effective"], \
            f"{path.name} below {foreign[root].name}: {said}; {states[root]['reasons']}"
        accepted += said is None
        refused += said is not None
    assert accepted > 20 and refused > 2, f"{accepted} and {refused} of {len(pairs)}"
