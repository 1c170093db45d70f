"""
Anchors on real Debian roots. The numbered cases and the split-brain rows are those that a
tool of this kind must get right: each is first brought about with Debian's own
update-ca-certificates, then reported, then healed.
"""

import json
import os
import subprocess

import pytest

from integration.anchor_tools import (BUNDLE, CONF, HASHED, LOCAL, REBUILD, VENDOR, Store,
                                      fingerprints, has_sanitizers, install_program, own, reasons,
                                      snapshot, subject_hash, warnings)
from pki import Certificate

# Without these, OpenSSL takes whichever CA of the same subject it meets first.
CA_WITH_KEY_IDS = ("basicConstraints = critical,CA:TRUE\nsubjectKeyIdentifier = hash\n"
                   "authorityKeyIdentifier = keyid:always\n")


@pytest.fixture
def root(debian12):
    return debian12


@pytest.fixture
def store(tm, root):
    return Store(tm, root)


@pytest.fixture
def ca(pki):
    return pki.root("Studio Root")


@pytest.fixture
def vendor(root):
    """One of the distribution's own certificates: its line in the list."""
    line = "mozilla/ISRG_Root_X1.crt"
    assert line in root.text(CONF).splitlines()
    return line


def everything(root):
    return {**snapshot(root.path / "etc"), **snapshot(root.path / "usr/local"),
            **snapshot(root.path / "opt")}


def vendor_certificate(root, line, directory):
    path = directory / line.replace("/", "-")
    path.write_text(root.text(f"{VENDOR}/{line}"))
    return Certificate(path, None)


# ---- everyday life ----

def test_present_then_absent_leaves_the_root_as_it_was(root, store, ca):
    before = snapshot(root.path / "etc")
    assert not store.knows(ca)
    store.converge(ca)
    assert store.trusts(ca)
    assert root.read(f"{LOCAL}/{own(ca)}.crt").decode() == ca.text
    store.converge(ca, "absent")
    assert not store.knows(ca)
    assert snapshot(root.path / "etc") == before
    assert not list((root.path / LOCAL[1:]).iterdir())


def test_python_inside_trusts_it_too(root, store, ca):
    store.converge(ca)
    code = ("import ssl; c = ssl.create_default_context();"
            "print(any('Studio Root' in str(x['subject']) for x in c.get_ca_certs()))")
    assert root.run("python3", "-c", code).stdout.strip() == "True"


def test_several_anchors_need_one_rebuild(root, store, pki):
    roots = [pki.root(f"Root {n}") for n in range(4)]
    root.write("/etc/ca-certificates/update.d/count", "#!/bin/sh\necho x >> /tmp/count\n", 0o755)
    answer = store.run_many("apply", [(c, "present") for c in roots])
    assert answer.status == 0, repr(answer)
    assert all(store.trusts(c) for c in roots)
    assert root.text("/tmp/count") == "x\n"
    answer = store.run_many("apply", [(c, "present") for c in roots])
    assert not answer.changed
    assert root.text("/tmp/count") == "x\n"
    mixed = [(roots[0], "absent"), (roots[1], "present"), (roots[2], "absent")]
    answer = store.run_many("apply", mixed)
    assert answer.status == 0 and answer.changed, repr(answer)
    assert [store.trusts(c) for c in roots] == [False, True, False, True]


def test_a_bundle_that_undoes_an_anchor_is_found_in_the_plan(root, tm, ca, tmp_path):
    """The compiled file, made from sources without it: each apply would undo the last one."""
    sources = tmp_path / "before.pem"
    sources.write_text(root.text(BUNDLE))
    before = everything(root)
    for verb in "plan", "apply":
        answer = tm(verb, "--input", "-", root=root, stdin={"resources": [
            {"type": "anchor", "certificate": ca.text},
            {"type": "bundle", "path": BUNDLE, "sources": [str(sources)]}]})
        assert answer.status == 1
        for result in answer.json["results"]:
            assert result["error"]["kind"] == "invalid_input"
            assert "what one does the other undoes" in result["error"]["message"]
    assert everything(root) == before


