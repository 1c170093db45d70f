"""
What core_api must not pass over in silence: descriptors that Toolkit refuses, versions that cannot
be compared, configurations that are installed and run another core than they pin.
"""

import pathlib

import pytest

COMMIT = "7be1f1306acfd611eabaff9a9011ba285c9fafbd"
REPOSITORY = "https://github.com/shotgunsoftware/tk-core.git"
AT_LEAST = ["version=v0.23.10", "match=at_least"]


def place(root, text, name="show"):
    path = root / name / "config/core/core_api.yml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())
    return path


def descriptor(**keys):
    return "location:\n" + "".join(f"  {key}: {value}\n" for key, value in keys.items())


def get(tm, root, name="show"):
    return tm("trustmend-core-api", "get", f"path=/{name}", root=root).state


def plan(tm, root, *words):
    return tm("trustmend-core-api", "plan", "path=/show", *words, root=root)


# ---- what Toolkit's own descriptors need ----

TAKEN = [
    dict(type="app_store", name="tk-core", version="v0.23.8"),
    dict(type="app_store", name="tk-core"),
    dict(type="manual", name="tk-core", version="v0.23.8"),
    dict(type="git", path=REPOSITORY, version="v0.23.8"),
    dict(type="git_branch", path=REPOSITORY, branch="master", version=COMMIT),
    dict(type="github_release", organization="o", repository="r", version="v0.23.8"),
    dict(type="shotgun", entity_type="Foo", field="sg_core", name="x", version=123),
    dict(type="shotgun", entity_type="Foo", field="sg_core", id=7, version=123),
    dict(type="dev", path="/x"),
    dict(type="path", path="/x"),
]
REFUSED = [
    (dict(type="app_store", version="v0.23.8"), "needs the key name"),
    (dict(type="app_store", path=REPOSITORY), "needs the key name"),
    (dict(type="app_store", name="", version="v0.23.8"), "name has no value"),
    (dict(type="manual", version="v0.23.8"), "needs the key name"),
    (dict(type="git", version="v0.23.8"), "needs the key path"),
    (dict(type="git", path="~", version="v0.23.8"), "path has no value"),
    (dict(type="git_branch", branch="master", version=COMMIT), "needs the key path"),
    (dict(type="git_branch", path=REPOSITORY, version=COMMIT), "needs the key branch"),
    (dict(type="github_release", repository="r", version="v0.23.8"), "needs the key organization"),
    (dict(type="github_release", organization="o", version="v0.23.8"), "needs the key repository"),
    (dict(type="shotgun", entity_type="Foo", name="x", version=123), "needs the key field"),
    (dict(type="shotgun", field="f", name="x", version=123), "needs the key entity_type"),
    (dict(type="shotgun", entity_type="Foo", field="f", version=123), "needs the key id or name"),
    (dict(type="shotgun", entity_type="F", field="f", id=1, name="x", version=1), "cannot have both"),
    (dict(type="shotgun", entity_type="F", field="f", id="x", version=1), "id is not a number"),
    (dict(type="dev", name="tk-core"), "needs the key path or "),
    (dict(type="path", macos_path="/x"), "needs the key path or "),
    (dict(name="tk-core", version="v0.23.8"), "location has no type"),
    (dict(type="git_branch,", path=REPOSITORY, version="9d89b1c"), "knows no descriptor type"),
    (dict(type="svn", path="/x", version="1"), "knows no descriptor type"),
]


@pytest.mark.parametrize("keys", TAKEN, ids=str)
def test_a_descriptor_that_toolkit_takes_has_no_such_problem(tm, root, keys):
    place(root, descriptor(**keys))
    problems = [p for p in get(tm, root)["problems"] if "SHOTGUN_API_CACERTS" not in p]
    assert problems in ([], ["line 2: no version is given: the latest one is used"])


@pytest.mark.parametrize("keys, words", REFUSED, ids=str)
def test_a_descriptor_that_toolkit_refuses_is_never_good_enough(tm, root, keys, words):
    data = "# a line more\n" + descriptor(**keys)
    place(root, data)
    state = get(tm, root)
    told = [p for p in state["problems"] if words in p]
    assert told and state["version"] is None
    at = f"  type: {keys['type']}" if "descriptor type" in words else data.split("\n")[2]
    line = 1 + data.split("\n").index(at)
    assert told[0].startswith(f"line {line}: ")
    for wish in (AT_LEAST, ["version=v0.0.1", "match=at_least"], ["version=v0.23.8"]):
        answer = plan(tm, root, *wish)
        assert answer.status == 1 and answer.error["message"] == told[0]
        assert answer.error["kind"] == "conflict" and answer.error["hint"]


