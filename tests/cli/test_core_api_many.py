"""Many projects as one core_api resource: commas, wildcards, what is not there, the verb list."""

import itertools

import pytest

TEXT = "location:\n  type: app_store\n  name: tk-core\n  version: {version}\n"
WISH = ["version=v0.23.10", "match=at_least"]
FLEET = "path=/mnt/*,/mnt/r1"  # r0 is an empty mount point, r1 not even that


def place(root, name, text=None, version="v0.23.10"):
    path = root / "mnt" / name / "config/core/core_api.yml"
    path.parent.mkdir(parents=True)
    path.write_text(text if text is not None else TEXT.format(version=version))
    return path


@pytest.fixture
def root(tmp_path):
    (tmp_path / "mnt").mkdir()
    return tmp_path


@pytest.fixture
def fleet(root):
    """300 projects: three broken, two not mounted, one with a core of its own, four old ones."""
    for number in range(294):
        place(root, f"p{number:03}", version="v0.23.8" if number < 4 else "v0.23.10")
    place(root, "q0", "location:\n\ttype: app_store\n")
    place(root, "q1", "location: {version: v0.23.8}\n")
    place(root, "q2", "location: {type: app_store, version: v0.23.8}\n")
    place(root, "q3", "location: {type: dev, path: /src/tk-core}\n")
    (root / "mnt/r0").mkdir()
    return root


def core_api(tm, root, verb, *words, output="json"):
    return tm("trustmend", "core_api", verb, "--output", output, *words, root=root)


def test_three_hundred_projects_are_one_resource(tm, fleet):
    answer = core_api(tm, fleet, "plan", FLEET, *WISH, "missing=ok")
    assert answer.status == 1 and answer.changed
    state = answer.state
    assert state["count"] == 300 and state["version"] is None
    assert state["projects"] == {
        **{f"/mnt/p00{n}": "v0.23.8" for n in range(4)},
        "/mnt/q0": "(broken)", "/mnt/q1": "(broken)", "/mnt/q2": "(broken)", "/mnt/q3": "(dev)",
        "/mnt/r0": "(not there)", "/mnt/r1": "(not there)"}
    changes = answer.result["changes"]
    assert list(changes) == ["projects"]
    assert changes["projects"]["to"] == {f"/mnt/p00{n}": "v0.23.10" for n in range(4)}
    assert answer.error["kind"] == "conflict"
    assert "4 of 300 projects are left as they are" in answer.error["message"]
    warnings = answer.result["warnings"]
    for name, words in (("q0", "line 2: a tab"), ("q1", "no type"), ("q2", "needs the key name"),
                        ("q3", "uses the core at its path")):
        assert sum(words in w for w in warnings if w.startswith(f"/mnt/{name}: ")) == 1
    assert sum("2 of 300 are not there: /mnt/r0, /mnt/r1" in w for w in warnings) == 1
    assert sum("v0.23.8 ignores SHOTGUN_API_CACERTS" in w for w in warnings) == 1


def test_it_is_told_on_one_screen(tm, fleet):
    for verb in ("get", "plan", "apply", "apply"):
        words = [] if verb == "get" else WISH
        answer = core_api(tm, fleet, verb, FLEET, *words, "missing=ok", output="text")
        assert answer.status == (0 if verb == "get" else 1)
        lines = answer.stdout.split("\n")
        assert 5 < len(lines) <= 40, answer.stdout


def test_the_good_ones_are_mended_and_the_others_left(tm, fleet):
    before = {path: path.read_bytes() for path in fleet.glob("mnt/*/config/core/core_api.yml")}
    answer = core_api(tm, fleet, "apply", FLEET, *WISH, "missing=ok")
    assert answer.status == 1 and answer.changed and answer.error["kind"] == "conflict"
    for path, text in before.items():
        name = path.parts[-4]
        wanted = text.replace(b"v0.23.8", b"v0.23.10") if name < "p004" else text
        assert path.read_bytes() == wanted, name
    again = core_api(tm, fleet, "apply", FLEET, *WISH, "missing=ok")
    assert again.status == 1 and not again.changed and again.result["changes"] == {}