def test_several_vendor_roots_are_switched_off_in_one_run(root, store, tmp_path):
    lines = [line for line in root.text(CONF).splitlines() if line.startswith("mozilla/")][:3]
    certificates = []
    for line in lines:
        certificates.append(vendor_certificate(root, line, tmp_path))
    planned = store.run_many("plan", [(c, "absent") for c in certificates])
    applied = store.run_many("apply", [(c, "absent") for c in certificates])
    assert applied.status == 0, repr(applied)
    assert [r["changes"] for r in planned.results] == [r["changes"] for r in applied.results]
    assert [line for line in root.text(CONF).splitlines() if line.startswith("!")] == [
        f"!{line}" for line in lines]
    assert not any(store.knows(c) for c in certificates)


def test_vendor_root_switched_off_and_on_again(root, store, vendor, tmp_path):
    certificate = vendor_certificate(root, vendor, tmp_path)
    before = root.read(CONF)
    state = store.get(certificate).state
    assert state["state"] == "present" and state["effective"] and state["anchored"]
    assert state["where"][0] == f"{VENDOR}/{vendor}"
    store.converge(certificate, "absent")
    assert root.read(CONF) == before.replace(vendor.encode(), b"!" + vendor.encode())
    assert not store.knows(certificate)
    root.run(REBUILD, "--fresh")
    assert not store.knows(certificate)
    store.converge(certificate, "present")
    assert store.trusts(certificate)


def test_inside_the_root_it_is_the_live_machine(root, store, ca):
    env = install_program(root, store.tm.program())
    root.write("/tmp/ca.pem", ca.text)
    root.mount("/proc")
    for changed in (True, False):
        done = root.run("/opt/trustmend/trustmend", "anchor", "apply", "certificate=/tmp/ca.pem",
                        env=env)
        document = json.loads(done.stdout)
        assert document["changed"] is changed and not document["failed"], done.stdout
    assert store.trusts(ca)


def test_inside_a_root_without_proc(root, store, ca):
    if has_sanitizers(store.tm.program()):
        pytest.skip("the sanitizers themselves need /proc")
    env = install_program(root, store.tm.program())
    root.write("/tmp/ca.pem", ca.text)
    root.write(f"{BUNDLE}.new", ca.text)
    done = root.run("/opt/trustmend/trustmend", "anchor", "apply", "certificate=/tmp/ca.pem",
                    env=env)
    assert not json.loads(done.stdout)["failed"], done.stdout
    assert store.compiled().count(ca.sha256) == 1


def test_a_failing_hook_is_told(root, store, ca):
    root.write("/etc/ca-certificates/update.d/bad", "#!/bin/sh\nexit 3\n", 0o755)
    answer = store.apply(ca)
    assert answer.status == 0, repr(answer)
    assert store.trusts(ca)
    assert "exited with code 3" in warnings(answer)


def test_a_failing_rebuild_is_a_failure(root, store, ca):
    root.write(REBUILD, "#!/bin/sh\necho 'no space left' >&2\nexit 4\n", 0o755)
    answer = store.apply(ca)
    assert answer.status == 1
    assert answer.error["kind"] == "io" and "status 4: no space left" in answer.error["message"]


def test_get_of_an_effective_anchor_reads_few_files(root, store, ca, needs, tmp_path):
    needs("strace")
    store.converge(ca)
    trace = tmp_path / "trace"
    subprocess.run(["strace", "-f", "-o", str(trace), "-e", "trace=openat,open,openat2",
                    *store.tm.command("anchor", "get", f"certificate={ca.pem}", root=root)],
                   check=True, stdout=subprocess.DEVNULL, env=store.tm.environment())
    opened = trace.read_text()
    assert "mozilla" not in opened
    assert opened.count("ca-certificates.crt") < 6


# ---- cases by their numbers; 1 and 2 are in test_concurrency.py, 9 to 11 and 14 with p11-kit ----

