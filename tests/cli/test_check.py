"""The verb check: one screen on what is as it should be, and nothing written."""

import pytest

PROFILE = """trustmend: 1
resources:
  - {type: bundle, path: /opt/new.pem, sources: [%s], requires: []}
"""


@pytest.fixture
def root(tmp_path):
    path = tmp_path / "root"
    (path / "opt").mkdir(parents=True)
    return path


@pytest.fixture
def profile(tmp_path, pki):
    ca = pki.root("Alone")
    path = tmp_path / "p.yml"
    path.write_text(PROFILE % ca.pem.name)
    (tmp_path / ca.pem.name).write_text(ca.text)
    return path


def judgements(answer):
    return {result["name"]: result["judgement"] for result in answer.results}


def test_a_wish_that_does_not_hold_is_broken_until_it_is_mended(tm, root, profile):
    told = tm("check", tm.path(profile), root=root)
    assert told.status == 10 and told.json["verb"] == "check", told
    (judgement,) = judgements(told).values()
    assert judgement["standing"] == "broken" and "state: absent -> present" in judgement["reasons"]
    assert list(root.iterdir()) == [root / "opt"] and not list((root / "opt").iterdir())

    text = tm("check", tm.path(profile), "--output", "text", root=root)
    assert text.status == 10 and "BROKEN" in text.stdout and "trustmend" in text.stdout

    assert tm("apply", tm.path(profile), root=root).status == 0
    mended = tm("check", tm.path(profile), root=root)
    assert mended.status == 0, mended
    assert [j["standing"] for j in judgements(mended).values()] == ["ok"]


def test_no_verb_means_check(tm, root):
    bare, asked = tm(root=root), tm("check", root=root)
    assert bare.json["verb"] == "check" and bare.status == asked.status
    assert judgements(bare) == judgements(asked)


@pytest.mark.parametrize("words, part", [
    (["anchor", "check"], "has no verb check"),
    (["anchor", "explain"], "has no verb explain"),
    (["check", "a.yml", "b.yml"], "one word too many"),
    (["check", "--input", "-"], "takes no --input"),
    (["explain", "--set", "bundle=/x"], "--set without a profile"),
    (["plan", "--under", "/opt"], "--under says where to look"),
    (["check", "--set", "nope=1"], "nope"),
])
def test_what_means_nothing_here_is_refused(tm, root, words, part):
    answer = tm(*words, root=root)
    assert answer.status == 2 and part in answer.json["error"]["message"], answer
