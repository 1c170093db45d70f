"""The verb list: what is there, as other verbs would tell it, and nothing written."""

import os

import pytest

REGISTRY = pytest.mark.posix_only(
    "the registry, where Windows keeps variables and certificates, cannot lie in a root")


@pytest.fixture
def root(tmp_path):
    """A small root with variables in two places and a bundle of two roots."""
    path = tmp_path / "root"
    (path / "etc/profile.d").mkdir(parents=True)
    (path / "etc/environment").write_text("LANG=C\n")
    (path / "etc/profile.d/trustmend.sh").write_text("export LANG=C\nexport STUDIO=here\n")
    return path


@pytest.fixture
def bundle(root, pki):
    """The path of the bundle inside the root; it holds Zulu, then Alpha."""
    (root / "opt").mkdir()
    (root / "opt/ca.pem").write_text(pki.root("Zulu").text + pki.root("Alpha").text)
    return "/opt/ca.pem"


def tree(path):
    """Everything that a write would change: names, modes, times, sizes."""
    found = {}
    for directory, _, names in os.walk(path):
        for name in [*names, ""]:
            status = os.lstat(os.path.join(directory, name))
            found[os.path.join(directory, name)] = (
                status.st_mode, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
    return found


def names(answer):
    return [result["name"] for result in answer.results]


def test_a_bundle_is_listed_in_order_and_nothing_is_written(tm, root, bundle):
    before = tree(root)
    answer = tm("anchor", "list", f"store=bundle:{bundle}", root=root)
    assert answer.status == 0, answer
    assert answer.json["verb"] == "list"
    assert answer.json["changed"] is False and answer.json["failed"] is False
    assert "error" not in answer.json
    subjects = [result["state"]["subject"] for result in answer.results]
    assert len(subjects) == 2 and "Alpha" in subjects[0] and "Zulu" in subjects[1]
    for result in answer.results:
        assert result["type"] == "anchor" and result["backend"] == "bundle"
        assert result["name"] == result["state"]["subject"]
        assert result["changed"] is False and result["changes"] == {}
        assert result["diff"] is None and result["error"] is None
        assert result["state"]["certificate"].startswith("-----BEGIN CERTIFICATE-----")
        assert result["state"]["effective"] is True
    assert tree(root) == before, "list wrote something"


@REGISTRY
def test_each_state_is_what_get_reports_and_a_no_op_when_fed_back(tm, root, bundle):
    listed = [*tm("anchor", "list", f"store=bundle:{bundle}", root=root).results,
              *tm("env", "list", root=root).results]
    assert len(listed) == 4
    for result in listed:
        resource = {"type": result["type"], **result["state"]}
        got = tm("get", "--input", "-", root=root, stdin=resource)
        assert got.state == result["state"]
        again = tm("plan", "--input", "-", "--detailed-exitcode", root=root, stdin=resource)
        assert again.status == 0 and not again.changed, again


@REGISTRY
def test_variables_are_listed_with_the_places_that_set_them(tm, root):
    answer = tm("env", "list", root=root)
    assert names(answer) == ["LANG", "STUDIO"]
    assert answer.results[0]["state"]["value"] == "C"
    assert answer.results[1]["state"]["per_target"] == {"etc_environment": None,
                                                        "profile_d": "here"}


@REGISTRY
def test_targets_and_scope_say_where(tm, root):
    (root / "home/u").mkdir(parents=True)
    (root / "home/u/.profile").write_text("export MINE=1\n")
    (root / "etc/passwd").write_text("u:x:4321:4321::/home/u:/bin/sh\n")
    assert names(tm("env", "list", "targets=etc_environment", root=root)) == ["LANG"]
    assert names(tm("env", "list", "scope=user", "user=u", root=root)) == ["MINE"]
    answer = tm("list", "--input", "-", root=root,
                stdin={"type": "env", "scope": "user", "user": "u"})
    assert names(answer) == ["MINE"]
    assert answer.results[0]["state"]["user"] == "u"


@REGISTRY
def test_several_queries_at_once(tm, root, bundle):
    answer = tm("list", "--input", "-", root=root, stdin={"resources": [
        {"type": "env"}, {"type": "anchor", "store": f"bundle:{bundle}"}]})
    assert answer.status == 0
    assert [r["type"] for r in answer.results] == ["env", "env", "anchor", "anchor"]


def test_small_programs_list_as_the_big_one_does(tm, root, bundle):
    assert (tm("env", "list", root=root).json
            == tm("trustmend-env", "list", root=root).json
            == tm("trustmend-env", "list", "--input", "-", root=root, stdin={}).json)
    store = f"store=bundle:{bundle}"
    assert (tm("anchor", "list", store, root=root).json
            == tm("trustmend-anchor", "list", store, root=root).json)


@pytest.mark.parametrize("words, takes", [
    (["anchor", "list", "certificate=x"], "store"),
    (["anchor", "list", "state=present"], "store"),
    (["env", "list", "name=LANG"], "scope, user, targets, observe"),
    (["env", "list", "scope=machine", "value=x"], "scope, user, targets, observe"),
])
def test_a_query_that_says_more_is_refused_and_told_what_list_takes(tm, root, words, takes):
    answer = tm(*words, root=root)
    assert answer.status == 2 and answer.results == []
    assert answer.json["error"]["kind"] == "invalid_input"
    assert answer.json["error"]["hint"] == f"list takes {takes}"


@pytest.mark.parametrize("query", [
    {"type": "env", "name": None}, {"type": "env", "strays": []}, {"type": "anchor", "where": []},
])
def test_json_queries_are_as_strict_about_null_and_read_only_attributes(tm, root, query):
    answer = tm("list", "--input", "-", root=root, stdin=query)
    assert answer.status == 2
    assert answer.json["error"]["kind"] == "invalid_input"


def test_a_verb_that_a_type_lacks_is_bad_usage_on_every_machine(tm, root):
    for words in (["bundle", "check"], ["trustmend-bundle", "check"]):
        answer = tm(*words, root=root)
        assert answer.status == 2 and answer.results == []
        assert answer.json["error"]["kind"] == "invalid_input"


def test_describe_names_the_verb_where_there_is_one(tm):
    types = tm("describe").json["types"]
    offering = {name for name, schema in types.items() if "list" in schema["x-verbs"]}
    assert offering >= {"anchor", "env", "core_api", "bundle", "script"}
    places = {name: [a for a, p in schema["properties"].items() if p.get("x-where")]
              for name, schema in types.items()}
    assert places["anchor"] == ["store"]
    assert places["env"] == ["scope", "user", "targets", "observe"]
    assert [name for name in places if places[name] and name not in offering] == []


@REGISTRY
def test_everything_is_listed_and_one_failure_does_not_hide_the_rest(tm, root):
    """A root without os-release has variables, and no trust store that is known."""
    answer = tm("list", root=root)
    assert answer.status == 3
    assert answer.json["failed"] is True
    assert answer.json["error"]["kind"] == "unsupported"
    assert names(answer) == ["LANG", "STUDIO"]


@REGISTRY
def test_a_debian_root_without_certificates_is_an_empty_list(tm, root):
    (root / "etc/os-release").write_text("ID=debian\n")
    answer = tm("anchor", "list", root=root)
    assert answer.status == 0 and answer.results == []
    assert {r["type"] for r in tm("list", root=root).results} == {"env"}


def test_a_bundle_that_is_missing_is_an_error(tm, root):
    answer = tm("anchor", "list", "store=bundle:/opt/none.pem", root=root)
    assert answer.status == 2 and answer.results == []
    assert answer.json["error"]["kind"] == "not_found"
    assert answer.json["error"]["path"] == "/opt/none.pem"


def test_list_takes_neither_a_profile_nor_variables(tm, root):
    for words in (["list", "studio.yml"], ["list", "--set", "a=b"],
                  ["env", "list", "--set", "a=b"]):
        assert tm(*words, root=root).status == 2


@REGISTRY
def test_detailed_exitcode_has_nothing_to_tell(tm, root):
    (root / "etc/os-release").write_text("ID=debian\n")
    assert tm("list", "--detailed-exitcode", root=root).status == 0


@REGISTRY
def test_text_is_a_line_for_each_and_a_sum(tm, root, bundle, pki):
    (root / "etc/profile.d/trustmend.sh").unlink()
    answer = tm("env", "list", "--output", "text", root=root)
    assert answer.stdout == "  LANG=C  (linux)\n1 variable\n"
    with open(root / "opt/ca.pem", "a") as file:
        file.write(pki.leaf(pki.root("Alpha"), "localhost").text)
    lines = tm("anchor", "list", f"store=bundle:{bundle}", "--output", "text",
               root=root).stdout.splitlines()
    assert "3 anchors: 2 effective, 1 not" in lines
    assert lines[-1].startswith("documented roots that are missing: amazon-root-ca-1, ")
    assert sum(line.startswith("  effective    ") for line in lines) == 2
    at = next(i for i, line in enumerate(lines) if line.startswith("  ineffective  "))
    assert "localhost" in lines[at] and "no CA" in lines[at + 1]


@REGISTRY
def test_verbose_text_has_whole_states(tm, root):
    answer = tm("env", "list", "--output", "text", "--verbose", root=root)
    assert " env LANG\n" in answer.stdout and "      effective_from: " in answer.stdout
    assert answer.stdout.endswith("2 variables\n")


@REGISTRY
def test_text_of_a_failed_listing_is_on_standard_error(tm, root):
    answer = tm("bundle", "list", "--under", "/none", "--output", "text", root=root)
    assert answer.status == 2 and answer.stdout == ""
    assert "/none" in answer.stderr
    answer = tm("list", "--output", "text", root=root)
    assert "2 variables" in answer.stdout and "trust store" in answer.stderr