@pytest.mark.parametrize("damage", ["truncated", "base64"])
def test_case_03_damaged_input_is_refused_before_anything_is_touched(root, store, ca, tmp_path,
                                                                      damage):
    before = everything(root)
    bad = tmp_path / "bad.pem"
    bad.write_text(ca.text[:200] if damage == "truncated" else ca.text.replace("M", "*", 5))
    for verb in ("plan", "apply"):
        answer = store.run(verb, bad)
        assert answer.status == 1 and answer.error["kind"] == "refused", repr(answer)
    assert everything(root) == before


def test_case_04_every_form_is_accepted_or_refused_explicitly(root, store, ca, tmp_path):
    forms = {
        "der": (ca.der, True),
        "crlf": (ca.text.replace("\n", "\r\n").encode(), True),
        "bom": (b"\xef\xbb\xbf" + ca.text.encode(), True),
        "no-final-newline": (ca.text.rstrip("\n").encode(), True),
        "utf-16": (ca.text.encode("utf-16"), False),
        "html": (b"<!DOCTYPE html><html><body>404</body></html>", False),
        "empty": (b"", False),
    }
    for name, (content, accepted) in forms.items():
        path = tmp_path / name
        path.write_bytes(content)
        answer = store.plan(path)
        if accepted:
            assert answer.error is None, (name, repr(answer))
            assert answer.state["sha256"].lower() == ca.sha256
        else:
            assert answer.error["kind"] == "refused" and answer.error["message"], name
    store.converge(tmp_path / "crlf")
    assert store.trusts(ca)
    assert not store.apply(tmp_path / "der").changed


def test_case_05_a_private_key_is_refused_and_goes_nowhere(root, store, ca, tmp_path):
    before = everything(root)
    mixed = tmp_path / "mixed.pem"
    mixed.write_text(ca.text + ca.key.read_text())
    answer = store.apply(mixed)
    assert answer.error["kind"] == "refused" and "private key" in answer.error["message"]
    assert "BEGIN EC" not in repr(answer)
    assert everything(root) == before


def test_case_05_a_private_key_in_a_local_file_is_warned_of(root, store, ca, pki):
    root.write(f"{LOCAL}/mixed.crt", ca.text + ca.key.read_text(), 0o600)
    answer = store.get(pki.root("Another"))
    assert f"{LOCAL}/mixed.crt holds a private key" in warnings(answer)
    refused = store.apply(ca, "absent")
    assert refused.error["kind"] == "conflict" and refused.error["path"] == f"{LOCAL}/mixed.crt"
    assert "PRIVATE KEY" in root.text(f"{LOCAL}/mixed.crt")
    other = store.apply(pki.root("A Third"))
    assert other.error["kind"] == "conflict" and other.error["path"] == f"{LOCAL}/mixed.crt"
    assert "PRIVATE KEY" not in root.text("/etc/ssl/certs/ca-certificates.crt")


def test_a_rebuild_that_would_empty_the_store_is_refused(tm, debian, ca):
    root = debian(whole=True)
    store = Store(tm, root)
    before = root.read("/etc/ssl/certs/ca-certificates.crt")
    root.outside("/etc/ca-certificates.conf").unlink()
    refused = store.apply(ca)
    assert refused.error["kind"] == "conflict" and "dpkg-reconfigure" in refused.error["hint"]
    assert root.read("/etc/ssl/certs/ca-certificates.crt") == before


def test_what_a_rebuild_drops_besides_is_in_the_plan(root, store, ca, tm):
    conf = root.text("/etc/ca-certificates.conf")
    root.write("/etc/ca-certificates.conf", conf.replace("mozilla/ISRG_Root_X1.crt", "!mozilla/ISRG_Root_X1.crt"))
    resources = {"resources": [{"type": "anchor", "certificate": str(ca.pem)},
                               {"type": "bundle", "path": "/opt/b.pem", "sources": ["system"]}]}
    planned = tm("plan", "--input", "-", root=root, stdin=resources)
    assert any("ISRG Root X1" in w for w in planned.results[0]["warnings"]), planned
    applied = tm("apply", "--input", "-", root=root, stdin=resources)
    assert applied.status == 0, applied
    assert [r["changes"] for r in applied.results] == [r["changes"] for r in planned.results]
    assert any("ISRG Root X1" in w for w in applied.results[0]["warnings"])


