"""`trustmend.drift`: what is not as wanted, in few words; and the variables in the pillar."""

import json
import pathlib
import subprocess

import pytest

from salt.exceptions import CommandExecutionError
from saltext.trustmend.modules import trustmend


@pytest.fixture
def pillar(monkeypatch):
    pillar = {}

    def get(key, default, unmask=None):
        return pillar.get(key, default)

    monkeypatch.setattr(trustmend, "__salt__", {"pillar.get": get}, raising=False)
    return pillar


@pytest.fixture
def plan(monkeypatch):
    """plan(result, …) is what the program will say; gives the arguments that it was asked with."""
    asked = {}

    def says(*results, **report):
        def run(verb, **arguments):
            asked.update(arguments, verb=verb)
            return {"results": results, **report}

        monkeypatch.setattr(trustmend, "run", run)
        return asked

    return says


def result(changes=None, error=None, **state):
    return {
        "type": "env",
        "name": "A",
        "changed": bool(changes),
        "changes": changes or {},
        "state": state,
        "error": error,
    }


def change(old, new):
    return {"from": old, "to": new}


@pytest.mark.parametrize(
    "said, state, why",
    [
        (result(), "converged", ""),
        (
            result({"value": change(None, "/opt/x"), "per_target": change({}, {"a": "/opt/x"})}),
            "drifted",
            "value (none) instead of /opt/x",
        ),
        (
            result({"state": change("absent", "present"), "value": change(None, "x")}),
            "drifted",
            "state absent instead of present",
        ),
        (
            result(
                {"effective": change(False, True)},
                reasons=["nothing leads to it", "it is distrusted"],
            ),
            "drifted",
            "nothing leads to it; it is distrusted",
        ),
        (result({"missing": change(["a"], [])}, problems=[]), "drifted", "missing would change"),
        (
            result({"certificate": change(None, "-----BEGIN CERTIFICATE-----\n")}),
            "drifted",
            "certificate (none) instead of (PEM text)",
        ),
        (
            result(error={"message": "cannot open", "path": "/x", "hint": "check the path"}),
            "failed",
            "cannot open: /x (check the path)",
        ),
        (
            result(error={"message": "/x: no\x1b[2J", "path": "/x", "hint": None}),
            "failed",
            "/x: no\\x1b[2J",
        ),
    ],
)
def test_each_result_has_a_state_and_a_reason(plan, said, state, why):
    plan(said)
    assert trustmend.drift(resources=[{}]) == {
        "drifted": state != "converged",
        "resources": [{"type": "env", "name": "A", "state": state, "why": why}],
    }


def test_without_arguments_it_is_what_the_pillar_wants(plan, pillar):
    pillar["shotgrid_ssl"] = {"core_configs": "/mnt/x"}
    asked = plan()
    trustmend.drift()
    assert asked["verb"] == "plan" and asked["resources"] is None
    assert (asked["profile"], asked["variables"]) == ("shotgrid-ssl", {"core_configs": "/mnt/x"})
    trustmend.drift(profile="/srv/studio.yml", variables={"a": "b"})
    assert (asked["profile"], asked["variables"]) == ("/srv/studio.yml", {"a": "b"})


def test_a_request_that_is_refused_as_a_whole_is_an_error(plan, pillar):
    plan(error={"message": "no variable 'x'", "path": None, "hint": None})
    with pytest.raises(CommandExecutionError, match="no variable 'x'"):
        trustmend.drift(variables={"x": 1})


TAKEN = [
    None,
    {},
    {"core_configs": "/mnt/a, /mnt/b"},
    {"core_configs": ["/mnt/a"], "core_version": "v0.23.10"},
    {"extra_ca": []},
    {"core_version": 1.5},
    {"core_missing": "ok"},
    {"bundle": None},
]


@pytest.mark.parametrize("wanted", TAKEN)
def test_variables_of_the_pillar_are_taken(pillar, wanted):
    pillar["shotgrid_ssl"] = wanted
    given = {name: value for name, value in (wanted or {}).items() if value is not None}
    assert trustmend.pillar_variables() == given


def test_no_pillar_is_nothing(pillar):
    assert trustmend.pillar_variables() == {}


REFUSED = [
    ("yes", "pillar shotgrid_ssl: it is a text: give a mapping of variables"),
    (["/mnt/a"], "pillar shotgrid_ssl: it is a list: give a mapping"),
    (
        {"core_config": ["/mnt/a"]},
        "pillar shotgrid_ssl:core_config: there is no such variable: did you " "mean core_configs?",
    ),
    ({"zzz": 1}, "pillar shotgrid_ssl:zzz: there is no such variable (there are bundle, "),
    ({"bundle": ["/a", "/b"]}, "pillar shotgrid_ssl:bundle: it is a list: give one text"),
    (
        {"core_configs": {"a": "b"}},
        "pillar shotgrid_ssl:core_configs: a mapping is in it: give a list",
    ),
    ({"core_configs": [["a"]]}, "pillar shotgrid_ssl:core_configs: a list is in it"),
    ({"core_configs": ["a", None]}, "pillar shotgrid_ssl:core_configs: nothing is in it"),
    (
        {"core_missing": "maybe"},
        "pillar shotgrid_ssl:core_missing: it is maybe: give one of fail, ok",
    ),
    ({"zzz": 1, "bundle": []}, "there are bundle, "),
    ({"core_configs": True}, "pillar shotgrid_ssl:core_configs: true or false is in it"),
    ({"zzz": 1, "bundle": []}, "; pillar shotgrid_ssl:bundle: it is a list"),
]


@pytest.mark.parametrize("wanted, said", REFUSED)
def test_a_pillar_that_does_not_fit_is_refused_and_says_where(pillar, wanted, said):
    pillar["shotgrid_ssl"] = wanted
    with pytest.raises(CommandExecutionError) as error:
        trustmend.pillar_variables()
    assert said in str(error.value)


def test_the_schema_in_the_tree_takes_and_refuses_the_same():
    """With the jsonschema of the machine's own Python."""
    schema = pathlib.Path(__file__).resolve().parents[2] / "tree/shotgrid_ssl/pillar.schema.json"
    pillars = [
        {"shotgrid_ssl": wanted} for wanted in [*TAKEN, *(wanted for wanted, _said in REFUSED)]
    ]
    program = (
        "import json, jsonschema, sys; schema, pillars = json.load(sys.stdin);"
        "judge = jsonschema.Draft7Validator(schema);"
        "print(json.dumps([judge.is_valid(pillar) for pillar in pillars]))"
    )
    judged = subprocess.run(
        ["/usr/bin/python3", "-c", program],
        input=json.dumps([json.loads(schema.read_text()), pillars]),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(judged.stdout) == [True] * len(TAKEN) + [False] * len(REFUSED)