def test_all_well_is_no_change_and_no_error(tm, root):
    for name in "abc":
        place(root, name)
    for words in (["path=/mnt/*"], ["path=/mnt/a,/mnt/b , /mnt/c"], ["path=/mnt/[a-b],/mnt/c"],
                  ["path=/m*/?"], ["path=/mnt/*/config/core/core_api.yml"]):
        answer = core_api(tm, root, "apply", *words, *WISH)
        assert answer.status == 0 and not answer.changed, answer
        assert answer.state["count"] == 3 and answer.state["projects"] == {}
        assert answer.state["version"] == "v0.23.10"
        assert answer.state["honours_env_override"] is True


def test_what_get_reports_of_many_is_a_no_op(tm, fleet):
    state = core_api(tm, fleet, "get", FLEET, "missing=ok").state
    answer = tm("core_api", "apply", "--input", "-", root=fleet, stdin=state)
    assert answer.status == 0 and not answer.changed, answer


def test_a_project_that_is_not_there(tm, root):
    place(root, "a")
    for path in ("/mnt/none", "/mnt/a,/mnt/none"):
        answer = core_api(tm, root, "plan", f"path={path}", *WISH)
        assert answer.status == 1 and answer.error["kind"] == "not_found"
        assert "missing=ok" in answer.error["hint"]
        for verb in ("get", "plan", "apply"):
            words = [] if verb == "get" else WISH
            answer = core_api(tm, root, verb, f"path={path}", *words, "missing=ok")
            assert answer.status == 0 and not answer.changed and answer.error is None
            assert any("passed over" in w for w in answer.result["warnings"])
            if "," in path:
                told = "passed over, 1 of 2 is not there: /mnt/none"
                assert told in answer.result["warnings"], answer


def test_a_pattern_that_matches_nothing_is_not_there(tm, root):
    answer = core_api(tm, root, "plan", "path=/mnt/none*", *WISH)
    assert answer.status == 1 and answer.error["kind"] == "not_found"
    assert "nothing matches" in answer.error["message"]
    answer = core_api(tm, root, "plan", "path=/mnt/none*", *WISH, "missing=ok")
    assert answer.status == 0 and answer.state["count"] == 1
    assert answer.result["warnings"] == ["passed over, nothing matches: /mnt/none*",
                                         "not one project was found, and none is looked after"]
    place(root, "a")
    answer = core_api(tm, root, "plan", "path=/mnt/none*,/mnt/?", *WISH, "missing=ok")
    assert answer.status == 0
    assert answer.result["warnings"] == ["passed over, nothing matches: /mnt/none*"]


@pytest.mark.parametrize("path", [
    "/mnt/else", "/mnt/else/config/core/core_api.yml", "/mnt/else/core/core_api.yml",
    "/mnt/a,/mnt/else", "/mnt/*", "/mnt/e*",
])
def test_a_directory_with_other_files_is_not_passed_over(tm, root, path):
    place(root, "a")
    file = root / "mnt/else/notes.txt"
    file.parent.mkdir()
    file.write_text("none\n")
    for words in (WISH, [*WISH, "missing=ok"]):
        answer = core_api(tm, root, "plan", f"path={path}", *words)
        assert answer.status == 1 and answer.error["kind"] == "not_found", answer
        assert "missing=ok" not in answer.error["hint"]
        assert not any("passed over" in w for w in answer.result["warnings"])
        if "," in path or "*" in path:
            assert answer.state["projects"]["/mnt/else"] == "(not there)"
    file.unlink()
    assert core_api(tm, root, "plan", f"path={path}", *WISH, "missing=ok").status == 0
    file.parent.rmdir()
    assert core_api(tm, root, "plan", f"path={path}", *WISH, "missing=ok").status == 0


@pytest.mark.posix_only("Wine makes no links")
def test_a_link_to_what_is_not_mounted_is_passed_over(tm, root):
    (root / "mnt/a").symlink_to("/far/a")
    assert core_api(tm, root, "plan", "path=/mnt/a", *WISH, "missing=ok").status == 0
    assert core_api(tm, root, "plan", "path=/mnt/a", *WISH).status == 1


def test_what_exists_as_it_is_written_is_one_path(tm, root):
    for name in ("a,b", "c[1]"):
        place(root, name, version="v0.23.8")
        answer = core_api(tm, root, "plan", f"path=/mnt/{name}", *WISH)
        assert answer.status == 0 and answer.state["count"] is None
        assert answer.result["changes"] == {"version": {"from": "v0.23.8", "to": "v0.23.10"}}
    answer = core_api(tm, root, "get", "path=/mnt/a,,b,/mnt/c[1]")
    assert answer.status == 0 and answer.state["count"] == 2