def test_what_a_rebuild_takes_in_besides_is_told_as_well(root, store, ca, pki):
    root.write(f"{LOCAL}/pending.crt", pki.root("Pending Root").text)
    planned, applied = store.plan(ca), store.apply(ca)
    for answer in planned, applied:
        assert "also takes in 1 certificate that" in warnings(answer), repr(answer)
        assert "Pending Root" in warnings(answer) and LOCAL in warnings(answer)
    assert planned.result["warnings"] == applied.result["warnings"]


def test_what_other_anchors_of_the_run_change_is_nothing_besides(root, store, pki):
    many = [pki.root(f"Root {n}") for n in range(12)]
    for state in "present", "absent":
        wishes = [(c, state) for c in many]
        planned, applied = store.run_many("plan", wishes), store.run_many("apply", wishes)
        assert applied.status == 0, repr(applied)
        for answer in planned, applied:
            assert not any("also" in w for r in answer.results for w in r["warnings"]), answer


def test_what_a_later_anchor_of_the_run_is_about_is_nothing_besides(root, store, ca, pki, vendor,
                                                                   tmp_path):
    unlisted, pending = vendor_certificate(root, vendor, tmp_path), pki.root("Pending Root")
    root.write(CONF, root.text(CONF).replace(f"{vendor}\n", ""))
    root.write(f"{LOCAL}/pending.crt", pending.text)
    wishes = [(ca, "present"), (unlisted, "absent"), (pending, "present")]
    planned, applied = store.run_many("plan", wishes), store.run_many("apply", wishes)
    assert applied.status == 0, repr(applied)
    assert [r["changes"] for r in planned.results] == [r["changes"] for r in applied.results]
    for result in planned.results + applied.results:
        assert result["changes"] and not any("also" in w for w in result["warnings"]), result
    assert store.trusts(ca) and store.trusts(pending) and not store.knows(unlisted)


def test_a_store_that_others_can_change_is_told_of(root, store, ca):
    store.converge(ca)
    assert "others can change" not in warnings(store.get(ca))
    for path in (HASHED, LOCAL, VENDOR, CONF, BUNDLE, f"{LOCAL}/{own(ca)}.crt"):
        mode = root.outside(path).stat().st_mode & 0o7777
        root.outside(path).chmod(mode | 0o002)
        for answer in store.get(ca), store.plan(ca):
            told = f"others can change what is trusted by it: every user may write to {path}"
            assert told in answer.result["warnings"], repr(answer)
        root.outside(path).chmod(mode)
    assert "others can change" not in warnings(store.get(ca))


def test_of_many_anchors_the_one_whose_file_others_can_change_is_told_of(root, store, pki):
    wishes = [(pki.root(f"Root {n}"), "present") for n in range(3)]
    assert store.run_many("apply", wishes).status == 0
    file = root.outside(f"{LOCAL}/{own(wishes[1][0])}.crt")
    for mode, owner, told in ((0o646, 0, "every user may write to"), (0o644, 4321, "belongs to")):
        file.chmod(mode)
        os.chown(file, owner, 0)
        answer = store.run_many("plan", wishes)
        assert [sum("others can change" in w and told in w for w in r["warnings"])
                for r in answer.results] == [0, 1, 0], repr(answer)


def test_a_rebuild_that_fails_half_way_has_changed_something(root, store, ca):
    root.write(REBUILD, "#!/bin/sh\necho no >&2\nexit 7\n", 0o755)
    text = store.run("apply", ca, "present", "--output", "text")
    assert text.status == 1 and text.stdout.endswith("1 changed, 0 unchanged, 1 failed\n")
    root.outside(f"{LOCAL}/{own(ca)}.crt").unlink()
    answer = store.apply(ca)
    assert answer.status == 1 and answer.changed and answer.result["changed"]
    assert answer.error["message"].startswith("the program failed with status 7")


@pytest.mark.parametrize("part", ["/usr/bin/openssl", "/etc/ssl/certs"])
def test_plan_misses_what_the_rebuild_would_miss(root, store, ca, part):
    root.run("rm", "-rf", part)
    for answer in (store.plan(ca), store.apply(ca)):
        assert answer.error["kind"] == "not_found" and answer.error["path"] == part
        assert answer.error["hint"] and not answer.changed


