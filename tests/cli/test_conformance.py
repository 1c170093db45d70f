"""
Every conformance case through the command line: plan, apply, and a second apply. Those that need a
real trust store are in integration/test_conformance_stores.py.
"""

import pytest

from conformance.cases import BATCH, CASES, Certificates, Trial, examine
from conformance.command_line import CommandLine

EMPTY = [(case, way) for case in CASES if case.machine == "empty" for way in case.ways]


@pytest.fixture(scope="module")
def certificates(pki):
    return Certificates(pki)


@pytest.mark.parametrize("case, way", EMPTY, ids=str)
def test_case(tm, certificates, tmp_path, case, way):
    if tm.target.system not in case.systems:
        pytest.skip(f"a case for {' and '.join(case.systems)}")
    tool = CommandLine(tm)
    examine(tool, [Trial(case, way, tool, certificates, tmp_path)])


# ---- a tool that is not as the command line is caught ----

def writes_early(tool, verb, runs):
    return tool("apply", runs)


def writes_never(tool, verb, runs):
    return tool("plan", runs)


def leaves_a_file(tool, verb, runs):
    told = tool(verb, runs)
    if verb == "apply":
        (runs[0].root / "left").touch()
    return told


def changes_again(tool, verb, runs):
    told = tool(verb, runs)
    for outcome in told[0]:
        outcome.changes = outcome.changes or {"state": {"from": "absent", "to": "present"}}
    return told


def tells(**what):
    def liar(tool, verb, runs):
        told = tool(verb, runs)
        for outcome in told[0]:
            vars(outcome).update({name: value for name, value in what.items()
                                  if outcome.error or name == "shown"})
        return told
    return liar


def tells_less(tool, verb, runs):
    return [outcomes[:-1] for outcomes in tool(verb, runs)]


LIARS = {"plan: files that changed": writes_early, "apply: /opt/ca.pem": writes_never,
         "apply: /left": leaves_a_file, "second apply: changes": changes_again,
         "error of": tells(error=None), "in ''": tells(message=""), "number of results": tells_less,
         "as the command line tells it": tells(shown={"name": "another"})}


@pytest.mark.parametrize("words", LIARS)
def test_a_tool_that_does_otherwise_is_caught(tm, certificates, tmp_path, words):
    case, = (case for case in CASES if case.name == "anchor_refusals")
    tool, liar = CommandLine(tm), CommandLine(tm)
    liar.run = lambda verb, runs: LIARS[words](tool.run, verb, runs)
    trials = [[Trial(case, BATCH, tool, certificates, tmp_path / name)] for name in ("one", "other")]
    with pytest.raises(AssertionError, match=words):
        examine(liar, trials[0], (tool, trials[1]))
