"""
Several at once, and runs that are killed: update-ca-certificates takes no lock and loses
certificates with status 0. trustmend may fail then, but it must say so.
"""

import os
import random
import signal
import subprocess
import time

import pytest

from integration.anchor_tools import BUNDLE, LOCAL, REBUILD, Store

ROUNDS = 20


@pytest.fixture
def root(debian12):
    return debian12


@pytest.fixture
def store(tm, root):
    return Store(tm, root)


def seconds_of(action):
    """How long that takes here and now, by which moments in the middle of it are chosen."""
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def start(store, verb, certificate, state):
    command = store.tm.command("anchor", verb, f"certificate={certificate.pem}", f"state={state}",
                               root=store.root)
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=store.tm.environment())


def start_rebuild(root):
    return subprocess.Popen(["/usr/sbin/chroot", str(root.path), REBUILD],
                            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                            start_new_session=True)


def kill_rebuild(rebuild):
    """Until nothing of it is left: a process that is still dying holds its files all the same."""
    os.killpg(rebuild.pid, signal.SIGKILL)
    rebuild.wait()
    for _ in range(30000):
        try:
            os.killpg(rebuild.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.01)
    pytest.fail("a killed rebuild does not end")


def test_case_01_rebuilds_at_once_lose_nothing_or_say_so(root, store, pki):
    vendor = set(store.compiled())
    stays = pki.root("Stays")
    takes = seconds_of(lambda: root.run(REBUILD))
    one, two = pki.root("One"), pki.root("Two")
    store.converge(stays)
    random.seed(1)
    honest = 0
    for number in range(ROUNDS):
        wish = "absent" if number % 2 else "present"
        foreign = start_rebuild(root)
        time.sleep(random.uniform(0, takes / 2))
        runs = [start(store, "apply", certificate, wish) for certificate in (one, two)]
        time.sleep(random.uniform(0, takes))
        late = start_rebuild(root)
        answers = [run.communicate(timeout=600) for run in runs]
        foreign.wait(timeout=600)
        statuses = [run.returncode for run in runs]
        if any(statuses):
            honest += 1
            assert all('"failed": true' in out for (out, _), s in zip(answers, statuses) if s)
        # A run that started after ours ended is beyond us; it may not lose what we put there.
        late.wait(timeout=600)
        if any(statuses):
            for certificate in (one, two):
                assert store.apply(certificate, wish).status == 0
        compiled = store.compiled()
        wanted = vendor | {stays.sha256}
        wanted |= {one.sha256, two.sha256} if wish == "present" else set()
        assert set(compiled) == wanted, (number, statuses, answers)
        assert len(compiled) == len(wanted), (number, "duplicates")
        assert store.directory_trusts(stays)
        for certificate in (one, two):
            assert store.directory_trusts(certificate) is (wish == "present"), number
    assert honest < ROUNDS, "it never managed without a failure"


@pytest.mark.parametrize("part", [0.2, 0.4, 0.6, 0.8])
def test_case_02_killed_rebuild_then_removal_stays_removed(root, store, pki, part):
    ca = pki.root("Studio Root")
    root.write(f"{LOCAL}/studio.crt", ca.text)
    root.run(REBUILD)
    takes = seconds_of(lambda: root.run(REBUILD))
    before = set(store.compiled())
    for _ in range(20):
        rebuild = start_rebuild(root)
        time.sleep(part * takes)
        kill_rebuild(rebuild)
        if root.outside(BUNDLE + ".new").exists():
            break
    else:
        root.write(BUNDLE + ".new", root.text(BUNDLE))
    assert ".new is left of a killed" in "\n".join(store.get(ca).result["warnings"])
    store.converge(ca, "absent")
    assert set(store.compiled()) == before - {ca.sha256}
    assert len(store.compiled()) == len(before) - 1
    assert not root.outside(BUNDLE + ".new").exists()
    root.run(REBUILD)
    assert not store.knows(ca)


@pytest.mark.parametrize("part", [0.03, 0.2, 0.5, 0.9])
@pytest.mark.parametrize("wish", ["present", "absent"])
def test_killed_apply_is_repaired_by_the_next(root, store, pki, wish, part):
    ca = pki.root("Studio Root")
    takes = seconds_of(lambda: store.converge(pki.root("Another"))) / 2  # a plan before and after
    if wish == "absent":
        store.converge(ca)
    run = start(store, "apply", ca, wish)
    time.sleep(part * takes)
    run.kill()
    run.communicate()
    answer = store.apply(ca, wish)
    assert answer.status == 0, repr(answer)
    assert store.trusts(ca) if wish == "present" else not store.knows(ca)
    assert not store.dangling()
    assert not store.plan(ca, wish).changed


def test_a_rebuild_that_never_ends_is_waited_for_and_then_told(root, store, pki):
    root.write(REBUILD, "#!/bin/sh\nsleep 1000\n", 0o755)
    ca = pki.root("Studio Root")
    foreign = start_rebuild(root)
    try:
        begun = time.monotonic()
        answer = store.apply(ca)
        assert time.monotonic() - begun < 600
    finally:
        kill_rebuild(foreign)
    assert answer.status != 0 and answer.error["kind"] == "busy", repr(answer)
