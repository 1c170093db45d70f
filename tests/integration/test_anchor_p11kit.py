"""Anchors with the real p11-kit."""

import base64
import ssl
import subprocess

import pytest

from integration.anchor_tools import Store, fingerprints, own, reasons, snapshot, warnings
from integration.p11kit_root import (ANCHORS, HASHED, MOZILLA, PROGRAM, SOURCE, TLS_BUNDLE,
                                     UPDATE_CA_TRUST, VENDOR, make_it_red)

KEY_ID = "subjectKeyIdentifier = hash\n"


@pytest.fixture(scope="module")
def red_base(debian_base, tmp_path_factory):
    """Made once for all tests of this file; each works on a copy."""
    from integration.conftest import Debian, remove
    holder = tmp_path_factory.mktemp("red")
    holder.chmod(0o755)
    root = Debian(holder / "root")
    subprocess.run(["cp", "-a", "--reflink=auto", str(debian_base("bookworm")), str(root.path)],
                   check=True)
    make_it_red(root)
    yield root
    remove(holder)


@pytest.fixture
def root(red_base, tmp_path_factory):
    from integration.conftest import Debian, remove
    holder = tmp_path_factory.mktemp("red-copy")
    holder.chmod(0o755)
    copy = Debian(holder / "root")
    subprocess.run(["cp", "-a", "--reflink=auto", str(red_base.path), str(copy.path)], check=True)
    yield copy
    copy.unmount()
    remove(holder)


@pytest.fixture
def store(tm, root):
    return Store(tm, root, TLS_BUNDLE, HASHED)


@pytest.fixture
def ca(pki):
    return pki.root("Studio Root")


def update(root):
    return root.run(PROGRAM)


# ---- everyday life ----

def test_present_then_absent_leaves_the_root_as_it_was(root, store, ca):
    before = snapshot(root.path / "etc/pki/ca-trust/source")
    compiled = store.compiled()
    store.converge(ca)
    assert store.trusts(ca)
    assert root.read(f"{ANCHORS}/{own(ca)}.crt").decode() == ca.text
    store.converge(ca, "absent")
    assert not store.knows(ca)
    assert snapshot(root.path / "etc/pki/ca-trust/source") == before
    assert store.compiled() == compiled


def test_several_anchors_need_one_rebuild(root, store, pki):
    roots = [pki.root(f"Root {n}") for n in range(3)]
    root.write(PROGRAM, UPDATE_CA_TRUST + "echo x >> /tmp/count\n", 0o755)
    answer = store.run_many("apply", [(c, "present") for c in roots])
    assert answer.status == 0, repr(answer)
    assert all(store.trusts(c) for c in roots)
    assert root.text("/tmp/count") == "x\n"


def test_a_dropped_file_that_was_never_extracted_is_drift(root, store, ca):
    root.write(f"{ANCHORS}/studio.pem", ca.text)
    state = store.get(ca).state
    assert state["state"] == "present" and state["anchored"] and not state["effective"]
    store.converge(ca)
    assert store.trusts(ca)
    assert not root.outside(f"{ANCHORS}/{own(ca)}.crt").exists()


def test_a_vendor_root_can_be_distrusted_but_not_removed(root, store, tmp_path):
    path = tmp_path / "vendor.pem"
    path.write_text(root.text(f"{VENDOR}/anchors/{MOZILLA[0]}"))
    state = store.get(path).state
    assert state["effective"] and state["anchored"]
    refused = store.apply(path, "absent")
    assert refused.error["kind"] == "conflict" and "state=distrusted" in refused.error["hint"]
    store.converge(path, "distrusted")
    assert fingerprints(path.read_text())[0] not in store.compiled()
    store.converge(path, "present")
    assert fingerprints(path.read_text())[0] in store.compiled()


@pytest.mark.parametrize("how", ["leaf", "expired"])
def test_distrust_works_for_any_certificate(root, store, pki, how):
    certificate = (pki.leaf(pki.root("Studio Root")) if how == "leaf" else
                   pki.root("Old", end="20210101000000Z"))
    store.converge(certificate, "distrusted")
    store.converge(certificate, "absent")


def test_an_expired_root_is_kept_and_warned_of(store, pki):
    old = pki.root("Old", end="20210101000000Z")
    answer = store.apply(old)
    assert answer.status == 0, repr(answer)
    assert "expired on 2021-01-01" in warnings(answer)
    assert old.sha256 in store.compiled()