@pytest.mark.parametrize("uri, words", [
    ("sgtk:descriptor:app_store?version=v0.23.8", "needs the key name"),
    ("sgtk:descriptor:app_store?name=&version=v0.23.8", "needs the key name"),
    ("sgtk:descriptor:git?version=v0.23.8", "needs the key path"),
    ("sgtk:descriptor:git_branch?path=/r&version=" + COMMIT, "needs the key branch"),
    ("sgtk:descriptor:dev?name=x", "needs the key path or "),
])
def test_uris_need_the_same_keys(tm, root, uri, words):
    place(root, f'location: "{uri}"\n')
    assert any(words in p and p.startswith("line 1: ") for p in get(tm, root)["problems"])
    assert plan(tm, root, *AT_LEAST).error["kind"] == "conflict"


@pytest.mark.posix_only("the other system's key is another one there")
def test_a_path_for_another_system_is_none_here(tm, root):
    place(root, descriptor(type="dev", windows_path="C:/x"))
    assert any("linux_path" in p for p in get(tm, root)["problems"])
    place(root, descriptor(type="dev", linux_path="/x"))
    assert get(tm, root)["problems"] == []


# ---- what cannot be compared ----

@pytest.mark.parametrize("keys, words, line", [
    (dict(type="git_branch", branch="b", path=REPOSITORY, version=COMMIT), "cannot tell", 5),
    (dict(type="git_branch", branch="b", path=REPOSITORY, version="9138254"), "cannot tell", 5),
    (dict(type="git_branch", branch="b", path=REPOSITORY, version="'9138254'"), "cannot tell", 5),
    (dict(type="git", path=REPOSITORY, version=COMMIT), "cannot tell", 4),
    (dict(type="manual", name="tk-core", version="deadbeef"), "cannot tell", 4),
    (dict(type="shotgun", entity_type="F", field="f", id=1, version=999999), "attachment", 6),
    (dict(type="shotgun", entity_type="F", field="f", id=1, version=12345678), "attachment", 6),
    (dict(type="app_store", name="tk-core", version="99.0.0"), "cannot tell", 4),
    (dict(type="app_store", name="tk-core", version="HEAD"), "cannot tell", 4),
    (dict(type="app_store", name="tk-core", version="latest"), "cannot tell", 4),
    (dict(type="git_branch", branch="b", path=REPOSITORY, version="master"), "cannot tell", 5),
    (dict(type="dev", path="/x", version=COMMIT), "uses the core at its path", 2),
    (dict(type="dev", path="/x", version="v99.0.0"), "uses the core at its path", 2),
    (dict(type="path", path="/x"), "uses the core at its path", 2),
], ids=str)
def test_at_least_never_passes_over_what_it_cannot_compare(tm, root, keys, words, line):
    path = place(root, descriptor(**keys))
    before = path.read_bytes()
    for verb in ("plan", "apply"):
        answer = tm("trustmend-core-api", verb, "path=/show", *AT_LEAST, root=root)
        assert answer.status == 1 and words in answer.error["message"], answer
        assert answer.error["message"].startswith(f"line {line}: ")
    assert path.read_bytes() == before


def test_commit_ids_of_digits_alone_are_commits(tm, root):
    for written in ("9138254", "'9138254'"):
        path = place(root, descriptor(type="git_branch", branch="master", path=REPOSITORY,
                                      version=written))
        assert get(tm, root)["version"] == "9138254"
        answer = tm("trustmend-core-api", "apply", "path=/show", "version=1234567", root=root)
        assert answer.status == 0, answer
        assert b"version: '1234567'\n" in path.read_bytes()


def test_what_holds_by_its_words_alone_is_said_to(tm, root):
    place(root, descriptor(type="git", path=REPOSITORY, version="HEAD"))
    answer = plan(tm, root, *AT_LEAST)
    assert answer.status == 0 and not answer.changed
    assert any("HEAD is taken for newer" in w for w in answer.result["warnings"])
    place(root, descriptor(type="git", path="/r.git", version="v2019.1"))
    answer = plan(tm, root, *AT_LEAST)
    assert answer.status == 0 and any("by its numbers" in w for w in answer.result["warnings"])


# ---- what a plan says ----

def test_a_plan_says_why_and_what_it_asks_for(tm, root):
    place(root, descriptor(type="app_store", name="tk-core", version="v0.23.7"))
    warnings = plan(tm, root, *AT_LEAST).result["warnings"]
    assert any("v0.23.7 ignores SHOTGUN_API_CACERTS" in w for w in warnings)
    assert any("v0.23.10 needs Python 3.9" in w for w in warnings)
    place(root, descriptor(type="app_store", name="tk-core", version="v0.23.10"))
    assert plan(tm, root, "version=v0.24.0").result["warnings"] == []


