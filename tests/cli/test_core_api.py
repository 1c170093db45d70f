"""core_api.yml through the programs, with real PyYAML as the judge of what a file says."""

import itertools
import pathlib
import random
import urllib.parse

import pytest

yaml = pytest.importorskip("yaml")

DATA = pathlib.Path(__file__).resolve().parent.parent / "data" / "core_api"
FILES = sorted(path.stem for path in DATA.glob("*.yml"))
COMMIT = "b7c1d2e3f4a5968778695a4b3c2d1e0f12345678"

# Files with a version that may be edited; every other one has to be refused unchanged.
EDITABLE = set("""
    active_over_released bom bom_comment bool_version commented_alternatives
    crlf crlf_no_final_newline date_version document_marks double_quoted duplicate_location
    empty_version explicit_key extra_keys flow flow_last flow_root
    git_branch git_branch_digits git_branch_short git_head git_tag github_release indent1 indent4
    latest line_separator manual no_final_newline null_version
    null_version_comment null_version_flow quoted_traps release_candidate released
    shotgun single_quoted tab_in_comment tagged_version test_suffix
    three_numbers tilde_version trailing_comment unicode uri uri_encoded
    uri_version_first
""".split())

# What is refused by its name, though PyYAML reads it: it would have to be followed.
SHARED = {"alias_location", "alias_version", "merge", "merge_list", "merge_version"}
NAMED = "which is not followed here"
QUOTES = "to Toolkit: write quotes around it"


def location_of(data):
    """What Toolkit gets: the location as a mapping. Raises where Toolkit would."""
    location = yaml.load(data, Loader=yaml.FullLoader)["location"]
    if isinstance(location, dict):
        return location
    parts = urllib.parse.urlparse(location)
    if parts.scheme != "sgtk" or not parts.query:
        raise ValueError(location)
    prefix, kind = parts.path.split(":")
    if prefix != "descriptor":
        raise ValueError(location)
    found = {"type": kind}
    for key, values in urllib.parse.parse_qs(parts.query).items():
        if len(values) > 1:
            raise ValueError(location)
        found[key] = values[0]
    return found


NEEDED = {"app_store": ["name"], "manual": ["name"], "git": ["path"],
          "git_branch": ["path", "branch"], "github_release": ["organization", "repository"],
          "shotgun": ["entity_type", "field"], "dev": [], "path": []}


def decides(location):
    """Does Toolkit take the descriptor, and look at its version?"""
    kind = location.get("type")
    if not isinstance(kind, str) or kind in ("dev", "path") or kind not in NEEDED:
        return False
    if kind == "shotgun" and not {"id", "name"} & set(location):
        return False
    return all(location.get(key) is not None for key in NEEDED[kind])


def version_of(data):
    """The version as the report shows it: str() of the value; None where none decides."""
    location = location_of(data)
    version = location.get("version")
    if not decides(location) or version is None or isinstance(version, (dict, list)):
        return None
    return str(version)


def whole_without_version(data):
    """Everything in the file but the version."""
    whole = yaml.load(data, Loader=yaml.FullLoader)
    whole["location"] = {k: v for k, v in location_of(data).items() if k != "version"}
    return whole


def wanted_for(data):
    """A version that the descriptor's type takes."""
    return {"git_branch": COMMIT, "shotgun": "99"}.get(location_of(data).get("type"), "v99.1.2")


def changed_part(before, after):
    """The differing middle of both, as small as it gets from the outside in."""
    start = 0
    while start < min(len(before), len(after)) and before[start] == after[start]:
        start += 1
    end = 0
    while (end < min(len(before), len(after)) - start
           and before[len(before) - 1 - end] == after[len(after) - 1 - end]):
        end += 1
    return before[start:len(before) - end], after[start:len(after) - end]


@pytest.fixture
def root(tmp_path):
    """A root with a pipeline configuration; place() puts a core_api.yml into it."""
    (tmp_path / "show/config/core").mkdir(parents=True)
    return tmp_path


def place(root, data):
    path = root / "show/config/core/core_api.yml"
    path.write_bytes(data)
    return path


def wish(version, **more):
    return {"type": "core_api", "path": "/show", "version": version, **more}


