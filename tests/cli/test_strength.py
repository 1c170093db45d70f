"""
What is said of a root's strength and time, held against handshakes at each of OpenSSL's security
levels: `effective` is level 0 whatever the time, and every connection that fails is told of.
"""

import ssl
import subprocess

import pytest

pytestmark = pytest.mark.native_only("OpenSSL's programs of this machine make and judge them")

LEVELS = (0, 1, 2)

# name: how the key is made
KEYS = {
    "rsa-512": ("RSA", "rsa_keygen_bits:512"), "rsa-1024": ("RSA", "rsa_keygen_bits:1024"),
    "rsa-2048": ("RSA", "rsa_keygen_bits:2048"), "p-192": ("EC", "ec_paramgen_curve:prime192v1"),
    "p-224": ("EC", "ec_paramgen_curve:P-224"), "p-256": ("EC", "ec_paramgen_curve:P-256"),
}
ROOT = ["-addext", "basicConstraints=critical,CA:TRUE",
        "-addext", "keyUsage=critical,keyCertSign,cRLSign"]


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True,
                          timeout=60, **more)


class Issuer:
    """A root, and a server's certificate of a good key below it, signed with SHA-256."""

    def __init__(self, directory, key="p-256", digest="sha256"):
        self.directory = directory
        self.key = directory / "root.key"
        self.pem = directory / "root.pem"
        kind, option = KEYS[key]
        openssl("genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", self.key)
        openssl("req", "-new", "-x509", "-key", self.key, "-subj", "/CN=Root", "-days", "3650",
                f"-{digest}", *ROOT, "-out", self.pem)
        openssl("genpkey", "-algorithm", *self.split("p-256"), "-out", directory / "leaf.key")
        openssl("req", "-new", "-key", directory / "leaf.key", "-subj", "/CN=localhost", "-out",
                directory / "leaf.csr")
        openssl("x509", "-req", "-in", directory / "leaf.csr", "-CA", self.pem, "-CAkey", self.key,
                "-days", "3650", "-sha256", "-out", directory / "leaf.pem")

    @staticmethod
    def split(key):
        return KEYS[key][0], "-pkeyopt", KEYS[key][1]

    def accepts(self, level):
        """None when a client of this security level that has the root takes the server, or why not."""
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.set_ciphers("DEFAULT:@SECLEVEL=0")
        server.load_cert_chain(self.directory / "leaf.pem", self.directory / "leaf.key")
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
        client.check_hostname = False
        client.load_verify_locations(self.pem)
        return handshake(client, server)


def handshake(client, server):
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = [client.wrap_bio(to_client, to_server),
            server.wrap_bio(to_server, to_client, server_side=True)]
    for _ in range(10):
        for end in list(ends):
            try:
                end.do_handshake()
                ends.remove(end)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLCertVerificationError as error:
                return error.verify_message
        if not ends:
            return None
    raise AssertionError("the handshake does not end")


@pytest.fixture
def answer_for(tm, tmp_path):
    def get(issuer):
        answer = tm("anchor", "get", f"certificate={issuer.pem}", "store=bundle:/ca.pem",
                    root=tmp_path)
        assert answer.status == 0, repr(answer)
        return answer.state["effective"], "\n".join(answer.result["warnings"])

    def make(**how):
        tmp_path.chmod(0o755)
        issuer = Issuer(tmp_path, **how)
        (tmp_path / "ca.pem").write_text(issuer.pem.read_text())
        return issuer, *get(issuer)
    return make


@pytest.mark.parametrize("key", KEYS)
def test_a_weak_key_is_told_with_the_level_that_refuses_it(answer_for, key):
    issuer, effective, told = answer_for(key=key)
    refused = [level for level in LEVELS if issuer.accepts(level)]
    assert effective and 0 not in refused
    assert ("too weak" in told) == bool(refused), (refused, told)
    if refused:
        assert f"too weak for security level {min(refused)}, " in told, (refused, told)


@pytest.mark.parametrize("digest", ["md5", "sha1"])
def test_a_roots_own_signature_keeps_nobody_from_trusting_it(answer_for, digest):
    issuer, effective, told = answer_for(key="rsa-2048", digest=digest)
    assert effective and "too weak" not in told, told
    assert [issuer.accepts(level) for level in LEVELS] == [None] * 3


@pytest.mark.parametrize("start, end, word", [
    ("20100101000000Z", "20110101000000Z", "expired on 2011-01-01"),
    ("20400101000000Z", "20410101000000Z", "is not valid yet"),
])
def test_a_root_out_of_its_time_is_told_and_fails_at_every_level(tm, pki, tmp_path, start, end,
                                                                 word):
    root = pki.root("Out of time", start=start, end=end)
    (tmp_path / "ca.pem").write_text(root.text)
    tmp_path.chmod(0o755)
    answer = tm("anchor", "get", f"certificate={root.pem}", "store=bundle:/ca.pem", root=tmp_path)
    assert answer.state["effective"] and word in "\n".join(answer.result["warnings"])
    leaf = pki.leaf(root)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(leaf.pem, leaf.key)
    for level in LEVELS:
        client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        client.set_ciphers(f"DEFAULT:@SECLEVEL={level}")
        client.load_verify_locations(root.pem)
        client.check_hostname = False
        assert handshake(client, server) in ("certificate has expired",
                                             "certificate is not yet valid")


def test_a_rare_kind_of_key_is_read_as_openssl_reads_it(tm, tmp_path):
    tmp_path.chmod(0o755)
    key, root = tmp_path / "root.key", tmp_path / "ca.pem"
    openssl("dsaparam", "-genkey", "-out", key, "1024")
    openssl("req", "-new", "-x509", "-key", key, "-subj", "/CN=Root", "-days", "3650", *ROOT,
            "-out", root)
    openssl("verify", "-CAfile", root, root)
    answer = tm("anchor", "get", f"certificate={root}", "store=bundle:/ca.pem", root=tmp_path)
    assert answer.state["effective"], repr(answer)
    assert "DSA, 1024 bits" in "\n".join(answer.result["warnings"])