def test_version_1_is_accepted(store, pki):
    old = pki.root("Version 1", extensions="")
    store.converge(old)
    assert old.sha256 in store.compiled()


def test_an_empty_bundle_after_the_rebuild_is_a_failure(root, store, ca):
    root.write(PROGRAM, f"#!/bin/sh\n: > {TLS_BUNDLE}\n", 0o755)
    answer = store.apply(ca)
    assert answer.status == 1
    assert answer.error["kind"] == "io" and "EMPTY" in answer.error["message"]


def test_without_the_program_it_says_what_to_install(root, store, ca):
    root.outside(PROGRAM).unlink()
    answer = store.apply(ca)
    assert answer.error["kind"] == "not_found" and "ca-certificates" in answer.error["hint"]
    assert not root.outside(f"{ANCHORS}/{own(ca)}.crt").exists()


# ---- cases by their numbers; the others are in test_anchor_debian.py ----

@pytest.mark.parametrize("same", ["certificate", "public key", "issuer and serial number"])
def test_case_09_anchored_and_blocklisted_is_present_but_distrusted(root, store, pki, same):
    ca = pki.root("Studio Root", serial=4711)
    blocked = {
        "certificate": lambda: ca,
        "public key": lambda: pki.root("Cross signed", key=ca.key),
        "issuer and serial number": lambda: pki.root("Studio Root", serial=4711),
    }[same]()
    root.write(f"{ANCHORS}/studio.pem", ca.text)
    root.write(f"{SOURCE}/blocklist/no.pem", blocked.text)
    update(root)
    assert not store.knows(ca)
    answer = store.get(ca)
    assert answer.state["state"] == "distrusted"
    assert answer.state["anchored"] and not answer.state["effective"]
    assert answer.state["distrusted_by"] == [f"{SOURCE}/blocklist/no.pem"]
    assert f"distrusts it by {same}" in reasons(answer)
    refused = store.apply(ca)
    assert refused.error["kind"] == "conflict"
    assert refused.error["path"] == f"{SOURCE}/blocklist/no.pem"
    assert not store.apply(ca, "distrusted").changed


@pytest.mark.parametrize("names", ["certificate", "key", "issuer"])
def test_case_09_distrust_in_the_format_of_p11_kit(root, store, pki, names):
    ca = pki.root("Studio Root", serial=4711)
    key = subprocess.run(["openssl", "x509", "-in", str(ca.pem), "-noout", "-pubkey"], text=True,
                         check=True, stdout=subprocess.PIPE).stdout
    said = {"certificate": ca.text, "key": key, "issuer": issuer_and_serial(ca)}[names]
    root.write(f"{ANCHORS}/studio.pem", ca.text)
    root.write(f"{SOURCE}/no.p11-kit", "[p11-kit-object-v1]\nclass: certificate\n"
               f"certificate-type: x-509\nx-distrusted: true\n{said}")
    update(root)
    assert not store.knows(ca)
    answer = store.get(ca)
    assert answer.state["state"] == "distrusted", repr(answer)
    assert answer.state["distrusted_by"] == [f"{SOURCE}/no.p11-kit"]


def elements(der):
    """The DER elements that stand one behind the other."""
    while der:
        length, header = der[1], 2
        if length & 0x80:
            header += length & 0x7F
            length = int.from_bytes(der[2:header], "big")
        yield der[:header + length], der[header:header + length]
        der = der[header + length:]


def issuer_and_serial(certificate):
    (_, inside), = elements(certificate.der)
    fields = list(elements(next(elements(inside))[1]))

    def quoted(field):
        return '"' + "".join(f"%{byte:02x}" for byte in field[0]) + '"'

    return f"issuer: {quoted(fields[3])}\nserial-number: {quoted(fields[1])}\n"


def test_case_10_distrust_is_judged_by_its_effect_not_by_a_written_file(root, store, ca):
    root.write(f"{SOURCE}/blacklist/no.pem", ca.text)
    root.write(f"{ANCHORS}/studio.pem", ca.text)
    update(root)
    assert store.trusts(ca), "this p11-kit is 0.24 or newer and reads no blacklist directory"
    answer = store.get(ca)
    assert answer.state["state"] == "present" and answer.state["effective"]
    assert answer.state["distrusted_by"] == []
    assert f"{SOURCE}/blacklist/no.pem has no effect" in reasons(answer)
    store.converge(ca, "distrusted")
    assert not store.knows(ca)
    assert root.outside(f"{SOURCE}/blocklist/{own(ca)}.crt").exists()


