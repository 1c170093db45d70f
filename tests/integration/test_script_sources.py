"""
Sources that others wrote: the libraries of this machine's Python 3, and of a 2.7 where there is one.
At the end of each stands a call more, which is the only one, and all that is changed.
"""

import json
import os
import pathlib
import subprocess
import sys

import pytest

pytestmark = pytest.mark.native_only("sources are the same everywhere")

CALL = b"\nimport shotgun_api3\nshotgun_api3.Shotgun('u')\n"
DONE = b"\nimport shotgun_api3\nshotgun_api3.Shotgun('u', ca_certs=\"/opt/ca.pem\")\n"
LARGEST = 100_000  # bytes; a larger one only takes longer

# What Python parses and tree-sitter's grammar does not, so that the call is refused: backquotes, and
# parameters that are tuples of Python 2.
REFUSED = {"python2.7": {"distutils/core.py", "multiprocessing/managers.py",
                         "multiprocessing/sharedctypes.py", "rexec.py"}}
PARSES = """
import ast, json, sys
def parses(name):
    try:
        ast.parse(open(name, "rb").read())
        return True
    except Exception:
        return False
print(json.dumps([name for name in json.load(sys.stdin) if parses(name)]))
"""


def libraries():
    """Name to the directory of a library and the Python that it belongs to."""
    yield "python3", pathlib.Path(os.__file__).parent, sys.executable
    for python in pathlib.Path.home().glob(".pyenv/versions/2.7*/bin/python2.7"):
        yield "python2.7", python.parent.parent / "lib/python2.7", str(python)


def copy(library, top):
    for number, source in enumerate(sorted(library.rglob("*.py"))):
        inside = source.relative_to(library)
        if source.is_symlink() or {"test", "tests", "site-packages", "dist-packages"} & set(inside.parts):
            continue
        content = source.read_bytes()
        if len(content) > LARGEST:
            continue
        target = top / str(number % 97) / f"{number}.py"
        target.parent.mkdir(exist_ok=True, parents=True)
        target.write_bytes(content + CALL)
        yield target, str(inside), content


def parsed(python, names):
    done = subprocess.run([python, "-W", "ignore", "-c", PARSES], input=json.dumps(names), text=True,
                          stdout=subprocess.PIPE, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("name", ["python3", "python2.7"])
def test_one_call_of_a_thousand_lines_is_found_and_nothing_else_changed(tm, tmp_path, name):
    found = [(library, python) for label, library, python in libraries() if label == name]
    if not found:
        pytest.skip(f"{name} is not installed")
    copies = list(copy(found[0][0], tmp_path / "src"))
    assert len(copies) > 300
    good = parsed(found[0][1], [str(path) for path, _, _ in copies])
    answer = tm("trustmend", "script", "apply", "path=/src", "ca_certs=/opt/ca.pem", "force=true",
                root=tmp_path)
    assert answer.status in (0, 1) and len(copies) - 3 <= answer.state["count"] <= len(copies)
    after = {inside: path.read_bytes() for path, inside, _ in copies}
    assert [i for _, i, text in copies if after[i] not in (text + CALL, text + DONE)] == []
    left = {i for path, i, text in copies if after[i] == text + CALL and str(path) in good}
    assert left == REFUSED.get(name, set())
