"""What the runner makes of the minions' answers."""

import pytest

import salt.client
from salt.exceptions import SaltInvocationError
from saltext.trustmend.runners import trustmend as runner


def resource(name, state="converged", why=""):
    return {"type": "env", "name": name, "state": state, "why": why}


class Client:
    """Answers as a LocalClient does, and keeps what it was asked."""

    answers = []
    asked = None

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        pass

    def cmd_iter(self, *words, **options):
        Client.asked = (words, options)
        yield from Client.answers


@pytest.fixture(autouse=True)
def client(monkeypatch):
    monkeypatch.setattr(runner, "__opts__", {}, raising=False)
    monkeypatch.setattr(salt.client, "get_local_client", lambda **_options: Client())


def fleet(answers, **options):
    Client.answers = answers
    found = runner.fleet(**options)
    assert found["outputter"] == "table"
    return [(one["minion"], one["resource"], one["state"], one["why"]) for one in found["data"]]


def test_what_is_not_as_wanted_is_a_line_and_the_rest_is_counted():
    assert fleet(
        [
            {
                "b": {
                    "ret": {
                        "resources": [
                            resource("A"),
                            resource("B", "drifted", "value 1 instead of 2"),
                        ]
                    }
                }
            },
            {"a": {"ret": {"resources": [resource("A"), resource("B")]}}},
        ]
    ) == [
        ("a", "2 resources", "converged", ""),
        ("b", "env B", "drifted", "value 1 instead of 2"),
        ("b", "1 further resource", "converged", ""),
    ]


def test_everything_lists_each_resource():
    assert fleet(
        [{"a": {"ret": {"resources": [resource("A"), resource("B", "failed", "x")]}}}],
        everything=True,
    ) == [("a", "env A", "converged", ""), ("a", "env B", "failed", "x")]


def test_minions_that_do_not_answer_or_cannot_are_lines():
    assert fleet(
        [
            {"gone": {"failed": True}},
            {
                "broken": {
                    "ret": "ERROR: there is no trustmend program\non this minion",
                    "retcode": 1,
                }
            },
            {"bare": {"ret": "'trustmend.drift' is not available."}},
        ]
    ) == [
        ("bare", "", "unknown", "'trustmend.drift' is not available."),
        ("broken", "", "unknown", "there is no trustmend program on this minion"),
        ("gone", "", "unknown", "the minion does not answer"),
    ]


def test_target_and_what_is_wanted_go_to_the_minions():
    fleet(
        [{"a": {"failed": True}}],
        tgt="os:Debian",
        tgt_type="grain",
        timeout=3,
        variables={"core_configs": ["/mnt/x"]},
        __pub_user="root",
    )
    words, options = Client.asked
    assert words == ("os:Debian", "trustmend.drift")
    assert options["kwarg"] == {"variables": {"core_configs": ["/mnt/x"]}}
    assert (options["tgt_type"], options["timeout"], options["expect_minions"]) == (
        "grain",
        3,
        True,
    )


def test_a_target_without_minions_is_an_error():
    with pytest.raises(SaltInvocationError, match=r"'web\*' \(glob\)"):
        fleet([{}], tgt="web*")
