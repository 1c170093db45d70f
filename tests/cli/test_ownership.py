"""Whoever can change a bundle decides what its readers trust."""

import os
import shutil
import subprocess

import pytest

pytestmark = [
    pytest.mark.posix_only("Windows has access lists: os/win32"),
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give files away"),
]

BOB = 12345
ENV = ["env", "plan", "name=SSL_CERT_FILE", "targets=etc_environment", "value=/opt/ca.pem"]


@pytest.fixture
def root(tmp_path, pki):
    for name in ("etc", "opt", "home/bob"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "etc/environment").write_text("LANG=C\n")
    (tmp_path / "etc/passwd").write_text(f"root:x:0:0::/root:/bin/sh\nbob:x:{BOB}:{BOB}::/home/bob:\n")
    (tmp_path / "etc/group").write_text(f"root:x:0:\nbob:x:{BOB}:\n")
    (tmp_path / "opt/ca.pem").write_text(pki.root("Studio").text)
    os.chown(tmp_path / "home/bob", BOB, BOB)
    return tmp_path


def give(path, uid=BOB, mode=None):
    os.chown(path, uid, uid)
    if mode:
        path.chmod(mode)


SPOILT = {
    "/opt/ca.pem belongs to user bob": lambda root: give(root / "opt/ca.pem"),
    "/opt belongs to user bob": lambda root: give(root / "opt"),
    "group bob may write to /opt": lambda root: (os.chown(root / "opt", 0, BOB),
                                                (root / "opt").chmod(0o775)),
    "every user may write to /opt": lambda root: (root / "opt").chmod(0o777),
}


@pytest.mark.parametrize("why", SPOILT)
def test_others_who_can_change_it_are_told_and_refused_for_the_machine(tm, root, why):
    assert tm(*ENV, root=root).error is None
    SPOILT[why](root)
    for verb in ("plan", "apply"):
        answer = tm(ENV[0], verb, *ENV[2:], root=root)
        assert answer.status == 1 and answer.error["kind"] == "refused", answer
        assert why in answer.error["message"], answer
    assert "ca.pem" not in (root / "etc/environment").read_text()
    (root / "etc/environment").write_text("SSL_CERT_FILE=/opt/ca.pem\n")
    told = tm("env", "get", *ENV[2:4], root=root).result["warnings"]
    assert any(why in text for text in told), told
    told = tm("bundle", "get", "path=/opt/ca.pem", "requires=", root=root).result["warnings"]
    assert any(why in text for text in told), told
    unset = tm("env", "apply", *ENV[2:4], "state=absent", root=root)
    assert unset.status == 0 and unset.changed


def test_each_directory_of_a_list_counts(tm, root, pki):
    words = ["name=SSL_CERT_DIR", "targets=etc_environment"]
    studio = pki.root("Studio Root")
    digits = subprocess.run(["openssl", "x509", "-hash", "-noout", "-in", studio.pem], check=True,
                            capture_output=True, text=True).stdout.strip()
    (root / f"opt/{digits}.0").write_text(studio.text)
    assert tm("env", "plan", *words, "value=/etc:/opt", root=root).error is None
    for value in ("/opt:/home/bob", "/home/bob:/opt", "certs::/home/bob/"):
        answer = tm("env", "plan", *words, f"value={value}", root=root)
        assert answer.status == 1 and answer.error["kind"] == "refused", answer
        assert "/home/bob belongs to user bob" in answer.error["message"], answer
        (root / "etc/environment").write_text(f"SSL_CERT_DIR={value}\n")
        told = tm("env", "get", *words, root=root).result["warnings"]
        assert any("/home/bob belongs to user bob" in text for text in told), told


@pytest.mark.parametrize("why", SPOILT)
def test_a_certificate_in_a_bundle_of_others_is_told_of(tm, root, pki, why):
    store = "store=bundle:/opt/ca.pem"
    words = [f"certificate={pki.root('Studio').pem}", store]
    told = f"others can change what is trusted by it: {why}"
    assert told not in tm("anchor", "get", *words, root=root).result["warnings"]
    SPOILT[why](root)
    for verb in ("get", "plan", "apply"):
        assert told in tm("anchor", verb, *words, root=root).result["warnings"], verb
    assert told in tm("anchor", "list", store, root=root).results[0]["warnings"]
    gone = tm("anchor", "plan", *words, "state=absent", root=root)
    assert told not in gone.result["warnings"], gone


@pytest.mark.skipif(not shutil.which("setfacl"), reason="needs setfacl")
@pytest.mark.parametrize("path", ["opt/ca.pem", "opt"])
def test_who_may_write_by_an_access_list_counts(tm, root, path):
    given = subprocess.run(["setfacl", "-m", f"u:{BOB}:rwx", str(root / path)], check=False)
    if given.returncode:
        pytest.skip("no access lists on this file system")
    answer = tm(*ENV, root=root)
    assert answer.status == 1 and answer.error["kind"] == "refused", answer
    assert f"the access list of /{path} lets others write" in answer.error["message"], answer
    # What the mask takes away, or who may only read, counts for nothing.
    (root / path).chmod(0o755)
    assert tm(*ENV, root=root).error is None


def test_a_bundle_of_the_machine_is_roots_by_default(tm, root, pki):
    words = ["path=/opt/ca.pem", "requires=", f"sources={pki.root('Studio').pem}"]
    give(root / "opt/ca.pem")
    both = [{"type": "bundle", "path": "/opt/ca.pem", "requires": []},
            {"type": "env", "name": "SSL_CERT_FILE", "targets": ["etc_environment"],
             "value": "/opt/ca.pem"}]
    plan = tm("plan", "--input", "-", root=root, stdin={"resources": both})
    assert plan.status == 0, plan
    assert plan.results[0]["changes"]["owner"] == {"from": "bob", "to": "root"}, plan
    done = tm("apply", "--input", "-", root=root, stdin={"resources": both})
    assert done.status == 0 and not tm("plan", "--input", "-", root=root,
                                       stdin={"resources": both}).changed, done
    status = os.stat(root / "opt/ca.pem")
    assert (status.st_uid, status.st_gid) == (0, 0)
    assert not any("others" in text for r in done.results for text in r["warnings"]), done
    given = tm("bundle", "apply", *words, "owner=bob", "group=bob", root=root)
    assert given.status == 0 and os.stat(root / "opt/ca.pem").st_uid == BOB, given


def test_what_lies_in_a_users_directory_stays_his(tm, root, pki):
    own = root / "home/bob/ca.pem"
    own.write_text(pki.root("Studio").text)
    give(own, mode=0o644)
    answer = tm("bundle", "plan", "path=/home/bob/ca.pem", "requires=", root=root)
    assert answer.status == 0 and not answer.changed, answer
    words = ["name=SSL_CERT_FILE", "scope=user", "user=bob", "targets=environment_d",
             "value=/home/bob/ca.pem"]
    answer = tm("env", "apply", *words, root=root)
    assert answer.error is None and not any("others" in w for w in answer.result["warnings"]), answer


def test_a_users_value_that_others_can_change_is_told_before_and_after(tm, root):
    (root / "opt").chmod(0o777)
    words = ["name=SSL_CERT_FILE", "scope=user", "user=bob", "targets=environment_d",
             "value=/opt/ca.pem"]
    for verb in ("plan", "apply", "plan", "get"):
        answer = tm("env", verb, *words, root=root)
        told = [w for w in answer.result["warnings"] if "every user may write to /opt" in w]
        assert answer.error is None and len(told) == 1, answer
