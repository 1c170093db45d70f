"""The execution module in Salt's loader, with the program and files of a master."""

import json
import stat
import sys

import pytest

from salt.exceptions import CommandExecutionError

STORE = "bundle:/opt/ca.pem"


def bundle(minion, *sources):
    answer = minion.call(
        "apply", "bundle", path="/opt/ca.pem", sources=list(sources), requires=[], root=None
    )
    return (minion.root / "opt/ca.pem"), answer


def only(report):
    assert len(report["results"]) == 1
    return report["results"][0]


def test_a_variable_is_planned_set_read_and_removed(minion):
    environment = minion.root / "etc/environment"
    assert minion.call("plan", "env", name="A", value="b")["changed"] and not environment.exists()
    assert minion.call("apply", "env", name="A", value="b")["changed"]
    assert environment.read_text() == "A=b\n"
    assert not minion.call("apply", "env", name="A", value="b")["changed"]
    assert only(minion.call("get", "env", name="A"))["state"]["value"] == "b"
    assert [one["name"] for one in minion.call("list", "env")["results"]] == ["A"]
    minion.call("apply", "env", name="A", ensure="absent")
    assert environment.read_text() == ""


def test_files_come_from_the_master_by_their_environment(minion, ca, other_ca):
    url = minion.file("ca/studio.pem", ca.pem)
    minion.file("ca/studio.pem", other_ca.pem, "dev")
    made, answer = bundle(minion, url)
    assert not answer["failed"] and ca.pem in made.read_text()
    wanted = {"type": "anchor", "certificate": url, "store": STORE}
    assert not minion.call("plan", resources=[wanted])["changed"]
    assert minion.call("apply", resources=[wanted], saltenv="dev")["changed"]
    assert other_ca.pem in made.read_text()


def test_a_certificate_may_be_its_text(minion, ca, other_ca):
    made, _ = bundle(minion, ca.pem)
    minion.call("apply", "anchor", certificate=other_ca.pem, store=STORE)
    assert ca.pem in made.read_text() and other_ca.pem in made.read_text()
    minion.call("apply", "anchor", certificate=other_ca.pem, store=STORE, ensure="absent")
    assert other_ca.pem not in made.read_text()


def test_files_of_the_minion_are_named_by_absolute_paths_and_wildcards(minion, ca, other_ca):
    local = minion.directory / "local"
    local.mkdir()
    (local / "a.pem").write_text(ca.pem)
    url = minion.file("ca/other.pem", other_ca.pem)
    made, answer = bundle(minion, f"{local}/*.pem", url)
    assert not answer["failed"] and only(answer)["state"]["count"] == 2
    assert ca.pem in made.read_text()


@pytest.mark.parametrize("how", ["file", "text"])
def test_a_private_key_is_refused_and_not_shown(minion, ca, other_ca, how):
    made, _ = bundle(minion, other_ca.pem)
    both = ca.pem + ca.key_pem
    given = minion.file("ca/both.pem", both) if how == "file" else both
    report = minion.call("apply", "anchor", certificate=given, store=STORE)
    assert only(report)["error"]["kind"] == "refused"
    assert "private key" in only(report)["error"]["message"]
    secret = ca.key_pem.splitlines()[1]
    assert secret not in json.dumps(report) and secret not in made.read_text()


def test_a_file_that_the_master_lacks_fails_its_resource_alone(minion, ca):
    made, _ = bundle(minion, ca.pem)
    wanted = [
        {"type": "anchor", "certificate": "salt://ca/none.pem", "store": STORE},
        {"type": "env", "name": "A", "value": "b"},
    ]
    report = minion.call("apply", resources=wanted)
    assert report["failed"] and report["results"][1]["changed"]
    error = report["results"][0]["error"]
    assert error["path"] == "salt://ca/none.pem" and "environment base" in error["hint"]


def test_a_misspelt_attribute_is_told_with_the_nearest(minion):
    report = minion.call("plan", "env", name="A", valu="b")
    error = only(report)["error"]
    assert "valu" in error["message"] and "value" in json.dumps(error)


def test_a_profile_comes_from_the_master(minion, ca):
    profile = """trustmend: 1
variables:
  text: none
resources:
  - type: env
    name: A
    value: ${text}
"""
    url = minion.file("profiles/studio.yml", profile)
    minion.call("apply", url, variables={"text": 5})
    assert (minion.root / "etc/environment").read_text() == "A=5\n"


def test_it_describes_itself(minion):
    assert set(minion.call("describe")) >= {"types", "profiles"}
    assert minion.call("describe", "anchor")["title"] == "anchor"
    with pytest.raises(CommandExecutionError, match="there are anchor, "):
        minion.call("describe", "anker")
    assert minion.call("version") == minion.call("describe")["trustmend"]


def test_what_it_knows_of_the_types_is_what_the_program_says(minion):
    """A program of another version may know more, and is to be noticed here first."""
    known = minion.call("describe")["types"]
    types = vars(sys.modules[minion.modules["trustmend.describe"].__module__])["TYPES"]
    assert set(types) == set(known)


def test_the_program_is_fetched_from_the_tree_once(minion):
    minion.has_program()
    found = minion.call("program")
    assert found["source"] == "staged" and found["path"].startswith(str(minion.directory / "cache"))
    seen = (minion.directory / "cache/trustmend").glob("*/trustmend-linux-here")
    assert [stat.S_IMODE(path.stat().st_mode) for path in seen] == [0o755]
    assert minion.call("apply", "env", name="A", value="b")["changed"]


def test_a_tree_of_another_version_is_refused(minion):
    minion.has_program(version="0.0.1")
    with pytest.raises(CommandExecutionError, match="is of version 0.0.1"):
        minion.call("plan", "env", name="A", value="b")


def test_no_program_is_one_line_that_says_what_to_do(minion):
    del minion.options["trustmend.program"]
    with pytest.raises(CommandExecutionError, match="the extension carries none; install"):
        minion.call("plan", "env", name="A", value="b")