def assert_version(state, data):
    """What PyYAML reads; where Python prints it in other words, null, and quotes are asked for."""
    if state["version"] is not None or version_of(data) is None:
        assert state["version"] == version_of(data), data
    else:
        location = location_of(data)
        asked = any(QUOTES in p or "holds a NUL" in p for p in state["problems"])
        assert asked and "version" in location and location["version"] != "", data


def run_on_all(tm, root, verb, **wishes):
    """One run for all files, because starting one for each takes longer: {name: result}."""
    for name in FILES:
        (root / name / "config/core").mkdir(parents=True)
        (root / name / "config/core/core_api.yml").write_bytes((DATA / f"{name}.yml").read_bytes())
    answer = tm("trustmend-core-api", verb, "--input", "-", root=root, stdin={"resources": [
        {"type": "core_api", "path": f"/{name}", **wishes.get(name, {})} for name in FILES]})
    assert answer.status == any(result["error"] for result in answer.results)
    return dict(zip(FILES, answer.results, strict=True))


@pytest.fixture(scope="module")
def reported(tm, tmp_path_factory):
    return run_on_all(tm, tmp_path_factory.mktemp("get"), "get")


@pytest.mark.parametrize("name", FILES)
def test_get_reports_what_pyyaml_reads(reported, name):
    data = (DATA / f"{name}.yml").read_bytes()
    assert reported[name]["error"] is None
    state = dict(reported[name]["state"])
    try:
        location = location_of(data)
    except Exception:
        assert state["version"] is None
        assert state["descriptor"] is None
        assert state["problems"]
        return
    if name in SHARED:
        assert state["descriptor"] is None and NAMED in state["problems"][0]
        return
    assert_version(state, data)
    descriptor = dict(state["descriptor"])
    assert descriptor.pop("form") in ("mapping", "uri")
    assert descriptor.pop("type") == location.pop("type", None)
    location.pop("version", None)
    for key in [k for k, v in location.items() if isinstance(v, (dict, list))]:
        del location[key], descriptor[key]
    assert descriptor == {k: None if v is None else str(v) for k, v in location.items()}


def version_for(name):
    data = (DATA / f"{name}.yml").read_bytes()
    return wanted_for(data) if name in EDITABLE else "v99.1.2"


@pytest.fixture(scope="module")
def applied(tm, tmp_path_factory):
    """What `apply` said of every file, and the root with what it made of them."""
    root = tmp_path_factory.mktemp("apply")
    return root, run_on_all(tm, root, "apply", **{
        name: {"version": version_for(name), "allow_downgrade": True} for name in FILES})


@pytest.mark.parametrize("name", FILES)
def test_apply_changes_the_version_and_nothing_else(applied, name):
    root, results = applied
    result, error = results[name], results[name]["error"]
    before = (DATA / f"{name}.yml").read_bytes()
    after = (root / name / "config/core/core_api.yml").read_bytes()
    if name not in EDITABLE:
        assert error["kind"] in ("conflict", "refused")
        assert error["path"].endswith("core_api.yml") and error["hint"]
        assert "line " in error["message"]
        assert after == before
        return
    version = version_for(name)
    assert error is None, result
    assert result["changes"] == {"version": {"from": version_of(before), "to": version}}
    assert location_of(after)["version"] == version
    assert whole_without_version(after) == whole_without_version(before)
    old, new = changed_part(before, after)
    assert new.strip().strip(b"'") in version.encode()
    assert b"\n" not in old and b"\n" not in new and b"#" not in old


def lines_without(text, other):
    """What a difference shows of one side: the lines that the other has not."""
    kept = other.split(b"\n")
    return b"".join(line + b"\n" for line in text.split(b"\n") if line not in kept)