JAVA_STAND_IN = """#!/bin/sh
# A stand-in for the hook of ca-certificates-java: it is told of "+" and "-" lines alone.
mkdir -p /var/keystore
while read line; do
    file=${line#?}
    case $line in
    +*) cat "$file" > "/var/keystore/$(basename "$file")" ;;
    -*) rm -f "/var/keystore/$(basename "$file")" ;;
    esac
done
"""


def test_case_06_same_name_new_content_reaches_bundle_directory_and_java(root, store, ca, pki):
    new = pki.root("Studio Root of this year")
    root.write("/etc/ca-certificates/update.d/jks-stand-in", JAVA_STAND_IN, 0o755)
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    root.write(f"{LOCAL}/studio.crt", new.text)
    root.run(REBUILD)
    assert store.bundle_trusts(new) and not store.directory_trusts(new)
    assert root.text("/var/keystore/studio.pem") == ca.text
    store.converge(new)
    assert store.trusts(new)
    assert root.text("/var/keystore/studio.pem") == new.text


def test_case_07_removal_leaves_no_dangling_link_and_is_stable(root, store, ca):
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    store.converge(ca, "absent")
    assert not store.dangling()
    assert not store.knows(ca)
    again = store.apply(ca, "absent")
    assert not again.changed and again.status == 0


def test_case_08_distribution_ca_unlisted_is_split_brain(root, store, vendor, tmp_path):
    certificate = vendor_certificate(root, vendor, tmp_path)
    root.write(CONF, root.text(CONF).replace(vendor + "\n", ""))
    root.run(REBUILD)
    assert not store.bundle_trusts(certificate) and store.directory_trusts(certificate)
    answer = store.get(certificate)
    assert answer.state["state"] == "present"
    assert not answer.state["effective"] and not answer.state["anchored"]
    assert "not switched on" in reasons(answer)
    store.converge(certificate, "absent")
    assert not store.knows(certificate)
    assert root.text(CONF).splitlines()[-1] == f"!{vendor}"


def test_case_12_two_cas_with_one_subject_and_no_gap_after_deletion(root, store, pki):
    first, second = (pki.root("Twin", extensions=CA_WITH_KEY_IDS) for _ in range(2))
    assert subject_hash(first) == subject_hash(second) and first.sha256 != second.sha256
    answer = store.run_many("apply", [(first, "present"), (second, "present")])
    assert answer.status == 0, repr(answer)
    assert store.entries(first) == {f"{subject_hash(first)}.0", f"{subject_hash(first)}.1"}
    assert store.trusts(first) and store.trusts(second)
    zero = root.path / HASHED[1:] / f"{subject_hash(first)}.0"
    gone, kept = (first, second) if own(first) in str(zero.readlink()) else (second, first)
    store.converge(gone, "absent")
    # `openssl rehash` may leave a second link to the one that is left.
    assert f"{subject_hash(first)}.0" in store.entries(first)
    assert not store.dangling()
    assert store.trusts(kept) and not store.knows(gone)


@pytest.mark.parametrize("name", ["My Root (new), v1.crt", "ISRG_Root_X1.crt", "a/twice.crt"])
def test_case_13_names_with_blanks_and_clashes_are_idempotent(root, store, ca, pki, name):
    root.write(f"{LOCAL}/{name}", ca.text)
    if name == "a/twice.crt":
        root.write(f"{LOCAL}/b/twice.crt", pki.root("Other").text)
    store.apply(ca)
    assert store.trusts(ca)
    answer = store.apply(ca)
    assert answer.status == 0 and not answer.changed, repr(answer)