def test_a_fork_may_lack_the_tag(tm, root):
    for path, warned in ((REPOSITORY, False), ("git@github.com:shotgunsoftware/tk-core.git", False),
                         ("https://git.studio.example/tk-core.git", True), ("/srv/tk-core", True)):
        place(root, descriptor(type="git", path=path, version="v0.23.9"))
        answer = plan(tm, root, *AT_LEAST)
        assert any("the tag v0.23.10" in w for w in answer.result["warnings"]) is warned, path


@pytest.mark.parametrize("version, honours, words", [
    ("v0.20.19", True, None), ("v0.20.20", False, "login"), ("v0.21.6", False, "login"),
    ("v0.22.0", False, "login"), ("v0.22.1", True, None), ("v0.22.2", False, "uploads"),
    ("v0.22.7", False, "uploads"), ("v0.23.0", True, None), ("v0.23.7", False, "ignores"),
    ("v0.23.9", False, "ignores"), ("v0.23.10", True, None), ("v0.24.0", True, None),
])
def test_cores_whose_login_or_transfers_pass_the_variable_by(tm, root, version, honours, words):
    place(root, descriptor(type="app_store", name="tk-core", version=version))
    state = get(tm, root)
    assert state["honours_env_override"] is honours
    assert [words in p for p in state["problems"]] == ([True] if words else [])


# ---- installed configurations ----

def install(root, pin, runs, name="show", localized=True):
    """A configuration as Toolkit's set-up leaves it; answers its install/core."""
    place(root, descriptor(type="app_store", name="tk-core", version=pin), name)
    (root / name / "config/core/roots.yml").write_text("primary: {linux_path: /mnt/p}\n")
    core = root / name / "install/core"
    core.mkdir(parents=True)
    if localized:
        (core / "_core_upgrader.py").write_text("")
        (core / "info.yml").write_text(f'version: "{runs}"\n')
    return core


def test_what_runs_in_an_installed_configuration_is_not_the_pin(tm, root):
    install(root, "v0.23.10", "v0.18.103")
    answer = tm("trustmend-core-api", "get", "path=/show", root=root)
    state = answer.state
    assert (state["version"], state["running_version"]) == ("v0.23.10", "v0.18.103")
    assert state["running_core"] == "/show/install/core"
    assert state["python_api_version"] == "3.0.33" and state["honours_env_override"] is False
    told = [w for w in answer.result["warnings"] if "does not run what it pins" in w]
    assert len(told) == 1 and told[0] in state["problems"]
    assert "core v0.18.103 in /show/install/core runs" in told[0]
    assert "`/show/tank core --version=v0.23.10` changes it" in told[0]


def test_a_plan_of_an_installed_configuration_says_that_the_file_is_not_all(tm, root):
    install(root, "v0.18.103", "v0.18.103")
    state = get(tm, root)
    assert state["running_version"] == "v0.18.103"
    assert not any("does not run" in p for p in state["problems"])
    answer = plan(tm, root, *AT_LEAST)
    assert answer.changed
    assert any("/show/tank core --version=v0.23.10" in w for w in answer.result["warnings"])
    answer = tm("trustmend-core-api", "apply", "path=/show", *AT_LEAST, root=root)
    assert answer.status == 0 and answer.state["version"] == "v0.23.10"
    assert any("v0.18.103 in /show/install/core runs" in w for w in answer.result["warnings"])


PROFILE = """trustmend: 1
variables:
  configs: []
  match: at_least
resources:
  - type: core_api
    path: ${configs}
    version: v0.23.10
    match: ${match}
"""


def get_profile(tm, root, output, *settings):
    profile = root / "profile.yml"
    profile.write_text(PROFILE)
    words = [word for setting in settings for word in ("--set", setting)]
    return tm("get", profile, *words, "--detailed-exitcode", "--output", output, root=root)


