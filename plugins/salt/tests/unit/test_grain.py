"""The grain: what it says, what it costs, and that it is silent where it cannot tell."""

import json
import os

import pytest

from saltext.trustmend.grains import trustmend as grains

# Counts its runs beside it, and says what lies in `answer`.
PROGRAM = """#!/bin/sh
here=${0%/*}
echo "$*" >>"$here/runs"
[ "$PWD" = / ] || exit 2
cat >"$here/request"
cat "$here/answer"
"""


def answer(**changed):
    state = {"state": "present", "problems": [], **changed}
    return {
        "trustmend": "0.1.0",
        "results": [
            {
                "type": "anchor",
                "name": "a",
                "state": {"effective": True, "reasons": []},
                "error": None,
            },
            {
                "type": "bundle",
                "name": "/b",
                "state": {"state": "absent", "problems": None},
                "error": None,
            },
            {"type": "env", "name": "V", "state": state, "error": None},
        ],
    }


class Program:
    def __init__(self, directory):
        self.directory = directory
        self.path = directory / "trustmend"
        self.path.write_text(PROGRAM)
        self.path.chmod(0o755)
        self.says(answer())

    def says(self, document):
        (self.directory / "answer").write_text(
            document if isinstance(document, str) else json.dumps(document)
        )

    @property
    def runs(self):
        path = self.directory / "runs"
        return path.read_text().splitlines() if path.exists() else []


@pytest.fixture
def program(tmp_path):
    (tmp_path / "bin").mkdir()
    return Program(tmp_path / "bin")


@pytest.fixture
def opts(monkeypatch, tmp_path, program):
    opts = {"cachedir": str(tmp_path / "cache"), "trustmend.program": str(program.path)}
    monkeypatch.setattr(grains, "__opts__", opts, raising=False)
    monkeypatch.setattr(grains, "INSTALLED", ())
    monkeypatch.setenv("PATH", os.environ["PATH"])
    return opts


def test_it_tells_version_outcome_and_digest(opts, program):
    grain = grains.trustmend()["trustmend"]
    assert (grain["version"], grain["effective"]) == ("0.1.0", True)
    assert len(grain["digest"]) == 64
    assert program.runs == ["get --input - --output json"]


@pytest.mark.parametrize(
    "changed",
    [
        {"state": "absent"},
        {"problems": ["there is no file"]},
        {"per_target": {"a": "/b", "b": None}},
    ],
)
def test_a_variable_that_is_missing_or_names_no_bundle_is_not_effective(opts, program, changed):
    good = grains.trustmend()["trustmend"]["digest"]
    opts["trustmend.grain_age"] = 0
    program.says(answer(**changed))
    grain = grains.trustmend()["trustmend"]
    assert grain["effective"] is False and grain["digest"] != good


def test_it_is_read_anew_when_it_is_old_or_the_question_is_another(opts, program):
    grains.trustmend()
    grains.trustmend()
    assert len(program.runs) == 1
    opts["trustmend.root"] = "/srv/image"
    grains.trustmend()
    assert program.runs[1:] == ["get --input - --output json --root /srv/image"]
    opts["trustmend.variables"] = {"bundle": "/opt/x.pem"}
    grains.trustmend()
    request = json.loads((program.directory / "request").read_text())
    assert request == {"profile": "shotgrid-ssl", "variables": {"bundle": "/opt/x.pem"}}
    opts["trustmend.grain_age"] = 0
    grains.trustmend()
    assert len(program.runs) == 4


def test_a_clock_that_was_turned_back_does_not_keep_it_for_ever(opts, program):
    grains.trustmend()
    kept = os.path.join(opts["cachedir"], "trustmend/grain.json")
    with open(kept, encoding="utf-8") as file:
        document = json.load(file)
    document["time"] += 1e6
    with open(kept, "w", encoding="utf-8") as file:
        json.dump(document, file)
    grains.trustmend()
    assert len(program.runs) == 2


def test_it_can_be_switched_off(opts, program):
    opts["trustmend.grain"] = False
    assert grains.trustmend() == {} and not program.runs


def test_without_a_program_there_is_none(opts):
    del opts["trustmend.program"]
    assert grains.trustmend() == {}
    opts["trustmend.program"] = "/nonexistent/trustmend"
    assert grains.trustmend() == {}


def test_a_staged_program_is_found(opts, program, tmp_path):
    del opts["trustmend.program"]
    uname = os.uname()
    staged = (
        tmp_path
        / "cache/trustmend"
        / ("0" * 64)
        / f"trustmend-{uname.sysname.lower()}-{uname.machine}"
    )
    staged.parent.mkdir(parents=True)
    program.path.rename(staged)
    (program.directory / "answer").rename(staged.parent / "answer")
    assert grains.trustmend()["trustmend"]["effective"] is True


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "{}",
        '{"results": [{}], "trustmend": "0"}',
        '{"results": [], "trustmend": "0", "error": {"message": "no"}}',
        "no such thing",
    ],
)
def test_what_is_no_report_is_no_grain_and_is_not_asked_for_again(opts, program, said):
    program.says(said)
    assert grains.trustmend() == {} and grains.trustmend() == {}
    assert len(program.runs) == 1


def test_a_program_that_hangs_is_stopped(opts, program, monkeypatch):
    monkeypatch.setattr(grains, "TIME_LIMIT", 0.2)
    program.path.write_text("#!/bin/sh\nexec sleep 600\n")
    assert grains.trustmend() == {}


def test_a_directory_that_cannot_be_written_is_no_reason_to_fail(opts, tmp_path):
    (tmp_path / "cache").write_text("a file")
    assert grains.trustmend()["trustmend"]["effective"] is True
