"""The argument ca_certs in Python files, from outside: reports, refusals, many files, the verb list."""

import pytest

FILE = "/opt/ca/cacert.pem"
SOURCE = "from shotgun_api3 import Shotgun\n\nsg = Shotgun('https://x.example', 'tool', 'key')\n"
DONE = SOURCE.replace("'key')", f"'key', ca_certs=\"{FILE}\")")


@pytest.fixture
def root(tmp_path):
    (tmp_path / "tools").mkdir()
    (tmp_path / "opt/ca").mkdir(parents=True)
    return tmp_path


@pytest.fixture
def seed(pki):
    return pki.root("Other Root").text


@pytest.fixture
def bundle(tm, root, seed):
    """A CA file that the API can use."""
    done = tm("trustmend", "bundle", "apply", "--input", "-", root=root, stdin=wish(seed))
    assert done.status == 0, done
    return root / FILE[1:]


def wish(seed):
    return {"type": "bundle", "path": FILE, "sources": [seed], "extra": ["builtin:amazon-root-ca-1"],
            "requires": []}


def put(root, name, text=SOURCE):
    path = root / "tools" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def script(tm, root, verb, *words, output="json"):
    return tm("trustmend", "script", verb, "--output", output, *words, root=root)


def test_get_says_where_every_call_is_and_what_it_has(tm, root):
    put(root, "a.py", SOURCE + "Shotgun('u', ca_certs='/etc/none.pem')\n")
    answer = script(tm, root, "get", "path=/tools/a.py")
    assert answer.status == 0 and answer.state["count"] == 2
    assert answer.state["calls"] == {"/tools/a.py:3:6": None, "/tools/a.py:4:1": "/etc/none.pem"}
    assert answer.state["ca_certs"] is None and answer.state["state"] is None
    assert answer.state["problems"] == ["ca_certs: there is no file /etc/none.pem"]


def test_apply_changes_the_argument_alone_and_once(tm, root, bundle):
    path = put(root, "a.py")
    planned = script(tm, root, "plan", "--diff", "path=/tools/a.py", f"ca_certs={FILE}")
    assert planned.changed and path.read_text() == SOURCE
    assert planned.result["diff"]["after"] in DONE
    applied = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}")
    assert applied.status == 0 and applied.result["changes"] == planned.result["changes"]
    assert path.read_text() == DONE
    assert not script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}").changed


@pytest.mark.posix_only("files of Windows have no modes")
def test_a_file_keeps_its_mode(tm, root, bundle):
    path = put(root, "a.py")
    path.chmod(0o750)
    assert script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}").changed
    assert path.stat().st_mode & 0o777 == 0o750


def test_what_get_says_is_no_wish_for_anything_else(tm, root):
    for name, text in (("all.py", DONE), ("none.py", SOURCE), ("some.py", SOURCE + DONE), ("no.py", "")):
        path = put(root, name, text)
        state = script(tm, root, "get", f"path=/tools/{name}").state
        again = tm("trustmend", "script", "apply", "--input", "-", root=root,
                   stdin={**state, "force": True})
        assert again.status == 0 and not again.changed, name
        assert path.read_text() == text


@pytest.mark.parametrize("content,words", [
    (None, "there is no file"), ("<!DOCTYPE html>\n", "web page"), ("", "is empty")])
def test_a_file_that_no_program_can_load_is_refused(tm, root, content, words):
    if content is not None:
        (root / FILE[1:]).write_text(content)
    path = put(root, "a.py")
    refused = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}")
    assert refused.status == 1 and refused.error["kind"] == "refused"
    assert words in refused.error["message"] and "force=true" in refused.error["hint"]
    assert path.read_text() == SOURCE
    forced = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}", "force=true")
    assert forced.status == 0 and any(words in warning for warning in forced.result["warnings"])
    assert path.read_text() == DONE


def test_a_wish_that_is_met_by_a_file_that_is_gone_is_refused_too(tm, root):
    put(root, "a.py", DONE)
    answer = script(tm, root, "plan", "path=/tools/a.py", f"ca_certs={FILE}")
    assert answer.status == 1 and "there is no file" in answer.error["message"]


def test_the_same_run_makes_the_file_first(tm, root, seed):
    path = put(root, "a.py")
    wishes = [{"type": "script", "path": "/tools/a.py", "ca_certs": FILE},
              wish(seed)]
    for verb, text in (("plan", SOURCE), ("apply", DONE)):
        answer = tm("trustmend", verb, "--input", "-", stdin={"resources": wishes}, root=root)
        assert answer.status == 0, answer
        assert path.read_text() == text