def test_case_15_bundle_store_appends_safely_and_is_idempotent(root, store, ca, pki):
    path = "/opt/app/cacert.pem"
    first, second = pki.root("First"), pki.root("Second")
    text = (f"# the bundle of an application\r\n{first.text}\nSome Name\n=========\n"
            f"{second.text}{first.text}").rstrip("\n")
    root.write(path, text, 0o664)
    store.converge(ca, store=f"bundle:{path}")
    assert root.read(path).decode() == text + "\n" + ca.text
    assert root.outside(path).stat().st_mode & 0o777 == 0o664
    store.converge(ca, "absent", store=f"bundle:{path}")
    assert fingerprints(root.text(path)) == [first.sha256, second.sha256, first.sha256]
    root.write(path, text[:-100])
    answer = store.apply(ca, store=f"bundle:{path}")
    assert answer.error["kind"] == "conflict" and "line " in answer.error["message"]
    assert root.read(path).decode() == text[:-100]
    missing = store.apply(ca, store="bundle:/opt/none.pem")
    assert missing.error["kind"] == "not_found" and "bundle" in missing.error["hint"]


def test_case_20_an_offline_image_resolves_inside_and_the_host_stays(root, store, ca):
    host = snapshot("/etc/ssl/certs")
    store.converge(ca)
    link = root.path / HASHED[1:] / f"{own(ca)}.pem"
    assert str(link.readlink()) == f"{LOCAL}/{own(ca)}.crt"
    assert store.trusts(ca)
    assert snapshot("/etc/ssl/certs") == host


@pytest.mark.parametrize("release, says", [
    ("ID=nixos\n", "security.pki.certificateFiles"),
    ("ID=opensuse-leap\nID_LIKE=\"suse opensuse\"\n", "store=bundle:PATH"),
    ("ID=alpine\n", "store=bundle:PATH"),
    ("ID=haiku\n", "store=bundle:PATH"),
])
def test_case_20_other_systems_give_an_honest_failure(root, store, ca, release, says):
    (root.path / "etc/os-release").unlink()
    root.write("/etc/os-release", release)
    before = everything(root)
    answer = store.apply(ca)
    assert answer.status == 3 and answer.error["kind"] == "unsupported"
    assert says in answer.error["hint"]
    assert everything(root) == before


# ---- the table "Split-brain states" ----

def reported(store, certificate, reason, **expected):
    answer = store.get(certificate)
    assert answer.state["state"] == expected.pop("state", "present"), repr(answer)
    assert not answer.state["effective"]
    assert reason in reasons(answer), repr(answer)
    for name, value in expected.items():
        assert answer.state[name] == value, repr(answer)


def test_row_content_rotated_under_the_same_file_name(root, store, ca, pki):
    new = pki.root("Rotated")
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    root.write(f"{LOCAL}/studio.crt", new.text)
    root.run(REBUILD)
    assert store.bundle_trusts(new) and not store.directory_trusts(new)
    reported(store, new, "does not lead to it", anchored=True)
    store.converge(new)
    assert store.trusts(new) and not store.knows(ca)
    assert not (root.path / LOCAL[1:] / f"{own(new)}.crt").exists()


def test_row_anchor_deleted_without_fresh(root, store, ca):
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    (root.path / LOCAL[1:] / "studio.crt").unlink()
    root.run(REBUILD)
    assert len(store.dangling()) == 2
    reported(store, ca, "leads nowhere", state="absent")
    store.converge(ca, "absent")
    assert not store.dangling()


def test_row_anchor_deleted_without_fresh_and_wanted_again(root, store, ca):
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    (root.path / LOCAL[1:] / "studio.crt").unlink()
    root.run(REBUILD)
    store.converge(ca)
    assert store.trusts(ca) and not store.dangling()


def test_row_line_deleted_from_the_list(root, store, vendor, tmp_path):
    certificate = vendor_certificate(root, vendor, tmp_path)
    root.write(CONF, root.text(CONF).replace(vendor + "\n", ""))
    root.run(REBUILD)
    assert not store.bundle_trusts(certificate) and store.directory_trusts(certificate)
    reported(store, certificate, "not switched on", anchored=False)
    store.converge(certificate)
    assert store.trusts(certificate)
    root.run(REBUILD)
    assert store.trusts(certificate)