def test_case_11_v3_root_without_basic_constraints_is_explained(root, store, pki):
    bare = pki.root("Bare", extensions=KEY_ID)
    refused = store.apply(bare)
    assert refused.error["kind"] == "refused" and "basicConstraints" in refused.error["message"]
    root.write(f"{ANCHORS}/bare.pem", bare.text)
    update(root)
    assert bare.sha256 not in store.compiled()
    answer = store.get(bare)
    assert answer.state["state"] == "present"
    assert answer.state["anchored"] and not answer.state["effective"]
    assert "without basicConstraints is dropped silently by p11-kit" in reasons(answer)
    store.converge(bare, "absent")


CA = "basicConstraints = critical,CA:TRUE\n"
SIGNS = "keyUsage = critical,keyCertSign\n"

# What p11-kit compiles, and what OpenSSL then verifies with.
RULES = {
    "usage": (CA + "keyUsage = digitalSignature\n", True, False, "certificate signing"),
    "any": (CA + SIGNS + "extendedKeyUsage = anyExtendedKeyUsage\n", True, False, "serverAuth"),
    "code": (CA + SIGNS + "extendedKeyUsage = codeSigning\n", False, False, "serverAuth"),
    "critical": (CA + SIGNS + "1.2.3.4 = critical,DER:05:00\n", True, False, "1.2.3.4"),
    "unreadable": ("basicConstraints = DER:04:00\n" + SIGNS, False, False, "cannot be read"),
    "server": ("basicConstraints = CA:FALSE\n", False, False, "CA:FALSE"),
    "old": ("", True, True, None),
}


def test_rules_are_p11_kits_and_openssls(root, store, pki):
    made = {name: pki.root(name.title(), extensions=rule[0] + (KEY_ID if rule[0] else ""))
            for name, rule in RULES.items()}
    for name, one in made.items():
        root.write(f"{ANCHORS}/{name}.pem", one.text)
    update(root)
    for name, (_, compiled, effective, why) in RULES.items():
        assert (made[name].sha256 in store.compiled()) == compiled, name
        answer = store.get(made[name])
        assert answer.state["effective"] == effective, name
        if why:
            assert why in reasons(answer), name
            assert store.apply(made[name]).error["kind"] == "refused", name


def test_case_14_hidden_and_backup_files_are_reported(root, store, ca, pki):
    other = pki.root("Other")
    root.write(f"{ANCHORS}/.studio.pem", ca.text)
    root.write(f"{ANCHORS}/other.pem~", other.text)
    update(root)
    assert store.trusts(ca) and store.trusts(other)
    answer = store.get(ca)
    assert answer.state["effective"]
    assert f"{ANCHORS}/.studio.pem is loaded too" in warnings(answer)
    assert f"{ANCHORS}/other.pem~ is loaded too" in warnings(answer)
    store.converge(ca, "absent")
    assert not store.knows(ca) and store.trusts(other)
    store.converge(ca)
    ours = [p.name for p in root.outside(ANCHORS).iterdir() if "trustmend" in p.name]
    assert ours == [f"{own(ca)}.crt"]


def test_files_that_p11_kit_skips_silently_are_reported(root, store, ca, pki):
    root.write(f"{ANCHORS}/utf16.pem", ca.text.encode("utf-16"))
    root.write(f"{ANCHORS}/cut.pem", ca.text[:200])
    update(root)
    answer = store.get(pki.root("Another"))
    for name in ("utf16.pem", "cut.pem"):
        assert f"{ANCHORS}/{name}: p11-kit finds nothing in it" in warnings(answer)
    store.converge(ca)
    assert store.trusts(ca)


def test_a_file_with_several_certificates_is_not_taken_apart(root, store, ca, pki):
    other = pki.root("Other")
    root.write(f"{ANCHORS}/both.pem", ca.text + other.text)
    update(root)
    assert store.get(ca).state["effective"]
    answer = store.apply(ca, "absent")
    assert answer.error["kind"] == "conflict" and answer.error["path"] == f"{ANCHORS}/both.pem"


# ---- what no program could load ----

def with_padded_serial(der):
    """The same certificate with a zero before its serial number, which DER does not allow."""
    assert der[1] == der[5] == 0x82 and der[13] == 0x02, "lengths of two bytes, then a version"
    grown = bytearray(der)
    for at in (3, 7, 14):
        grown[at] += 1
    return bytes(grown[:15]) + b"\0" + bytes(grown[15:])


def loads(root):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    try:
        context.load_verify_locations(str(root.outside(TLS_BUNDLE)))
    except ssl.SSLError:
        return False
    return True