def test_relative_paths_are_each_the_callers(tm, root, tmp_path):
    place(root, "a")
    place(root, "b")
    answer = tm("core_api", "get", "path=a, b", cwd=str(root / "mnt"))
    assert answer.status == 0 and answer.state["count"] == 2


def test_two_wishes_for_one_project_are_refused(tm, root):
    place(root, "a")
    resources = [{"type": "core_api", "path": path, "version": version}
                 for path, version in (("/mnt/*", "v0.23.10"), ("/mnt/a", "v0.24.0"))]
    answer = tm("plan", "--input", "-", root=root, stdin={"resources": resources})
    assert [r["error"]["kind"] for r in answer.results] == ["invalid_input"] * 2
    resources[1]["version"] = "v0.23.10"
    answer = tm("plan", "--input", "-", root=root, stdin={"resources": resources})
    assert answer.status == 0


@pytest.mark.parametrize("wide, narrow, found, left", [
    ("v0.23.10 at_least", "v0.23.10 exact", "v0.23.8", "v0.23.10"),
    ("v0.23.10 at_least", "v0.24.0 exact", "v0.23.8", "v0.24.0"),
    ("v0.23.10 at_least", "v0.24.0 at_least", "v0.23.8", "v0.24.0"),
    ("v0.24.0 at_least", "v0.23.10 at_least", "v0.23.8", "v0.24.0"),
    ("v0.24.0 exact", "v0.23.10 at_least", "v0.23.8", "v0.24.0"),
    ("v0.23.10 at_least", None, "v0.23.8", "v0.23.10"),
    ("v0.24.0 at_least", "v0.23.10 exact", "v0.23.8", None),
    ("v0.23.10 exact", "v0.24.0 at_least", "v0.23.8", None),
    ("v0.23.10 exact", "v0.24.0 exact", "v0.23.8", None),
    ("v0.23.10 at_least", "7be1f1306acfd611eabaff9a9011ba285c9fafbd exact", "v0.23.8", None),
])
@pytest.mark.parametrize("turned", [False, True])
def test_two_wishes_that_one_version_meets_can_both_hold(tm, root, wide, narrow, found, left,
                                                         turned):
    file = place(root, "c1", version=found)
    place(root, "c2", version=found)
    resources = []
    for path, wish in (("/mnt/c*", wide), ("/mnt/c1", narrow)):
        version, match = wish.split() if wish else (None, "exact")
        resources.append({"type": "core_api", "path": path, "version": version, "match": match})
    if turned:
        resources.reverse()
    answer = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
    if not left:
        assert [r["error"]["kind"] for r in answer.results] == ["invalid_input"] * 2
        assert file.read_text() == TEXT.format(version=found)
        return
    assert answer.status == 0, answer
    assert file.read_text() == TEXT.format(version=left)
    again = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
    assert again.status == 0 and not again.changed


@pytest.mark.parametrize("one, other, left", [
    ({"version": "v0.23.10", "match": "at_least"}, {"version": "v0.24.0", "match": "at_least"},
     "v0.24.0"),
    ({"version": "v0.23.10", "match": "at_least"}, {"version": "v0.24.0"}, "v0.24.0"),
    ({"version": "v0.24.0"}, {"version": "v0.24.0", "missing": "ok"}, "v0.24.0"),
    ({"version": "v0.24.0"}, {"version": None}, "v0.24.0"),
    ({"version": "v0.24.0", "match": "at_least"}, {"version": "v0.23.10"}, None),
    ({"version": "v0.24.0"}, {"version": "v0.23.10"}, None),
    ({"version": "v0.24.0"}, {"version": "v0.24.0", "allow_downgrade": True}, None),
])
@pytest.mark.parametrize("turned", [False, True])
def test_two_wishes_for_one_file_can_both_hold_where_one_version_meets_them(tm, root, one, other,
                                                                            left, turned):
    file = place(root, "c1", version="v0.23.8")
    wishes = [{"type": "core_api", "path": "/mnt/c1", **one},
              {"type": "core_api", "path": "/mnt/c1/config/core/core_api.yml", **other}]
    request = {"resources": wishes[::-1] if turned else wishes}
    planned = tm("plan", "--input", "-", root=root, stdin=request)
    answer = tm("apply", "--input", "-", root=root, stdin=request)
    if not left:
        assert [r["error"]["kind"] for r in planned.results + answer.results] == ["invalid_input"] * 4
        assert "they are about one thing" in answer.results[0]["error"]["message"]
        assert file.read_text() == TEXT.format(version="v0.23.8")
        return
    assert answer.status == 0, answer
    assert file.read_text() == TEXT.format(version=left)
    assert [r["changes"] for r in planned.results] == [r["changes"] for r in answer.results]
    again = tm("apply", "--input", "-", root=root, stdin=request)
    assert again.status == 0 and not again.changed


