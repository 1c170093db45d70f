"""Every conformance case through the command line: plan, apply, and a second apply."""

import pathlib

import pytest
import yaml

CASES = sorted((pathlib.Path(__file__).resolve().parent.parent / "conformance").glob("*.yml"))
LOCK = "/run/trustmend.lock"  # stays; that of Windows goes


def build(root, files):
    root.mkdir()
    for name, content in files.items():
        path = root / name.lstrip("/")
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if content is not None:
            path.write_bytes(content.encode())


def contents(root):
    files = {"/" + str(p.relative_to(root)): p for p in root.rglob("*") if p.is_file()}
    return {name: p.read_bytes().decode() for name, p in files.items() if name != LOCK}


def check(case, answer, verb):
    errors = case.get("errors", [None] * len(case["resources"]))
    assert [r["error"] and r["error"]["kind"] for r in answer.results] == errors, (verb, answer)
    for result, wanted in zip(answer.results, case["changes"]):
        assert wanted is None or result["changes"] == wanted, (verb, answer)


def test_there_are_cases():
    assert CASES


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(tm, tmp_path, path):
    case = yaml.safe_load(path.read_text())
    systems = case.get("systems", [tm.target.system])
    if tm.target.system not in systems:
        pytest.skip(f"a case for {' and '.join(systems)}")
    root = tmp_path / "root"
    build(root, case["before"])
    before = contents(root)
    request = {"resources": case["resources"]}

    check(case, tm("plan", "--input", "-", root=root, stdin=request), "plan")
    assert contents(root) == before, "plan wrote something"
    check(case, tm("apply", "--input", "-", root=root, stdin=request), "apply")
    wanted = {k: v for k, v in {**before, **case["after"]}.items() if v is not None}
    assert contents(root) == wanted
    again = tm("apply", "--input", "-", root=root, stdin=request)
    assert not again.changed and contents(root) == wanted