@pytest.mark.parametrize("form", ["der", "pem"])
def test_a_certificate_that_only_p11_kit_can_parse_is_refused_by_name(root, store, ca, pki, form):
    content = with_padded_serial(pki.root("Padded " * 8, key=rsa_key(root)).der)
    if form == "pem":
        content = (b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(content) +
                   b"-----END CERTIFICATE-----\n")
    root.write(f"{ANCHORS}/padded.crt", content)
    for state in ("present", "distrusted"):
        for answer in (store.plan(ca, state), store.apply(ca, state)):
            assert answer.error["kind"] == "conflict"
            assert answer.error["path"] == f"{ANCHORS}/padded.crt"
    assert loads(root)
    update(root)
    assert not loads(root)


def rsa_key(root):
    """Of a size that gives certificates lengths of two bytes."""
    path = root.outside("/tmp/rsa.pem")
    subprocess.run(["openssl", "genrsa", "-out", str(path), "2048"], check=True,
                   stderr=subprocess.DEVNULL)
    return path


@pytest.mark.parametrize("spoilt", ["echo -----BEGIN CERTIFICATE----- >>", ": >"])
def test_a_bundle_that_does_not_load_is_taken_back(root, store, ca, spoilt):
    before = root.read(TLS_BUNDLE)
    root.write(PROGRAM, UPDATE_CA_TRUST + f"chmod u+w {TLS_BUNDLE}\n{spoilt} {TLS_BUNDLE}\n",
               0o755)
    answer = store.apply(ca)
    assert answer.error["kind"] == "io" and "was put back" in answer.error["message"]
    assert root.read(TLS_BUNDLE) == before


# ---- what a rebuild does besides, and who else can change the store ----

def test_what_an_update_takes_in_and_drops_besides_is_told(root, store, ca, pki):
    root.write(f"{ANCHORS}/pending.pem", pki.root("Pending Root").text)
    root.outside(f"{VENDOR}/anchors/{MOZILLA[0]}").unlink()
    planned, applied = store.plan(ca), store.apply(ca)
    for answer in planned, applied:
        assert answer.error is None, repr(answer)
        assert "also takes in 1 certificate that" in warnings(answer)
        assert "also drops 1 certificate that" in warnings(answer)
        assert "Pending Root" in warnings(answer) and "ISRG Root X1" in warnings(answer)
    assert planned.result["warnings"] == applied.result["warnings"]


def test_other_anchors_of_the_run_are_nothing_besides(root, store, pki):
    wishes = [(pki.root(f"Root {n}"), "present") for n in range(3)]
    for asked in wishes, [(c, "distrusted") for c, _ in wishes], [(c, "absent") for c, _ in wishes]:
        planned, applied = store.run_many("plan", asked), store.run_many("apply", asked)
        assert applied.status == 0, repr(applied)
        for answer in planned, applied:
            assert not any("also" in w for r in answer.results for w in r["warnings"]), answer


@pytest.mark.parametrize("wish", ["absent", "distrusted"])
def test_what_the_rebuild_for_another_would_do_too_is_planned_for_whom_it_is_about(root, store, ca,
                                                                                   pki, wish):
    lost = pki.root("Lost Root")
    root.write(f"{ANCHORS}/lost.pem", lost.text)
    update(root)
    root.outside(f"{ANCHORS}/lost.pem").unlink()
    if wish == "distrusted":
        root.write(f"{SOURCE}/blocklist/lost.pem", lost.text)
    planned, applied = (store.run_many(verb, [(ca, "present"), (lost, wish)])
                        for verb in ("plan", "apply"))
    assert applied.status == 0, repr(applied)
    assert all(result["changes"] and not result["warnings"] for result in planned.results), planned
    assert [r["changes"] for r in planned.results] == [r["changes"] for r in applied.results]
    assert store.trusts(ca) and not store.knows(lost)


def test_sources_and_extracts_that_others_can_change_are_told_of(root, store, ca):
    store.converge(ca)
    assert "others can change" not in warnings(store.get(ca))
    for path in (ANCHORS, f"{ANCHORS}/{own(ca)}.crt", f"{SOURCE}/blocklist", VENDOR, TLS_BUNDLE):
        mode = root.outside(path).stat().st_mode & 0o7777
        root.outside(path).chmod(mode | 0o002)
        told = f"others can change what is trusted by it: every user may write to {path}"
        assert told in store.get(ca).result["warnings"], path
        root.outside(path).chmod(mode)
