"""The verb list on real trust stores: what Debian's own tool left, whole and half."""

import pytest

from integration.anchor_tools import (BUNDLE, CONF, LOCAL, REBUILD, VENDOR, fingerprints, snapshot)


@pytest.fixture
def root(debian12):
    return debian12


def listed(tm, root, *words):
    """The states by SHA-256; each result must be one that the protocol knows."""
    answer = tm("anchor", "list", *words, root=root)
    assert answer.status == 0 and answer.json["verb"] == "list", repr(answer)
    subjects = [(r["state"]["subject"].encode(), r["state"]["sha256"]) for r in answer.results]
    assert subjects == sorted(subjects)
    states = {r["state"]["sha256"].lower(): r["state"] for r in answer.results}
    assert len(states) == len(answer.results)
    return states


def test_a_store_as_the_distribution_leaves_it_is_effective_throughout(tm, debian):
    root = debian(whole=True)
    before = snapshot(root.path / "etc")
    states = listed(tm, root)
    assert set(states) == set(fingerprints(root.text(BUNDLE)))
    assert len(states) > 100
    for state in states.values():
        assert state["state"] == "present" and state["anchored"] and state["effective"], state
        assert state["reasons"] == [] and state["where"][0].startswith(VENDOR)
    assert snapshot(root.path / "etc") == before


def test_every_state_fed_back_is_a_no_op(tm, root):
    states = listed(tm, root)
    resources = [{"type": "anchor", **state} for state in states.values()]
    answer = tm("plan", "--input", "-", "--detailed-exitcode", root=root,
                stdin={"resources": resources})
    assert answer.status == 0 and not answer.changed, repr(answer)
    got = tm("get", "--input", "-", root=root, stdin={"resources": resources})
    assert [r["state"] for r in got.results] == list(states.values())


def test_split_brain_states_come_with_their_reasons(tm, root, pki):
    names = ("dropped", "ignored", "bundled", "unreadable", "sound")
    made = {name: pki.root(f"Studio {name}") for name in names}
    lines = [line for line in root.text(CONF).splitlines() if line.startswith("mozilla/")]
    for name in ("unreadable", "sound"):
        root.write(f"{LOCAL}/{name}.crt", made[name].text)
    root.run(REBUILD)
    root.outside(f"{LOCAL}/unreadable.crt").chmod(0o600)
    root.write(f"{LOCAL}/dropped.crt", made["dropped"].text)
    root.write(f"{LOCAL}/ignored.pem", made["ignored"].text)
    with open(root.outside(BUNDLE), "a") as bundle:
        bundle.write(made["bundled"].text)
    root.write(CONF, root.text(CONF).replace(f"{lines[0]}\n", f"!{lines[0]}\n"))
    switched_off = fingerprints(root.text(f"{VENDOR}/{lines[0]}"))[0]

    states = listed(tm, root)
    expected = {"dropped": "does not hold it", "ignored": "must end in .crt",
                "bundled": "no input holds it", "unreadable": "only root can read"}
    for name, reason in expected.items():
        state = states[made[name].sha256.lower()]
        assert not state["effective"], name
        assert reason in "\n".join(state["reasons"]), state
    assert states[made["ignored"].sha256.lower()]["state"] == "absent"
    assert states[made["sound"].sha256.lower()]["effective"]
    assert "still leads to it" in "\n".join(states[switched_off]["reasons"])
    for state in states.values():
        got = tm("anchor", "get", f"certificate={state['certificate']}", root=root)
        assert got.state == state

    root.run(REBUILD, "--fresh")
    states = listed(tm, root)
    assert states[made["dropped"].sha256.lower()]["effective"]
    assert made["bundled"].sha256.lower() not in states
    assert switched_off not in states


def test_the_text_fits_the_screen_and_says_how_many(tm, root, pki):
    root.write(f"{LOCAL}/dropped.crt", pki.root("Studio Root").text)
    lines = tm("anchor", "list", "--output", "text", root=root).stdout.splitlines()
    count = len(fingerprints(root.text(BUNDLE)))
    assert f"{count + 1} anchors: {count} effective, 1 not" in lines
    assert sum(line.startswith("  effective ") for line in lines) == count
    assert all(len(line) <= 100 for line in lines if line.startswith("  effective "))
