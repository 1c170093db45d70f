"""
What other people leave beside our file in Debian's trust store, with the real
update-ca-certificates: whatever it is, the compiled bundle loads, and holds every certificate
that belongs there. Each kind by itself is in the unit tests of the same name.
"""

import hashlib
import ssl

import pytest

from integration.anchor_tools import (BUNDLE, CONF, HASHED, LOCAL, REBUILD, VENDOR, Store,
                                      fingerprints, reasons, subject_hash, warnings)
from pki import Certificate


@pytest.fixture
def root(debian12):
    return debian12


@pytest.fixture
def store(tm, root):
    return Store(tm, root)


@pytest.fixture
def ca(pki):
    return pki.root("Studio Root")


def loaded(root):
    """The certificates that Python's ssl takes out of the bundle; it fails where that fails."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(str(root.outside(BUNDLE)))
    return {hashlib.sha256(der).hexdigest() for der in context.get_ca_certs(binary_form=True)}


def test_bad_neighbours_of_every_kind_at_once(root, store, ca, pki):
    good, lost = pki.root("Good Neighbour"), pki.root("Damaged Neighbour")
    without_end = lost.text.replace("-----END CERTIFICATE-----\n", "")
    harmful = {"a.crt": without_end, "deep/er/b.crt": lost.text + "\0", "n.crt": "\0\n",
               "x.crt": lost.text.replace("M", "*", 3), "z.crt": without_end}
    harmless = {"c.crt": lost.text.replace("\n", "\\n"), "d.crt": "<html>404</html>", "e.crt": "",
                "f.crt": lost.text.encode("utf-16"), "g.crt": lost.der,
                "h.crt": lost.text.replace("\n", "\r"), "i.crt": good.text.rstrip("\n"),
                "j.crt": lost.text.replace("CERTIFICATE", "CERTFICATE"),
                "k.crt": good.text + lost.text.replace("-----B", "----B")}
    for name, content in {**harmful, **harmless}.items():
        root.write(f"{LOCAL}/{name}", content)
    root.outside(f"{LOCAL}/directory.crt").mkdir()
    root.outside(f"{LOCAL}/dangling.crt").symlink_to("/nowhere")
    before = loaded(root)
    told = warnings(store.plan(ca))
    done = store.converge(ca)
    assert loaded(root) == before | {ca.sha256, good.sha256}
    assert warnings(done) == told
    for name in set(harmless) - {"i.crt"}:
        assert told.count(f"{LOCAL}/{name}") == 1, name
    for name in harmful:
        assert f"{LOCAL}/{name} is damaged" in told
        assert root.outside(f"{LOCAL}/{name}.trustmend-disabled").exists()
    root.write(f"{LOCAL}/z.crt", without_end)
    store.converge(ca, "absent")
    assert loaded(root) == before | {good.sha256}


def test_a_damaged_file_of_the_distribution_is_refused_by_name(root, store, ca):
    name = f"{VENDOR}/mozilla/ISRG_Root_X1.crt"
    text = root.text(name)
    root.write(name, text.replace("-----END CERTIFICATE-----\n", ""))
    before = root.read(BUNDLE)
    for answer in (store.plan(ca), store.apply(ca)):
        assert answer.error["kind"] == "conflict" and answer.error["path"] == name
    assert root.read(BUNDLE) == before


@pytest.mark.parametrize("damage", ["no newline", "carriage return"])
def test_no_line_of_the_list_is_lost(root, store, ca, tmp_path, damage):
    conf = root.text(CONF)
    last = conf.splitlines()[-1]
    path = tmp_path / "last.pem"
    path.write_text(root.text(f"{VENDOR}/{last}"))
    root.write(CONF, conf.rstrip("\n") if damage == "no newline" else conf[:-1] + "\r\n")
    before = loaded(root)
    assert damage in warnings(store.plan(ca))
    store.converge(ca)
    assert loaded(root) == before | {ca.sha256}
    assert root.text(CONF) == conf
    root.write(CONF, conf.rstrip("\n") if damage == "no newline" else conf[:-1] + "\r\n")
    assert damage in reasons(store.get(Certificate(path, None), "absent"))
    store.converge(Certificate(path, None), "absent")
    assert loaded(root) == (before | {ca.sha256}) - set(fingerprints(path.read_text()))


def test_a_bundle_that_does_not_load_is_taken_back(root, store, ca):
    root.outside(REBUILD).rename(root.outside(REBUILD + ".real"))
    root.write(REBUILD, f"#!/bin/sh\n{REBUILD}.real \"$@\"\n"
                        f"echo '-----BEGIN CERTIFICATE-----' >> {BUNDLE}\n", 0o755)
    before = root.read(BUNDLE)
    answer = store.apply(ca)
    assert answer.error["kind"] == "conflict" and "was put back" in answer.error["message"]
    assert "another update-ca-certificates" not in answer.error["message"]
    assert root.read(BUNDLE) == before


@pytest.mark.parametrize("name", ["studio.crt", "studio.cer", "studio.crl", "STUDIO.PEM", None])
def test_a_copy_that_openssl_rehash_takes_is_named(root, store, ca, tm, name):
    path = f"{HASHED}/{name or subject_hash(ca) + '.0'}"
    root.write(path, ca.text)
    root.run("openssl", "rehash", HASHED)
    assert store.directory_trusts(ca)
    answer = store.get(ca)
    assert path in answer.state["where"] and path in reasons(answer)
    listed = [r for r in tm("anchor", "list", root=root).results
              if r["state"]["sha256"].lower() == ca.sha256]
    assert len(listed) == 1 and path in listed[0]["state"]["where"]
    for refused in (store.plan(ca, "absent"), store.apply(ca, "absent")):
        assert refused.error["kind"] == "conflict" and refused.error["path"] == path
    store.converge(ca)
    assert store.trusts(ca)
