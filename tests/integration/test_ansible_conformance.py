"""Every conformance case through the Ansible collection: one batch, and the single modules."""

import pathlib

import pytest
import yaml

from integration.ansible_local import Local

pytestmark = pytest.mark.native_only("the collection takes the program for this machine")

CASES = sorted((pathlib.Path(__file__).resolve().parent.parent / "conformance").glob("*.yml"))
LOCK = "/run/trustmend.lock"


@pytest.fixture(scope="module")
def ansible(tmp_path_factory):
    return Local(tmp_path_factory.mktemp("ansible"))


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


def batch(resources, root):
    """Everything in one task; a list of one answer."""
    return [{"trustmend.trustmend.apply": {"root": str(root), "resources": resources}}]


def single(resources, root):
    """A task for each resource."""
    return [{f"trustmend.trustmend.{r['type']}":
             {"root": str(root), **{k: v for k, v in r.items() if k != "type"}}} for r in resources]


def check_against_case(case, answers):
    got = [resource for answer in answers for resource in answer["resources"]]
    errors = case.get("errors", [None] * len(case["resources"]))
    assert [r["error"] and r["error"]["kind"] for r in got] == errors
    for resource, wanted in zip(got, case["changes"], strict=True):
        assert wanted is None or resource["changes"] == wanted
    for answer in answers:
        assert answer["failed"] == any(r["error"] for r in answer["resources"])
        assert answer["changed"] == any(r["changed"] for r in answer["resources"])


def check_against_command_line(answers, report):
    """What Ansible shows of a resource is what the command line says of it."""
    got = [resource for answer in answers for resource in answer["resources"]]
    assert got == [{key: result[key] for key in resource}
                   for resource, result in zip(got, report.results, strict=True)]


@pytest.mark.parametrize("tasks", [batch, single])
@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_case(ansible, tm, tmp_path, path, tasks):
    case = yaml.safe_load(path.read_text())
    if "linux" not in case.get("systems", ["linux"]):
        pytest.skip("a case for another system")
    root, other = tmp_path / "root", tmp_path / "other"
    build(root, case["before"])
    build(other, case["before"])
    before = contents(root)
    request = {"resources": case["resources"]}
    listed = tasks(case["resources"], root)

    planned = ansible.tasks(tmp_path, listed, check_mode=True)
    check_against_case(case, planned)
    check_against_command_line(planned, tm("plan", "--input", "-", root=other, stdin=request))
    assert contents(root) == before, "check mode wrote something"

    applied = ansible.tasks(tmp_path, listed)
    check_against_case(case, applied)
    check_against_command_line(applied, tm("apply", "--input", "-", root=other, stdin=request))
    wanted = {k: v for k, v in {**before, **case["after"]}.items() if v is not None}
    assert contents(root) == wanted == contents(other)

    again = ansible.tasks(tmp_path, listed)
    assert not any(answer["changed"] for answer in again) and contents(root) == wanted


def test_there_are_cases():
    assert CASES
