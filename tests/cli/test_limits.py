"""What a CA is limited to is told exactly where OpenSSL refuses a server below it."""

import subprocess

import pytest

CA = "basicConstraints = critical,CA:TRUE{}\nkeyUsage = critical,keyCertSign,cRLSign\n"
IDS = "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"

# The extensions, whether OpenSSL refuses localhost below it, and what is said.
LIMITS = {
    "none": (CA.format("") + IDS, None, False, ""),
    "other names": (CA.format("") + IDS
                    + "nameConstraints = critical,permitted;DNS:studio.example\n", None, True,
                    "permitted DNS studio.example"),
    "not critical": (CA.format("") + IDS + "nameConstraints = permitted;DNS:studio.example\n",
                     None, True, "permitted DNS studio.example"),
    "excluded address": (CA.format("") + IDS
                         + "nameConstraints = critical,excluded;IP:127.0.0.0/255.0.0.0\n", None,
                         True, "excluded IP 127.0.0.0/8"),
    "path length": (CA.format(",pathlen:0") + IDS, "intermediate", True, "path length is 0"),
}


def openssl_accepts(ca, leaf, chain):
    more = ["-untrusted", str(chain.pem)] if chain else []
    run = subprocess.run(["openssl", "verify", "-purpose", "sslserver", "-CAfile", str(ca.pem),
                          *more, str(leaf.pem)], capture_output=True, check=False, timeout=600)
    return run.returncode == 0


@pytest.mark.parametrize("limit", LIMITS)
def test_a_limit_is_told_where_openssl_keeps_to_it(tm, tmp_path, pki, limit):
    extensions, below, refused, word = LIMITS[limit]
    ca = pki.root("Limited " + limit, extensions=extensions)
    other = pki.root("Other")
    chain = pki.intermediate(ca) if below else None
    leaf = pki.leaf(chain or ca)
    assert openssl_accepts(ca, leaf, chain) != refused
    (tmp_path / "ca.pem").write_text(other.text)
    anchor = tm("anchor", "plan", f"certificate={tm.path(ca.pem)}", "store=bundle:/ca.pem",
                root=tmp_path)
    extra = tm("bundle", "plan", "path=/ca.pem", f"extra={tm.path(ca.pem)}", "requires=",
               root=tmp_path)
    for answer in (anchor, extra):
        assert answer.status == 0, repr(answer)
        told = [w for w in answer.result["warnings"] if "limit" in w or "path length" in w]
        assert bool(told) == refused, repr(answer)
        assert all(word in w for w in told)


# A CA by these alone: enough for the last of a chain.
LESS_THAN_A_CA = {
    "key usage": "keyUsage = critical,keyCertSign,cRLSign\n" + IDS,
    "netscape type": "nsCertType = sslCA\n" + IDS,
}


@pytest.mark.parametrize("by", [*LESS_THAN_A_CA, "basicConstraints"])
@pytest.mark.parametrize("beside", [False, True])
def test_an_intermediate_is_effective_where_openssl_goes_on_to_its_issuer(tm, tmp_path, pki, by,
                                                                          beside):
    tmp_path.chmod(0o755)
    root = pki.root("Issuer")
    below = pki.intermediate(root, extensions=LESS_THAN_A_CA[by]) if by in LESS_THAN_A_CA \
        else pki.intermediate(root)
    leaf = pki.leaf(below)
    (tmp_path / "ca.pem").write_text(below.text + (root.text if beside else ""))
    accepted = subprocess.run(
        ["openssl", "verify", "-purpose", "sslserver", "-CAfile", str(tmp_path / "ca.pem"),
         *([] if beside else ["-partial_chain"]), str(leaf.pem)],
        capture_output=True, check=False, timeout=600).returncode == 0
    assert accepted == (by == "basicConstraints" or not beside)
    got = tm("anchor", "apply", f"certificate={tm.path(below.pem)}", "store=bundle:/ca.pem",
             root=tmp_path)
    assert got.status == 0 and not got.changed, repr(got)
    assert got.state["effective"] == accepted, repr(got)
    assert bool(got.state["reasons"]) != accepted, repr(got)
    told = " ".join(got.result["warnings"])
    assert ("was issued by" in told) == (not beside), told
    if by != "basicConstraints":
        assert "no basicConstraints" in told and "takes it for a CA all the same" not in told
        bundle = tm("bundle", "get", "path=/ca.pem", "requires=", root=tmp_path)
        assert any("no basicConstraints" in w for w in bundle.result["warnings"]), repr(bundle)
