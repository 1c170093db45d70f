"""
The sources of tests/data/script, each with what is right beside it: which calls construct Shotgun,
where, with which ca_certs. What is changed is held against Python's own parser, of Python 2.7 and 3.

In NAME.right the first line names the Pythons that parse NAME.py, and each further one a call, as
LINE:COLUMN and: `-` no ca_certs, `=VALUE`, `~` before either where it must not be changed, `?` nobody
can tell, `!` another class.
"""

import base64
import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent.parent
SOURCES = sorted((HERE / "data/script").glob("*.py"))
CA_FILE = "/opt/studio/ca.pem"
PYTHON_2 = next((str(p) for p in [*pathlib.Path.home().glob(".pyenv/versions/2.7*/bin/python2.7"),
                                  shutil.which("python2.7")] if p), None)


class Right:
    def __init__(self, source):
        first, *lines = source.with_suffix(".right").read_text().splitlines()
        self.pythons = first.split()[1:]
        self.calls = {place: mark for place, mark in (line.split("\t") for line in lines)}

    def told(self):
        values = {"-": None, "?": "(cannot tell)"}
        marks = {place: mark.removeprefix("~") for place, mark in self.calls.items() if mark != "!"}
        return {place: values[m] if m in values else m[1:] for place, m in marks.items()}

    def editable(self):
        return [[int(n) for n in place.split(":")] for place, mark in self.calls.items()
                if mark[0] in "-="]


RIGHT = {source.name: Right(source) for source in SOURCES}


@pytest.fixture
def root(tmp_path):
    (tmp_path / "src").mkdir()
    for source in SOURCES:
        shutil.copy(source, tmp_path / "src" / source.name)
    return tmp_path


def content(root):
    return {path.name: path.read_bytes() for path in (root / "src").iterdir()}


def run(tm, root, verb, *words):
    answer = tm("trustmend", "script", verb, "path=/src", *words, root=root)
    assert answer.status == (0 if verb == "get" else 1), answer
    return answer


def by_file(places):
    """{"/src/a.py:1:2": x} as {"a.py": {"1:2": x}}"""
    files = {}
    for place, value in places.items():
        name, line, column = place.rsplit(":", 2)
        files.setdefault(name.removeprefix("/src/"), {})[f"{line}:{column}"] = value
    return files


def complaints(before, after, value, python):
    """Of Python's parser about every source of its version."""
    version = "2" if python == PYTHON_2 else "3"
    cases = [{"name": name, "value": value, "calls": right.editable(),
              "before": base64.b64encode(before[name]).decode(),
              "after": base64.b64encode(after[name]).decode()}
             for name, right in RIGHT.items() if version in right.pythons]
    assert len(cases) > 60
    done = subprocess.run([python, HERE / "script_ast.py"], input=json.dumps(cases), text=True,
                          stdout=subprocess.PIPE, env={"PYTHONDONTWRITEBYTECODE": "1"}, check=True)
    return json.loads(done.stdout)


PYTHONS = [pytest.param(sys.executable, id="python3"), pytest.param(PYTHON_2, id="python2", marks=(
    [] if PYTHON_2 else pytest.mark.skip(reason="Python 2.7 is not installed")))]


def test_every_call_is_told_with_its_place_and_argument(tm, root):
    state = run(tm, root, "get").state
    wanted = {name: right.told() for name, right in RIGHT.items() if right.told()}
    assert by_file(state["calls"]) == wanted
    assert state["count"] == sum(len(calls) for calls in wanted.values())
    reasons = by_file({p.split(": ")[0]: p for p in state["problems"] if p.startswith("/src/")})
    assert {name: sorted(places) for name, places in reasons.items()} == {
        name: sorted(place for place, mark in right.calls.items() if mark in "?!")
        for name, right in RIGHT.items() if {"?", "!"} & set(right.calls.values())}


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_written_parses_to_the_intended_call_and_nothing_else_changes(tm, root, python):
    before = content(root)
    run(tm, root, "apply", f"ca_certs={CA_FILE}", "force=true")
    after = content(root)
    assert complaints(before, after, repr(CA_FILE), python) == {}
    unchanged = [name for name in before if before[name] == after[name]]
    assert sorted(unchanged) == sorted(n for n, right in RIGHT.items() if not right.editable())
    run(tm, root, "apply", f"ca_certs={CA_FILE}", "force=true")
    assert content(root) == after


@pytest.mark.parametrize("python", PYTHONS)
def test_what_is_removed_leaves_everything_else(tm, root, python):
    before = content(root)
    run(tm, root, "apply", "state=absent")
    after = content(root)
    with_splat = {"star_arguments.py", "double_star_arguments.py"}  # nobody could tell without it
    assert complaints({k: after[k] if k in with_splat else v for k, v in before.items()},
                      after, None, python).keys() <= with_splat
    assert all(b"/etc/old.pem" not in text for name, text in after.items()
               if name not in with_splat | {"has_comment_in_value.py"})


def test_what_is_added_and_removed_again_leaves_the_bytes_that_were_there(tm, root):
    before = content(root)
    run(tm, root, "apply", f"ca_certs={CA_FILE}", "force=true")
    run(tm, root, "apply", "state=absent")
    after = content(root)
    plain = [n for n, right in RIGHT.items() if set(right.calls.values()) <= set("-?!")
             and b"ca_certs" not in before[n] and n != "eighth_positional.py"]
    assert len(plain) > 50
    assert [name for name in plain if before[name] != after[name]] == []
