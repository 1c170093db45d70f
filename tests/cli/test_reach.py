"""A bundle that others cannot get at helps nobody: it is told of, refused, and never healthy."""

import os

import pytest

pytestmark = [
    pytest.mark.posix_only("Windows has access lists, and no variables in a root"),
    pytest.mark.skipif(os.geteuid() != 0, reason="directories of root's need root")]

PATH = "/opt/studio/certs/cacert.pem"


@pytest.fixture
def ca(pki):
    return pki.root("Studio Root")


@pytest.fixture
def private(tmp_path):
    """A directory of root's on the way that nobody else may pass."""
    root = tmp_path / "root"
    (root / "opt/studio").mkdir(parents=True)
    (root / "opt/studio").chmod(0o700)
    return root


@pytest.fixture
def hidden(private, ca):
    file = private / PATH[1:]
    file.parent.mkdir(mode=0o755)
    file.write_text(ca.text)
    file.chmod(0o644)
    return private


def refused(answer):
    assert answer.status == 1 and not answer.changed, answer
    assert answer.error["kind"] == "conflict"
    assert "/opt/studio has mode 0700" in answer.error["message"]
    assert "chmod" in answer.error["hint"]


def test_a_bundle_behind_a_private_directory_is_a_problem(tm, hidden, ca):
    wish = (f"path={PATH}", f"sources={ca.pem}", "requires=")
    state = tm("bundle", "get", *wish, root=hidden).state
    assert state["problems"] == ["not every user can read it: /opt/studio has mode 0700"]
    refused(tm("bundle", "plan", *wish, root=hidden))
    refused(tm("bundle", "apply", *wish, root=hidden))
    (hidden / "opt/studio").chmod(0o755)
    answer = tm("bundle", "apply", *wish, root=hidden)
    assert answer.status == 0 and not answer.changed, answer
    assert answer.state["problems"] == []


def test_a_bundle_is_not_made_where_nobody_can_read_it(tm, private, ca):
    wish = (f"path={PATH}", f"sources={ca.pem}", "requires=")
    refused(tm("bundle", "plan", *wish, root=private))
    refused(tm("bundle", "apply", *wish, root=private))
    assert not (private / "opt/studio/certs").exists()


def test_a_bundle_that_is_meant_to_be_private_is_made_and_told_of(tm, private, ca):
    wish = (f"path={PATH}", f"sources={ca.pem}", "requires=", "mode=0600")
    assert tm("bundle", "apply", *wish, root=private).status == 0
    again = tm("bundle", "apply", *wish, root=private)
    assert again.status == 0 and not again.changed
    assert "not every user can read it" in " ".join(again.result["warnings"])


def test_a_users_own_private_directory_is_his(tm, private, ca):
    os.chown(private / "opt/studio", 1000, 1000)
    answer = tm("bundle", "apply", f"path={PATH}", f"sources={ca.pem}", "requires=", root=private)
    assert answer.status == 0, answer
    assert "not every user can read it" in " ".join(answer.result["warnings"])


@pytest.mark.parametrize("what", ["opt/studio", PATH[1:]])
def test_an_anchor_in_a_file_that_nobody_can_read_is_not_effective(tm, hidden, ca, what):
    (hidden / "opt/studio").chmod(0o755)
    wish = (f"certificate={ca.pem}", f"store=bundle:{PATH}")
    assert tm("anchor", "get", *wish, root=hidden).state["effective"] is True
    (hidden / what).chmod(0o700 if what == "opt/studio" else 0o600)
    state = tm("anchor", "get", *wish, root=hidden).state
    assert state["effective"] is False
    assert "not every user can read" in " ".join(state["reasons"])
    before = (hidden / PATH[1:]).read_bytes()
    for verb in ("plan", "apply"):
        answer = tm("anchor", verb, *wish, root=hidden)
        assert answer.status == 1 and answer.error["kind"] == "conflict", answer
        assert "not every user could use the certificate" in answer.error["message"]
    assert (hidden / PATH[1:]).read_bytes() == before


@pytest.mark.parametrize("mode", ["4755", "2644", "1644"])
def test_no_bundle_is_asked_to_have_a_set_id_bit(tm, private, ca, mode):
    answer = tm("bundle", "plan", f"path={PATH}", f"sources={ca.pem}", "requires=", f"mode={mode}",
                root=private)
    assert answer.status == 1 and "mode" in answer.error["message"], answer


ENV = "/etc/environment"


@pytest.mark.parametrize("what", ["opt/studio", PATH[1:]])
def test_no_machine_is_pointed_to_what_not_everybody_can_read(tm, hidden, ca, what):
    (hidden / "opt/studio").chmod(0o755)
    (hidden / "etc").mkdir()
    wish = ("name=REQUESTS_CA_BUNDLE", f"value={PATH}", "targets=etc_environment")
    (hidden / what).chmod(0o700 if what == "opt/studio" else 0o600)
    for verb in ("plan", "apply"):
        answer = tm("env", verb, *wish, root=hidden)
        assert answer.status == 1 and answer.error["kind"] == "conflict", answer
        assert "not every user can read" in answer.error["message"]
    assert not (hidden / ENV[1:]).exists()
    (hidden / ENV[1:]).write_text(f"REQUESTS_CA_BUNDLE={PATH}\n")
    assert tm("env", "plan", *wish, root=hidden).error["kind"] == "conflict"
    state = tm("env", "get", "name=REQUESTS_CA_BUNDLE", "targets=etc_environment",
               root=hidden).state
    assert "not every user can read" in " ".join(state["problems"])
    (hidden / what).chmod(0o755 if what == "opt/studio" else 0o644)
    answer = tm("env", "apply", *wish, root=hidden)
    assert answer.status == 0 and not answer.changed, answer


def test_a_mode_that_the_same_run_mends_is_no_obstacle(tm, hidden, ca):
    (hidden / "opt/studio").chmod(0o755)
    (hidden / "etc").mkdir()
    (hidden / PATH[1:]).chmod(0o600)
    wishes = {"resources": [
        {"type": "bundle", "path": PATH, "sources": [ca.text], "requires": []},
        {"type": "env", "name": "REQUESTS_CA_BUNDLE", "value": PATH,
         "targets": ["etc_environment"]}]}
    for verb in ("plan", "apply"):
        answer = tm(verb, "--input", "-", root=hidden, stdin=wishes)
        assert answer.status == 0 and answer.changed, answer
    assert not tm("plan", "--input", "-", root=hidden, stdin=wishes).changed


def test_a_file_that_the_same_run_makes_private_is_refused_by_plan_already(tm, tmp_path, ca):
    root = tmp_path / "root"
    (root / "etc").mkdir(parents=True)
    wishes = {"resources": [
        {"type": "bundle", "path": "/etc/cacert.pem", "sources": [ca.text], "requires": [],
         "mode": "0600"},
        {"type": "env", "name": "SHOTGUN_API_CACERTS", "value": "/etc/cacert.pem",
         "targets": ["etc_environment"]}]}
    for verb in ("plan", "apply"):
        answer = tm(verb, "--input", "-", root=root, stdin=wishes)
        assert answer.status == 1, answer
        assert "mode 0600" in answer.results[1]["error"]["message"], answer
    assert not (root / "etc/environment").exists()