@pytest.mark.parametrize("runs, match, good", [
    ("v0.18.103", "at_least", False), ("v0.23.10", "at_least", True), ("v0.24.0", "at_least", True),
    ("HEAD", "at_least", False), (COMMIT, "at_least", False), (None, "at_least", False),
    ("v0.24.0", "exact", False), ("v0.23.10", "exact", True),
])
@pytest.mark.parametrize("path", ["/show", "/sho*"])
def test_an_installed_configuration_is_as_documented_when_its_core_runs(tm, root, runs, match, good,
                                                                        path):
    core = install(root, "v0.23.10", runs)
    if not runs:
        (core / "info.yml").unlink()
    settings = [f"configs={path}", f"match={match}"]
    answer = get_profile(tm, root, "json", *settings)
    text = get_profile(tm, root, "text", *settings).stdout
    if good:
        assert answer.status == 0 and answer.result["changes"] == {}
        assert "not as documented" not in text
        return
    assert answer.status == 10 and not answer.changed and answer.error is None
    change = {"from": runs, "to": "v0.23.10"}
    assert answer.result["changes"] == {"running_version": change}
    assert f"running_version: {runs or '(none)'} -> v0.23.10\n" in text
    assert text.endswith("get: 1 resource, 0 as documented, 1 not, 0 failed\n")


def test_what_runs_is_nothing_that_a_plan_could_change(tm, root):
    install(root, "v0.23.10", "v0.18.103")
    for path in ("/show", "/sho*"):
        for verb in ("plan", "apply"):
            answer = tm("core_api", verb, f"path={path}", *AT_LEAST, "--detailed-exitcode", root=root)
            assert answer.status == 0 and answer.result["changes"] == {}
            assert any("v0.18.103 in /show/install/core runs" in w
                       for w in answer.result["warnings"])


def test_of_several_the_first_that_runs_another_core_is_told(tm, root):
    install(root, "v0.23.10", "v0.23.10", "a")
    install(root, "v0.23.10", "v0.23.8", "b")
    install(root, "v0.23.10", "v0.18.103", "c")
    answer = get_profile(tm, root, "json", "configs=/a,/b,/c")
    assert answer.result["changes"] == {"running_version": {"from": "v0.23.8", "to": "v0.23.10"}}


def link_file(tm):
    return "core_Windows.cfg" if tm.target.system == "windows" else "core_Linux.cfg"


def test_a_shared_core_is_followed(tm, root):
    core = install(root, "v0.23.10", "", localized=False)
    shared = root / "studio/install/core"
    shared.mkdir(parents=True)
    (shared / "info.yml").write_text("version: v0.23.8\n")
    (core / link_file(tm)).write_text(" /studio\n")
    state = get(tm, root)
    assert state["running_version"] == "v0.23.8"
    assert state["running_core"] == "/studio/install/core"
    assert state["honours_env_override"] is False
    problem = [p for p in state["problems"] if "`/studio/tank core" in p]
    assert problem and "for every project that shares this core" in problem[0]


@pytest.mark.parametrize("link, words", [
    (None, "/show/install/core holds no core, and /show/install/core/{} is missing"),
    (None, "write the path of the configuration whose core it shares into that file"),
    ("undefined", "{} names no core: Toolkit cannot start here; write the path"),
    ("None", "names no"), ("", "names no core"),
    ("/nowhere", "{} says /nowhere, which is not there: mount it, or mend the path"),
    ("$STUDIO_CORE", "depends on who"), ("~/core", "depends on who"),
    ("/empty", "info.yml is not there; `/empty/tank core --version=v0.23.10` changes it"),
])
def test_what_runs_may_not_be_known(tm, root, link, words):
    core = install(root, "v0.23.10", "", localized=False)
    (root / "empty").mkdir()
    if link is not None:
        (core / link_file(tm)).write_text(link)
    answer = tm("trustmend-core-api", "get", "path=/show", root=root)
    assert answer.state["running_version"] is None and answer.error is None
    assert answer.state["honours_env_override"] is None
    told = [w for w in answer.result["warnings"] if "cannot be told" in w]
    assert len(told) == 1 and words.format(link_file(tm)) in told[0], told
    assert ("tank core --version" in told[0]) == (link == "/empty"), "there is a core to change"


@pytest.mark.parametrize("info", ["", "version: [a]\n", "version: 0.20\n", "\t", "version:\n"])
def test_an_info_file_that_says_nothing(tm, root, info):
    core = install(root, "v0.23.10", "x")
    (core / "info.yml").write_text(info)
    state = get(tm, root)
    assert state["running_version"] is None
    assert any("info.yml says no version" in p for p in state["problems"])


def test_a_source_configuration_runs_what_it_pins(tm, root):
    path = root / "source/core/core_api.yml"
    path.parent.mkdir(parents=True)
    path.write_text(descriptor(type="app_store", name="tk-core", version="v0.23.10"))
    (path.parent / "roots.yml").write_text("")
    state = get(tm, root, "source")
    assert state["running_version"] is None and state["honours_env_override"] is True
    assert state["problems"] == []


@pytest.fixture
def root(tmp_path):
    return pathlib.Path(tmp_path)
