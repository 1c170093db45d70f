"""What a run leaves alone: what depends on something that failed, and what contradicts itself."""

import json

import pytest


@pytest.fixture
def root(tmp_path):
    (tmp_path / "root/etc").mkdir(parents=True)
    (tmp_path / "root/etc/environment").write_text("SSL_CERT_FILE=/opt/old.pem\n")
    (tmp_path / "root/opt").mkdir()
    return tmp_path / "root"


def wishes(**bundle):
    return {"resources": [
        {"type": "bundle", "path": "/opt/new.pem", **bundle},
        {"type": "env", "name": "SSL_CERT_FILE", "value": "/opt/new.pem",
         "targets": ["etc_environment"]},
        {"type": "env", "name": "OTHER", "value": "x", "targets": ["etc_environment"]}]}


REGISTRY = pytest.mark.posix_only("the registry, where Windows keeps variables, is in no root")


@REGISTRY
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_a_variable_is_not_pointed_to_a_bundle_that_failed(tm, root, pki, verb):
    lacking = wishes(sources=[pki.root("Some").text], requires=["builtin:amazon-root-ca-1"])
    answer = tm(verb, "--input", "-", root=root, stdin=lacking)
    bundle, env, other = answer.results
    assert bundle["error"]["kind"] == "refused"
    assert env["error"]["kind"] == "conflict" and env["changed"] is False
    assert "bundle /opt/new.pem failed" in env["error"]["message"]
    assert other["error"] is None and other["changed"] is True
    text = (root / "etc/environment").read_text()
    assert "SSL_CERT_FILE=/opt/old.pem\n" in text
    assert ("OTHER=x" in text) == (verb == "apply")


@REGISTRY
def test_a_variable_that_is_right_already_is_no_failure(tm, root, pki):
    (root / "etc/environment").write_text("SSL_CERT_FILE=/opt/new.pem\n")
    (root / "opt/new.pem").write_text(pki.root("Old").text)
    lacking = wishes(sources=[pki.root("Some").text], requires=["builtin:amazon-root-ca-1"])
    _bundle, env, _other = tm("apply", "--input", "-", root=root, stdin=lacking).results
    assert env["error"] is None and env["changed"] is False


@REGISTRY
def test_a_bundle_that_goes_well_is_pointed_to(tm, root, pki):
    fine = wishes(sources=[pki.root("Some").text], requires=[])
    answer = tm("apply", "--input", "-", root=root, stdin=fine)
    assert answer.status == 0 and all(r["changed"] for r in answer.results), repr(answer)


@REGISTRY
@pytest.mark.parametrize("value", ["ca.pem", "certs/ca.pem", "/opt/certs/"])
def test_a_ca_file_must_be_named_wholly(tm, root, value):
    answer = tm("env", "plan", "name=SSL_CERT_FILE", f"value={value}", root=root)
    assert answer.error["kind"] == "invalid_input", repr(answer)
    other = tm("env", "plan", "name=STUDIO_CA_NAME", f"value={value}", root=root)
    assert other.status == 0, repr(other)


def certificates(path, *texts):
    path.write_text("".join(texts))
    return path


@pytest.mark.posix_only("Wine makes no links")
@pytest.mark.parametrize("verb", ["plan", "apply"])
def test_two_names_of_one_bundle_with_two_wishes_are_refused_unwritten(tm, root, pki, verb):
    alpha, beta = pki.root("Alpha").text, pki.root("Beta").text
    bundle = certificates(root / "opt/ca.pem", alpha)
    (root / "current").symlink_to("opt")
    wishes = [{"type": "anchor", "certificate": certificate, "store": store, "state": state}
              for certificate, store, state in ((alpha, "bundle:/opt/ca.pem", "present"),
                                                (alpha, "bundle:/current/./ca.pem", "absent"),
                                                (beta, "bundle:/opt/ca.pem", "present"))]
    answer = tm(verb, "--input", "-", root=root, stdin={"resources": wishes})
    assert answer.status == 1
    for result in answer.results[:2]:
        assert result["error"]["kind"] == "invalid_input" and not result["changed"]
        for word in ("bundle:/opt/ca.pem", "present", "bundle:/current/./ca.pem", "absent"):
            assert word in result["error"]["message"], repr(answer)
    assert answer.results[2]["error"] is None and answer.results[2]["changed"]
    assert bundle.read_text() == (alpha + beta if verb == "apply" else alpha)


@pytest.mark.posix_only("Wine makes no links")
def test_one_wish_under_two_names_of_one_bundle_is_done_once(tm, root, pki):
    alpha, beta = pki.root("Alpha").text, pki.root("Beta").text
    bundle = certificates(root / "opt/ca.pem", alpha)
    (root / "current").symlink_to("opt")
    wishes = [{"type": "anchor", "certificate": beta, "store": f"bundle:/{directory}/ca.pem"}
              for directory in ("opt", "current")]
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": wishes})
    assert answer.status == 0 and [r["changed"] for r in answer.results] == [True, False]
    assert bundle.read_text() == alpha + beta


def test_a_bundle_is_no_directory(tm, root, pki):
    answer = tm("bundle", "plan", "--input", "-", root=root,
                stdin={"path": "/opt/ca/", "extra": [pki.root("Some").text], "requires": []})
    assert answer.error["kind"] == "invalid_input" and "directory" in answer.error["message"]


def test_json_of_powershell_is_read_or_explained(tm, root):
    text = json.dumps({"type": "bundle", "path": "/opt/ca.pem"})
    assert tm("get", "--input", "-", root=root, stdin="\ufeff" + text).status == 0
    file = root.parent / "wide.json"
    file.write_bytes(text.encode("utf-16"))
    answer = tm("get", "--input", file, root=root)
    assert answer.status == 2 and "UTF-16" in answer.json["error"]["message"]
    assert "UTF-8" in answer.json["error"]["hint"]
