"""The verb check: one screen on what is as it should be, and nothing written."""

import os

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


def put_api(root, version, text):
    package = root / "opt/api/shotgun_api3"
    (package / "lib/certifi").mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "shotgun.py").write_text(f'__version__ = "{version}"\n')
    (package / "lib/certifi/cacert.pem").write_text(text)


def explained(tm, root, ca, **more):
    return tm("trustmend", "verdict", "explain", "python_api=/opt/api", "python=3.11",
              f"requires={tm.path(ca.pem)}", *more.get("words", ()), root=root)


def test_a_verdict_is_explained_in_sentences(tm, root, pki):
    ca = pki.root("Studio")
    put_api(root, "3.10.3", ca.text)
    good = explained(tm, root, ca)
    assert good.status == 0 and good.json["verb"] == "explain", good
    judgement = good.result["judgement"]
    assert judgement["standing"] == "ok" and judgement["remedies"] == []
    assert judgement["subject"] == "shotgun_api3 3.10.3 in /opt/api, Python 3.11"
    assert judgement["sentences"][0].startswith(
        "API calls and all transfers take /opt/api/shotgun_api3/lib/certifi/cacert.pem (from: package)")

    words = ["environment=SHOTGUN_API_CACERTS=/nowhere.pem"]
    bad = explained(tm, root, ca, words=words).result["judgement"]
    assert bad["standing"] == "broken" and "/nowhere.pem" in bad["reasons"][0]
    assert "SHOTGUN_API_CACERTS" in bad["remedies"][0]
    assert any(sentence.startswith("To mend it: ") for sentence in bad["sentences"])
    said = [sentence for sentence in bad["sentences"] if "there is no file" in sentence]
    assert len(said) == 1, "the reason of a use is said once"

    text = explained(tm, root, ca, words=[*words, "--output", "text"]).stdout
    assert text.startswith("BROKEN  shotgun_api3 3.10.3 in /opt/api, Python 3.11\n")


def test_what_all_transfers_share_is_said_of_them_together(tm, root, pki):
    ca = pki.root("Studio")
    put_api(root, "3.8.4", ca.text)
    sentences = explained(tm, root, ca).result["judgement"]["sentences"]
    assert sentences[0].startswith("API calls take ") and sentences[1].startswith("All transfers ")


def test_a_release_that_nobody_knows_is_neither_well_nor_broken(tm, root, pki):
    ca = pki.root("Studio")
    put_api(root, "3.11.0", ca.text)
    answer = explained(tm, root, ca)
    assert answer.status == 0 and answer.result["judgement"]["standing"] == "unsure", answer


@pytest.mark.posix_only("on Windows nobody's modes are asked")
def test_what_the_user_cannot_reach_is_its_owner_s(tm, root, pki):
    ca = pki.root("Studio")
    put_api(root, "3.10.3", ca.text)
    (root / "etc").mkdir()
    (root / "etc/passwd").write_text(f"keeper:x:{os.getuid()}:{os.getgid()}::/home/keeper:/bin/false\n"
                                     "alice:x:54321:54321::/home/alice:/bin/false\n")
    for mode, user in ((0o755, "alice"), (0o700, "keeper")):
        (root / "opt").chmod(mode)
        answer = tm("verdict", "list", "under=/opt", "user=alice", "--no-observe", root=root)
        assert answer.result["state"]["user"] == user, answer