@pytest.mark.parametrize("name", sorted(EDITABLE))
def test_plan_tells_what_apply_does_and_apply_is_once(tm, root, name):
    before = (DATA / f"{name}.yml").read_bytes()
    path = place(root, before)
    words = ["path=/show", f"version={wanted_for(before)}", "allow_downgrade=true"]
    plan = tm("trustmend-core-api", "plan", "--diff", *words, root=root)
    assert path.read_bytes() == before and plan.changed
    apply = tm("trustmend-core-api", "apply", *words, root=root)
    assert apply.result["changes"] == plan.result["changes"]
    after = path.read_bytes()
    assert plan.result["diff"]["before"].encode() == lines_without(before, after)
    assert plan.result["diff"]["after"].encode() == lines_without(after, before)
    again = tm("trustmend-core-api", "apply", *words, root=root)
    assert again.status == 0 and not again.changed and again.result["changes"] == {}


@pytest.mark.parametrize("name", FILES)
def test_what_get_reports_is_a_no_op(tm, root, name):
    before = (DATA / f"{name}.yml").read_bytes()
    path = place(root, before)
    state = tm("trustmend-core-api", "get", "path=/show", root=root).state
    answer = tm("trustmend-core-api", "apply", "--input", "-", root=root, stdin=state)
    assert answer.status == 0 and not answer.changed, answer
    assert path.read_bytes() == before


STYLES = ["{}", "'{}'", '"{}"']
ENDS = ["\n", "\r\n"]
PREFIXES = ["", "\ufeff", "# \u00fc \u2014 \U0001f3ac{end}", "---{end}"]
TAILS = ["", "{end}", " # v0.1.2{end}", "{end}  # version: v0.0.1{end}", "{end}other: v0.1.2{end}"]
LAYOUTS = [
    "location:{end}  type: git{end}  path: \"/\u00e9\"{end}  version: {version}",
    "location:{end}      version: {version}{end}      path: x{end}      type: git",
    "location: {{type: git, version: {version}, path: v0.1.2}}",
    "location:{end}  version: v0.1.2{end}  type: git{end}  path: x{end}  version: {version}",
    "location: {{version: v0.1.2}}{end}location:{end} type: git{end} path: x{end} version: {version}",
    "x: &x {{a: v0.1.2}}{end}y: {{<<: *x}}{end}location:{end}  type: git{end}  path: x{end}"
    "  version: {version}",
]