PROFILE = """trustmend: 1
variables:
  configs: []
resources:
  - type: core_api
    path: ${configs}
    version: v0.23.10
    match: at_least
"""


def test_a_list_of_a_profile_is_one_resource_and_an_empty_one_is_none(tm, root, tmp_path):
    profile = tmp_path / "profile.yml"
    profile.write_text(PROFILE)
    for name in ("a", "b", "c,d"):
        place(root, name, version="v0.23.8")
    assert tm("plan", profile, root=root).results == []
    for settings in (["configs=/mnt/a,/mnt/b,/mnt/c,,d"],
                     ["configs=/mnt/a", "configs=/mnt/b", "configs=/mnt/c,,d"],
                     ["configs=/mnt/*"], ["configs=/mnt/[ab]", "configs=/mnt/c*"]):
        words = list(itertools.chain.from_iterable(("--set", s) for s in settings))
        answer = tm("plan", profile, *words, root=root)
        assert answer.status == 0 and len(answer.results) == 1, answer
        assert answer.state["count"] == 3
        assert len(answer.result["changes"]["projects"]["to"]) == 3


def test_get_shows_all_that_was_read_although_a_project_cannot_be_had(tm, root, tmp_path):
    place(root, "a", version="v0.23.8")
    place(root, "b", "location:\n\ttype: app_store\n")
    profile = tmp_path / "profile.yml"
    profile.write_text(PROFILE)
    words = ["--output", "text", "--set", "configs=/mnt/a,/mnt/b,/mnt/none"]
    answer = tm("get", profile, *words, root=root)
    assert answer.status == 1 and "2 of 3 projects are left as they are" in answer.stdout
    for line in ("/mnt/a: v0.23.8", "/mnt/b: (broken)", "/mnt/none: (not there)"):
        assert f"        {line}\n" in answer.stdout, answer
    assert "count: 3\n" in answer.stdout
    answer = tm("plan", profile, *words, root=root)
    assert "count: 3\n" not in answer.stdout and "/mnt/a: v0.23.8 -> v0.23.10" in answer.stdout


# ---- the verb list ----

def test_list_finds_what_lies_below(tm, root):
    place(root, "a", version="v0.23.8")
    place(root, "deep/er/b")
    source = root / "mnt/source/core/core_api.yml"
    source.parent.mkdir(parents=True)
    source.write_text("location: {type: dev, path: /x}\n")
    place(root, "broken", "location:\n\t\n")
    for words in (["under=/mnt"], ["--under", "/mnt"], ["under=/mnt/[a-d]*", "under=/mnt/source"]):
        answer = core_api(tm, root, "list", *words)
        found = {r["name"]: r["state"] for r in answer.results}
        assert answer.status == 0 and list(found) == ["/mnt/a", "/mnt/broken", "/mnt/deep/er/b",
                                                      "/mnt/source"]
        assert found["/mnt/a"]["version"] == "v0.23.8"
        assert found["/mnt/broken"]["problems"]
    text = core_api(tm, root, "list", "under=/mnt", output="text").stdout
    assert "/mnt/a=v0.23.8" in text and "4 configurations" in text


def test_list_has_to_know_where(tm, root):
    answer = core_api(tm, root, "list")
    assert answer.status == 2 and "under" in answer.json["error"]["hint"]
    assert core_api(tm, root, "list", "under=/none").json["error"]["kind"] == "not_found"
    answer = core_api(tm, root, "plan", "path=/mnt", "under=/mnt", *WISH)
    assert answer.status == 1 and "for list alone" in answer.error["message"]


@pytest.mark.posix_only("Wine makes no links")
def test_list_follows_no_links(tm, root):
    place(root, "a")
    (root / "mnt/loop").symlink_to("..")
    answer = core_api(tm, root, "list", "under=/mnt")
    assert [r["name"] for r in answer.results] == ["/mnt/a"]
