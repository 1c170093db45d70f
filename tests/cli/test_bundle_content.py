"""What of a bundle's certificates has to be told on `get`, sources or not."""

import pathlib
import subprocess

import pytest

SYSTEM = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
CA = "basicConstraints = critical,CA:TRUE{}\nkeyUsage = critical,keyCertSign,cRLSign\n" \
     "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"


def weak_key(directory):
    key = directory / "weak.key"
    subprocess.run(["openssl", "genrsa", "-out", str(key), "1024"], check=True,
                   capture_output=True, timeout=600)
    return key


def get(tm, root, *more):
    answer = tm("bundle", "get", "path=/ca.pem", "requires=", *more, root=root)
    assert answer.status == 0, repr(answer)
    return [w for w in answer.result["warnings"] if "others can change" not in w]


@pytest.fixture
def kinds(pki, tmp_path):
    """(certificate, what is told of it), each with another line."""
    root = pki.root("Sound")
    return {
        "sound": (root, None),
        "leaf": (pki.leaf(root), "1 of its certificates would have no effect"),
        "expired": (pki.root("Expired", start="20100101000000Z", end="20110101000000Z"),
                    "1 of its certificates expired"),
        "weak": (pki.root("Weak", key=weak_key(tmp_path)), "RSA, 1024 bits"),
        "short": (pki.root("Short", extensions=CA.format(",pathlen:0")), "path length is 0"),
        "intermediate": (pki.intermediate(pki.root("Elsewhere"), "Alone"), "was issued by"),
    }


def test_each_certificate_that_does_less_than_it_seems_is_told(tm, tmp_path, pki, kinds):
    for name, (certificate, word) in kinds.items():
        sound = pki.root("Beside")
        (tmp_path / "ca.pem").write_text(sound.text + certificate.text)
        line = sound.text.count("\n") + 1
        told = get(tm, tmp_path)
        if word is None:
            assert told == [], (name, told)
            continue
        assert len(told) == 1 and word in told[0], (name, told)
        assert f"line {line}" in told[0] and told[0].startswith("/ca.pem: "), told
        (tmp_path / "source.pem").write_text(sound.text + certificate.text)
        again = get(tm, tmp_path, f"sources={tm.path(tmp_path / 'source.pem')}")
        assert bool(again) == (name != "expired") and all(word in w for w in again), (name, again)


def test_an_intermediate_beside_its_issuer_is_no_news(tm, tmp_path, pki):
    root = pki.root("Issuer")
    (tmp_path / "ca.pem").write_text(root.text + pki.intermediate(root).text)
    assert get(tm, tmp_path) == []


def test_many_remarks_are_cut(tm, tmp_path, pki):
    roots = [pki.root(f"Short {n}", extensions=CA.format(",pathlen:0")) for n in range(6)]
    (tmp_path / "ca.pem").write_text("".join(r.text for r in roots))
    told = get(tm, tmp_path)
    assert len(told) == 4 and "3 more" in told[3], told


@pytest.mark.native_only("the bundle of this machine")
def test_a_distributions_bundle_gives_few_lines(tm, tmp_path):
    if not SYSTEM.exists():
        pytest.skip("no such bundle here")
    (tmp_path / "ca.pem").write_bytes(SYSTEM.read_bytes())
    assert len(get(tm, tmp_path)) <= 2