def test_calls_that_cannot_be_changed_are_named_and_the_others_changed(tm, root, bundle):
    path = put(root, "a.py", SOURCE + "Shotgun(*a)\nShotgun(**k)\n")
    answer = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}")
    assert answer.status == 1 and answer.error["kind"] == "refused"
    assert "2 calls or files" in answer.error["message"]
    assert "line 4, column 1: *a may hold ca_certs" in answer.error["message"]
    assert sum("line 5, column 1: **k may hold ca_certs" in w for w in answer.result["warnings"]) == 1
    assert path.read_text() == DONE + "Shotgun(*a)\nShotgun(**k)\n"


def test_a_directory_is_every_source_below_it(tm, root, bundle):
    paths = [put(root, name) for name in ("a.py", "b/c/d.py", "e.pyw")]
    others = [put(root, name) for name in (
        "readme.txt", "shotgun_api3/lib/mockgun.py", "tk-core/hooks/x.py", "bundle_cache/a/b.py",
        "python/tank/platform/y.py")]
    answer = script(tm, root, "apply", "path=/tools", f"ca_certs={FILE}")
    assert answer.status == 0 and answer.state["count"] == 3
    assert [path.read_text() for path in paths] == [DONE] * 3
    assert [path.read_text() for path in others] == [SOURCE] * 5
    assert any("passed over, of Toolkit" in warning for warning in answer.result["warnings"])


def test_toolkits_own_file_is_refused_by_name(tm, root, bundle):
    path = put(root, "tank_vendor/shotgun_api3/x.py")
    answer = script(tm, root, "apply", "path=/tools/tank_vendor/shotgun_api3/x.py", f"ca_certs={FILE}")
    assert answer.status == 1 and answer.error["kind"] == "refused"
    assert path.read_text() == SOURCE


@pytest.mark.posix_only("a link needs rights on Windows")
def test_a_link_does_not_hide_whose_the_file_is(tm, root, bundle):
    path = put(root, "bundle_cache/x.py")
    (root / "tools/a.py").symlink_to("bundle_cache/x.py")
    answer = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}")
    assert answer.status == 1 and "bundle cache" in answer.error["message"]
    assert path.read_text() == SOURCE


def test_wildcards_commas_and_what_is_not_there(tm, root, bundle):
    paths = [put(root, name) for name in ("a.py", "b.py", "c.txt")]
    words = ["path=/tools/*.py,/tools/c.txt,/tools/gone.py", f"ca_certs={FILE}"]
    failed = script(tm, root, "plan", *words)
    assert failed.status == 1 and failed.error["kind"] == "not_found" and failed.changed
    answer = script(tm, root, "apply", *words, "missing=ok")
    assert answer.status == 0
    assert any("/tools/gone.py" in warning for warning in answer.result["warnings"])
    assert [path.read_text() for path in paths] == [DONE] * 3


def test_a_file_that_is_not_understood_is_told_where_it_matters(tm, root, bundle):
    put(root, "bad.py", b"# coding: utf-16\n" + SOURCE.encode())
    put(root, "zero.py", SOURCE.encode() + b"\0")
    put(root, "other.py", b"\0\0")  # lacks the word
    good = put(root, "good.py")
    answer = script(tm, root, "apply", "path=/tools", f"ca_certs={FILE}")
    assert answer.status == 1 and "2 calls or files" in answer.error["message"]
    assert good.read_text() == DONE
    assert [p.split(":")[0] for p in answer.state["problems"]] == ["/tools/bad.py", "/tools/zero.py"]


def test_a_source_of_more_than_two_megabytes_is_refused(tm, root, bundle):
    path = put(root, "a.py", SOURCE + "#" * (2 << 20))
    answer = script(tm, root, "apply", "path=/tools/a.py", f"ca_certs={FILE}")
    assert answer.status == 1 and answer.error["kind"] == "refused"
    assert path.stat().st_size > 2 << 20


def test_list_finds_the_files_that_construct_the_class(tm, root):
    put(root, "a.py")
    put(root, "deep/b.py", DONE)
    put(root, "c.py", "print('Shotgun()')\n")
    put(root, "d.py", "from shotgun_api3.lib.mockgun import Shotgun\nShotgun('u')\n")
    put(root, "tk-core/e.py")
    put(root, "f.py", SOURCE.encode() + b"\0")
    answer = script(tm, root, "list", "under=/tools")
    assert answer.status == 0
    assert [(r["name"], r["state"]["ca_certs"]) for r in answer.json["results"]] == [
        ("/tools/a.py", None), ("/tools/deep/b.py", FILE)]
    text = script(tm, root, "list", "under=/tools", output="text").stdout
    assert "/tools/a.py" in text and "tk-core" in text and "f.py" in text


def test_list_wants_a_directory_that_is_there(tm, root):
    put(root, "a.py")
    for word in ("under=/nowhere", "under=/tools/a.py"):
        assert script(tm, root, "list", word).status == 2
    assert script(tm, root, "list").status == 2
