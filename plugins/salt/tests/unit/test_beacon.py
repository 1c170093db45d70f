"""When the beacon tells, when it is silent, and which configurations it takes."""

import json

import pytest

from salt.exceptions import CommandExecutionError
from saltext.trustmend.beacons import trustmend as beacon

CONFIG = [{"interval": 5}, {"_beacon_name": "trustmend"}]


def resource(name, state="converged", why=""):
    return {"type": "env", "name": name, "state": state, "why": why}


class Minion:
    """What `trustmend.drift` will say, and what it was asked."""

    def __init__(self):
        self.resources = [resource("A"), resource("B")]
        self.asked = []
        self.error = None

    def drift(self, **arguments):
        self.asked.append(arguments)
        if self.error:
            raise CommandExecutionError(self.error)
        return {"resources": self.resources}


@pytest.fixture
def minion(monkeypatch, tmp_path):
    minion = Minion()
    monkeypatch.setattr(beacon, "__salt__", {"trustmend.drift": minion.drift}, raising=False)
    monkeypatch.setattr(beacon, "__opts__", {"cachedir": str(tmp_path)}, raising=False)
    return minion


def look(config=CONFIG):
    return [
        (event["tag"], [one["name"] for one in event["drifted"]]) for event in beacon.beacon(config)
    ]


def test_a_drift_of_a_converged_minion_is_told_once(minion):
    assert not look()
    minion.resources = [resource("A", "drifted", "value 1 instead of 2"), resource("B")]
    assert look() == [("drift", ["A"])]
    assert not look() and not look()


def test_a_minion_that_was_never_converged_is_silent(minion):
    minion.resources = [resource("A"), resource("B", "drifted", "x")]
    assert not look()
    minion.resources = [resource("A", "drifted", "x"), resource("B", "drifted", "x")]
    assert not look()
    minion.resources = [resource("A"), resource("B")]
    assert not look()
    minion.resources = [resource("A", "drifted", "x"), resource("B")]
    assert look() == [("drift", ["A"])]


def test_a_resource_that_cannot_be_mended_does_not_hide_the_others(minion):
    minion.resources = [resource("A"), resource("B", "failed", "not mounted")]
    assert not look() and not look()
    minion.resources = [resource("A", "drifted", "x"), resource("B", "failed", "not mounted")]
    assert look() == [("drift", ["A"])]


def test_a_resource_that_is_new_is_told_once_it_was_converged(minion):
    look()
    minion.resources = [resource("A"), resource("B"), resource("C", "drifted", "x")]
    assert not look() and not look()
    minion.resources = [resource("A"), resource("B"), resource("C")]
    assert not look()
    minion.resources = [resource("A"), resource("B"), resource("C", "drifted", "x")]
    assert look() == [("drift", ["C"])]


def test_resources_of_the_same_name_are_told_apart(minion):
    minion.resources = [resource("A"), resource("A")]
    look()
    minion.resources = [resource("A", "drifted", "x"), resource("A")]
    assert look() == [("drift", ["A"])] and not look()
    minion.resources = [resource("A", "drifted", "x"), resource("A", "drifted", "x")]
    assert look() == [("drift", ["A"])] and not look()


def test_a_second_drift_is_told_after_the_first_was_mended(minion):
    look()
    drifted = [resource("A", "drifted", "x"), resource("B")]
    minion.resources = drifted
    assert look()
    minion.resources = [resource("A"), resource("B")]
    assert not look()
    minion.resources = drifted
    assert look() == [("drift", ["A"])]


def test_another_resource_and_another_reason_are_told_besides(minion):
    look()
    minion.resources = [resource("A", "drifted", "x"), resource("B")]
    assert look() == [("drift", ["A"])]
    minion.resources = [resource("A", "drifted", "x"), resource("B", "drifted", "x")]
    assert look() == [("drift", ["B"])]
    minion.resources = [resource("A", "drifted", "worse"), resource("B", "drifted", "x")]
    assert look() == [("drift", ["A"])]
    minion.resources = [resource("A", "failed", "cannot tell"), resource("B", "drifted", "x")]
    assert look() == [("drift", ["A"])]


def test_a_restart_tells_nothing_twice_and_misses_nothing(minion, tmp_path):
    look()
    minion.resources = [resource("A", "drifted", "x"), resource("B")]
    assert look()
    (kept,) = (tmp_path / "trustmend").iterdir()
    assert kept.stat().st_mode & 0o022 == 0
    assert not look()  # nothing is kept but the file
    minion.resources = [resource("A", "drifted", "x"), resource("B", "drifted", "x")]
    assert look() == [("drift", ["B"])]


def test_a_memory_that_cannot_be_read_is_none(minion, tmp_path):
    look()
    (kept,) = (tmp_path / "trustmend").iterdir()
    for text in ("", "[]", "\0", '{"resources": []}', '{"resources": {"env A": 1}, "error": []}'):
        kept.write_text(text)
        assert not look()
        assert json.loads(kept.read_text())["resources"] == {
            "env A": "converged",
            "env B": "converged",
        }


def test_each_configuration_remembers_for_itself(minion):
    other = [{"interval": 5}, {"profile": "/srv/studio.yml"}]
    look(), look(other)
    minion.resources = [resource("A", "drifted", "x")]
    assert look() and look(other) and not look() and not look(other)
    assert minion.asked[-1] == {"profile": "/srv/studio.yml"} and minion.asked[-2] == {}


def test_that_it_cannot_look_is_logged_once_and_is_no_drift(minion, caplog):
    look()
    minion.error = "there is no program"
    assert not look() and not look()
    assert [record.message for record in caplog.records] == [
        "trustmend beacon: there is no program"
    ]
    minion.error = None
    minion.resources = [resource("A", "drifted", "x"), resource("B")]
    assert look() == [("drift", ["A"])]
    minion.error = "there is no program"
    assert not look()
    assert len(caplog.records) == 2


@pytest.mark.parametrize(
    "config, said",
    [
        ({"interval": 5}, "list of mappings"),
        ([5], "list of mappings"),
        ([{}], "interval is missing"),
        ([{"interval": "often"}], "interval: 'often' is not a number"),
        ([{"interval": 0}], "interval: '0' is not a number"),
        ([{"interval": True}], "interval: 'True' is not a number"),
        ([{"interval": 5}, {"profil": "x"}], "there is no option profil: did you mean profile?"),
        ([{"interval": 5}, {"variables": ["x"]}], "variables: '['x']' is not a mapping"),
        ([{"interval": 5}, {"resources": []}, {"profile": "x"}], "resources excludes profile"),
    ],
)
def test_a_configuration_that_is_none_is_refused_and_says_why(config, said):
    valid, text = beacon.validate(config)
    assert not valid and said in text


@pytest.mark.parametrize(
    "more",
    [
        [],
        [{"disable_during_state_run": True}, {"beacon_module": "trustmend"}, {"enabled": True}],
        [{"variables": {"core_configs": ["/mnt/x"]}}, {"root": "/srv/image"}],
        [{"resources": [{"type": "env", "name": "A", "value": "b"}]}],
    ],
)
def test_a_configuration_is_taken(more):
    assert beacon.validate([{"interval": 5}, *more])[0]