def test_every_mix_of_layouts(tm, root):
    """Quotes, line ends, marks, comments and duplicates, in all combinations."""
    files = []
    for number, (layout, style, end, prefix, tail, old, new) in enumerate(itertools.product(
            LAYOUTS, STYLES, ENDS, PREFIXES, TAILS, ["v0.1.2", "4223"], ["v0.23.10", "0.30"])):
        text = prefix + layout.replace("{version}", style.format(old)) + tail
        text = text.replace("{{", "{").replace("}}", "}").replace("{end}", end)
        # Few in a directory: writers look through it for what killed ones left.
        path = root / str(number // 40) / f"{number}.yml"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(text.encode())
        files.append((path, text.encode(), new))
    if tm.target.foreign:
        files = files[::31]  # prime to the length of every list: still each with each
    for start in range(0, len(files), 400):
        part = files[start:start + 400]
        resources = [{"type": "core_api", "path": f"/{path.relative_to(root)}",
                      "version": new, "allow_downgrade": True} for path, _, new in part]
        answer = tm("apply", "--input", "-", root=root, stdin={"resources": resources})
        assert answer.status == 0, [r["error"] for r in answer.results if r["error"]][:3]
    for path, before, new in files:
        after = path.read_bytes()
        assert location_of(after)["version"] == new, before
        assert whole_without_version(after) == whole_without_version(before), before
        old_part, new_part = changed_part(before, after)
        assert len(old_part) <= len("'v0.1.2'") and len(new_part) <= len("'v0.23.10'"), before


PIECES = ["\t", " ", "\n", "\r\n", ":", ": ", "-", "- ", "?", "#", " # ", "&a ", "*a", "<<: ", "{",
          "}", "[", "]", ",", "'", '"', "!", "!!str ", "|", ">", "%", "@", "~", "0", "0.2", "yes",
          "!!set ", "!!binary ", "!!int ", "! ", "|\t\n", "># a\n", "%YAML 1.1#\n---\n", "\\0",
          "version: v2\n", "  version: v2\n", "location", "\u00e9", "\u2028", "\ufeff", "\\", "="]


def test_damaged_files_are_judged_as_pyyaml_does(tm, root):
    """What PyYAML cannot load has a problem and no version; the rest reads as PyYAML reads it."""
    dice = random.Random(20)
    originals = [(DATA / f"{name}.yml").read_bytes() for name in FILES]
    cases = []
    for number in range(1200):
        data = dice.choice(originals)
        for _ in range(dice.randint(1, 3)):
            at = dice.randint(0, len(data))
            cut = dice.choice([0, 0, 1, 2, 7])
            data = data[:at] + dice.choice(PIECES).encode() + data[at + cut:]
        path = root / f"{number}.yml"
        path.write_bytes(data)
        cases.append((f"/{number}.yml", data))
    loaded = stricter = 0
    for start in range(0, len(cases), 400):
        part = cases[start:start + 400]
        resources = [{"type": "core_api", "path": path} for path, _ in part]
        answer = tm("get", "--input", "-", root=root, stdin={"resources": resources})
        for (_, data), result in zip(part, answer.results):
            state = result["state"]
            assert result["error"] is None
            try:
                version_of(data)
            except Exception:
                assert state["version"] is None and state["problems"], data
                continue
            if state["descriptor"] is None:  # stricter than PyYAML is allowed, and says so
                assert state["problems"], data
                stricter += NAMED not in state["problems"][0]
                continue
            assert_version(state, data)
            loaded += 1
    assert loaded > 200 and stricter < 20


def test_missing_file_lists_the_places(tm, root):
    answer = tm("trustmend-core-api", "get", "path=/none", root=root)
    assert answer.status == 1 and answer.error["kind"] == "not_found"
    for place_tried in ("/none/config/core/core_api.yml", "/none/core/core_api.yml"):
        assert place_tried in answer.error["message"]
    assert "studio" in answer.error["hint"]


def test_one_file_twice_in_a_run_is_an_input_error(tm, root):
    place(root, b"location: {type: git, path: /r, version: v1}\n")
    file = {"type": "core_api", "path": "/show/config/core/core_api.yml", "version": "v3"}
    answer = tm("plan", "--input", "-", root=root, stdin={"resources": [wish("v2"), file]})
    assert [r["error"] and r["error"]["kind"] for r in answer.results] == ["invalid_input"] * 2


def test_version_has_to_be_given_but_may_be_null(tm, root):
    before = b"location: {type: dev, path: /x}\n"
    place(root, before)
    answer = tm("trustmend-core-api", "plan", "path=/show", root=root)
    assert answer.status == 2 and "version" in answer.error["message"]
    answer = tm("trustmend-core-api", "plan", "--input", "-", root=root, stdin=wish(None))
    assert answer.status == 0 and not answer.changed


def test_core_that_ignores_the_variable(tm, root):
    place(root, b"location: {type: app_store, name: tk-core, version: v0.23.8}\n")
    state = tm("trustmend-core-api", "get", "path=/show", root=root).state
    assert state["honours_env_override"] is False and state["python_api_version"] == "3.10.0"
    assert any("SHOTGUN_API_CACERTS" in p and "v0.23.10" in p for p in state["problems"])
    answer = tm("trustmend-core-api", "plan", "path=/show", "version=v0.23.9", root=root)
    assert any("v0.23.9 ignores SHOTGUN_API_CACERTS" in w for w in answer.result["warnings"])
    answer = tm("trustmend-core-api", "apply", "path=/show", "version=v0.23.10", root=root)
    assert answer.state["honours_env_override"] is True and answer.state["problems"] == []


@pytest.mark.posix_only("files of Windows have no mode, and Wine makes no links")
def test_mode_and_link_survive(tm, root):
    path = place(root, b"location: {type: git, path: /r, version: v1}\n")
    real = root / "shared.yml"
    path.rename(real)
    real.chmod(0o640)
    path.symlink_to("/shared.yml")
    answer = tm("trustmend-core-api", "apply", "path=/show", "version=v2", root=root)
    assert answer.status == 0, answer
    assert path.is_symlink() and real.read_bytes() == b"location: {type: git, path: /r, version: v2}\n"
    assert real.stat().st_mode & 0o7777 == 0o640