def test_row_two_certificates_in_one_file(root, store, ca, pki):
    other = pki.root("Other")
    root.write(f"{LOCAL}/both.crt", ca.text + other.text)
    root.run(REBUILD)
    assert store.bundle_trusts(ca) and not store.directory_trusts(ca)
    reported(store, ca, "holds 2 certificates", anchored=True)
    store.converge(ca)
    assert store.trusts(ca)
    assert root.text(f"{LOCAL}/both.crt") == ca.text + other.text
    answer = store.apply(ca, "absent")
    assert answer.error["kind"] == "conflict" and answer.error["path"] == f"{LOCAL}/both.crt"


def test_row_anchor_mode_0600(root, store, ca):
    root.write(f"{LOCAL}/studio.crt", ca.text, 0o600)
    root.run(REBUILD)
    assert store.bundle_trusts(ca) and not store.directory_trusts(ca)
    reported(store, ca, "0600", anchored=True)
    store.converge(ca)
    assert store.trusts(ca)
    assert root.outside(f"{LOCAL}/studio.crt").stat().st_mode & 0o777 == 0o644


def test_row_der_in_a_crt(root, store, ca):
    root.write(f"{LOCAL}/studio.crt", ca.der)
    assert "1 added" in root.run(REBUILD).stdout
    assert not store.knows(ca)
    reported(store, ca, "is DER", anchored=True)
    store.converge(ca)
    assert store.trusts(ca)
    store.converge(ca, "absent")
    assert not store.knows(ca) and not store.dangling()


@pytest.mark.parametrize("damage", ["truncated", "base64"])
def test_row_damaged_file_makes_the_whole_bundle_unloadable(root, store, ca, pki, damage):
    other = pki.root("Other")
    bad = other.text[:200] if damage == "truncated" else other.text.replace("M", "*", 3)
    store.converge(ca)
    root.write(f"{LOCAL}/bad.crt", bad)
    root.run(REBUILD)
    assert not store.bundle_trusts(ca) and store.directory_trusts(ca)
    reported(store, ca, "cannot be loaded as a whole", anchored=True)
    planned = store.plan(ca)
    assert "bad.crt" in warnings(planned)
    store.converge(ca)
    assert store.trusts(ca)
    assert root.text(f"{LOCAL}/bad.crt.trustmend-disabled") == bad
    assert not (root.path / LOCAL[1:] / "bad.crt").exists()
    assert not store.dangling()


def test_row_our_own_damaged_file_is_written_anew(root, store, ca):
    store.converge(ca)
    root.write(f"{LOCAL}/{own(ca)}.crt", ca.text[:200])
    root.run(REBUILD)
    assert not store.bundle_trusts(ca)
    store.converge(ca)
    assert store.trusts(ca)
    assert root.text(f"{LOCAL}/{own(ca)}.crt") == ca.text


def test_files_with_another_ending_are_reported_not_ignored(root, store, ca):
    root.write(f"{LOCAL}/studio.pem", ca.text)
    root.write(f"{LOCAL}/STUDIO.CRT", ca.text)
    root.run(REBUILD)
    answer = store.get(ca)
    assert answer.state["state"] == "absent"
    for name in ("studio.pem", "STUDIO.CRT"):
        assert f"{name} is ignored by update-ca-certificates" in reasons(answer)
    store.converge(ca)
    assert store.trusts(ca)


def test_leaf_is_refused_and_v1_is_accepted(root, store, pki):
    answer = store.apply(pki.leaf(pki.root("Issuer")))
    assert answer.error["kind"] == "refused" and "CA:FALSE" in answer.error["message"]
    assert "CN=Issuer" in answer.error["message"] and "issued it" in answer.error["hint"]
    server = pki.root("server", extensions="basicConstraints = CA:FALSE\n")
    answer = store.apply(server)
    assert answer.state["effective"] and "that server only" in warnings(answer)
    old = pki.root("Version 1", extensions="")
    store.converge(old)
    assert store.compiled().count(old.sha256) == 1


def test_without_the_package_it_says_what_to_install(root, store, ca):
    (root.path / REBUILD[1:]).unlink()
    answer = store.apply(ca)
    assert answer.error["kind"] == "not_found" and "ca-certificates" in answer.error["hint"]
    assert not (root.path / LOCAL[1:] / f"{own(ca)}.crt").exists()
