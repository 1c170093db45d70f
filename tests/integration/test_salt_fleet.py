"""
A Salt master with minions on Debian 11, 12 and 13: the state tree shotgrid_ssl, the beacon and the
reactor, the runner, the grain, and what goes wrong.

Salt 3008 has eight minions and the extension from the tree in file_roots alone; 3006 has two, and the
extension from its wheel. A fleet is started once for all tests. So a test makes the state that it
needs, and leaves a fleet that answers.
"""

import contextlib
import json
import threading
import time

import pytest

from integration.salt_fleet import Fleet, Unavailable, wait_for

KINDS = {"11": "bullseye", "12": "bookworm", "13": "trixie"}
MINIONS = {"3008": ("d11a", "d11b", "d12a", "d12b", "d12c", "d13a", "d13b", "d13c"),
           "3006": ("d12a", "d13b")}
MENDED = "d13b"  # by the reactor, where a beacon tells of it
INTERVAL = 1
CORE = "/mnt/projects/demo/config/core/core_api.yml"
OLD_CORE = """# pinned by the pipeline team
location:
  type: app_store
  name: tk-core
  version: v0.18.91
"""
BUNDLE = "/opt/trustmend/cacert.pem"
STARFIELD = "mozilla/Starfield_Services_Root_Certificate_Authority_-_G2.crt"
STUDIO = "/usr/local/share/ca-certificates"
TREE = "trustmend_|-shotgrid-ssl_|-shotgrid-ssl_|-profile"
REMOVE = {
    "studio-ca": {"trustmend.anchor": [{"certificate": "salt://ca/studio.pem"}, {"ensure": "absent"}]},
    "SHOTGUN_API_CACERTS": {"trustmend.env": [{"ensure": "absent"}]},
    BUNDLE: {"trustmend.bundle": [{"ensure": "absent"}]},
}


def params(*series):
    return [pytest.param(name, marks=pytest.mark.xdist_group(f"salt-{name}")) for name in series]


NEWEST = pytest.mark.parametrize("fleet", params("3008"), indirect=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """The studio's CA and a server's certificate of it."""
    from pki import Pki

    pki = Pki(tmp_path_factory.mktemp("studio"))
    ca = pki.root("Studio CA")
    return ca, pki.leaf(ca)


@pytest.fixture(scope="module", params=params(*MINIONS))
def fleet(request, tmp_path_factory, extension, studio):
    series = request.param
    libraries = [tmp_path_factory.mktemp("wheel")] if series == "3006" else []
    try:
        with Fleet(series, libraries, {"reactor": [
                {f"salt/beacon/{MENDED}/trustmend/drift": ["salt://shotgrid_ssl/reactor.sls"]}]}) as made:
            if libraries:
                extension.install(made.programs / "python", libraries[0])
            prepare(made, extension, studio)
            start(made, series, studio)
            yield made
    except Unavailable as why:
        pytest.skip(str(why))


def prepare(fleet, extension, studio):
    """States and pillar of the master."""
    if fleet.libraries:
        # What is not Python comes from the tree: the state, its reactor.
        whole = fleet.directory / "tree"
        whole.mkdir()
        extension.unpack(whole)
        (whole / "shotgrid_ssl").rename(fleet.states / "shotgrid_ssl")
    else:
        extension.unpack(fleet.states)
    write(fleet.states / "ca/studio.pem", studio[0].text)
    write(fleet.states / "remove.sls", json.dumps(REMOVE))
    write(fleet.pillar / "top.sls", json.dumps({"base": {"*": ["trust"]}}))
    write(fleet.pillar / "trust.sls", json.dumps({"shotgrid_ssl": {
        "extra_ca": ["salt://ca/studio.pem"], "core_configs": "/mnt/projects/demo"}}))


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def start(fleet, series, studio):
    fleet.start_master()
    fleet.command("salt-run", "saltutil.sync_runners")
    for name in MINIONS[series]:
        root = fleet.root(name, KINDS[name[1:3]])
        root.write("/srv/leaf.pem", studio[1].text)
        root.write(CORE, OLD_CORE)
        fleet.add(name, root=root)
    fleet.wait_until_up()
    fleet.record_events()
    fleet.salt(",".join(fleet.minions), "saltutil.sync_all")


def find(fleet, *names):
    """Those of these minions that this fleet has."""
    return [name for name in names if name in fleet.minions]


def break_it(root):
    """A machine as the documentation finds it: a root deselected, no variable, an old core."""
    conf = root.text("/etc/ca-certificates.conf").replace(f"!{STARFIELD}", STARFIELD)
    assert f"\n{STARFIELD}\n" in conf
    root.run("sh", "-c", f"rm -rf {STUDIO}/* /opt/trustmend /etc/profile.d/trustmend.sh; : >/etc/environment")
    root.write("/etc/ca-certificates.conf", conf.replace(STARFIELD, f"!{STARFIELD}"))
    root.run("update-ca-certificates", "--fresh")
    root.write(CORE, OLD_CORE)


def works(root):
    """A login finds the variable, both stores verify a chain, and the core is pinned; all or nothing."""
    found = [
        root.run("sh", "-lc", 'printf %s "$SHOTGUN_API_CACERTS"').stdout == BUNDLE,
        root.text("/etc/environment") == f"SHOTGUN_API_CACERTS={BUNDLE}\n",
        root.verifies("/srv/leaf.pem"),
        root.verifies("/srv/leaf.pem", "-CAfile", BUNDLE, "-no-CApath"),
        root.run("ls", "/etc/ssl/certs/09789157.0", check=False).returncode == 0,
        "version: v0.23.10" in root.text(CORE),
    ]
    assert len(set(found)) == 1, found
    return found[0]


def apply(fleet, names, *words):
    """{minion: result of the one state} of the state tree."""
    answers = fleet.salt(",".join(names), "state.apply", "shotgrid_ssl", *words)
    assert set(answers) == set(names), answers
    for name, answer in answers.items():
        assert isinstance(answer, dict) and set(answer) == {TREE}, f"{name}: {answer}"
    no_traceback(fleet, answers)
    return {name: answer[TREE] for name, answer in answers.items()}


def no_traceback(fleet, *said):
    assert "Traceback" not in json.dumps(said)
    for name, minion in fleet.minions.items():
        assert "Traceback" not in minion.log(), f"{name}: {minion.log()}"


def converge(fleet, *names):
    for name, result in apply(fleet, names).items():
        assert result["result"] is True, f"{name}: {result}"
        assert works(fleet.minions[name].root)


def listed(fleet, *words):
    """{minion: {resource: (state, why)}} of the runner."""
    found = {}
    for row in fleet.run_runner("trustmend.fleet", *words):
        assert set(row) == {"minion", "resource", "state", "why"}
        found.setdefault(row["minion"], {})[row["resource"]] = (row["state"], row["why"])
    return found


def test_a_fleet_is_mended_as_predicted_and_stays_so(fleet):
    names = list(fleet.minions)
    roots = {name: fleet.minions[name].root for name in names}
    for root in roots.values():
        break_it(root)
        assert not works(root)
    planned = apply(fleet, names, "test=True")
    assert not any(works(root) for root in roots.values())
    applied = apply(fleet, names)
    for name in names:
        assert planned[name]["result"] is None and applied[name]["result"] is True, (planned, applied)
        assert planned[name]["changes"] == applied[name]["changes"] and planned[name]["changes"]
        assert len(planned[name]["changes"]) == 5, planned[name]["changes"]
        assert works(roots[name]), name
        assert "# pinned by the pipeline team" in roots[name].text(CORE)
    for again in (apply(fleet, names), apply(fleet, names, "test=True")):
        for name in names:
            assert again[name]["result"] is True and not again[name]["changes"], again[name]
    assert listed(fleet) == {name: {"6 resources": ("converged", "")} for name in names}


def test_the_grain_tells_version_and_outcome(fleet):
    (name,) = find(fleet, "d12a")
    root = fleet.minions[name].root
    converge(fleet, name)

    def grain():
        fleet.salt(name, "saltutil.refresh_grains")
        return fleet.salt(name, "grains.get", "trustmend")[name]

    mended = grain()
    assert mended["effective"] is True and mended["version"] == fleet.salt(name, "trustmend.version")[name]
    root.write("/etc/environment", "")
    fleet.salt(name, "file.remove", fleet.minions[name].cached("trustmend/grain.json"))
    drifted = grain()
    assert drifted["effective"] is False and drifted["digest"] != mended["digest"]
    converge(fleet, name)
    again = grain()  # which was kept, and is forgotten when a state changes something
    assert again == mended


def sees_it_converged(minion):
    kept = list(minion.cached("trustmend").glob("told-*.json"))
    return kept and set(json.loads(kept[0].read_text())["resources"].values()) == {"converged"}


@contextlib.contextmanager
def beacon(fleet, name):
    """Its beacon looks, and gives what was told since: the resources of each event."""
    path = fleet.minions[name].directory / "etc/minion.d/beacons.conf"
    config = [{"interval": INTERVAL}, {"disable_during_state_run": True}]

    def told():
        return [[f"{one['type']} {one['name']}" for one in data["drifted"]]
                for tag, data in fleet.events() if tag == f"salt/beacon/{name}/trustmend/drift"]

    before = len(told())
    path.parent.mkdir(exist_ok=True)
    added = fleet.salt(name, "beacons.add", "trustmend", json.dumps(config))[name]
    assert added["result"], added
    fleet.salt(name, "beacons.save")
    try:
        wait_for(lambda: sees_it_converged(fleet.minions[name]), fleet.logs)
        yield lambda: told()[before:]
    finally:
        fleet.salt(name, "beacons.delete", "trustmend")
        fleet.salt(name, "beacons.save")


def test_a_tampered_store_is_told_and_mended_by_the_reactor(fleet):
    root = fleet.minions[MENDED].root
    converge(fleet, MENDED)
    with beacon(fleet, MENDED) as told:
        root.run("rm", "/etc/ssl/certs/09789157.0")
        begun = time.monotonic()
        wait_for(told, fleet.logs)
        assert time.monotonic() - begun < 60 * INTERVAL
        wait_for(lambda: root.exists("/etc/ssl/certs/09789157.0"), fleet.logs)
        wait_for(lambda: not fleet.salt(MENDED, "saltutil.running")[MENDED], fleet.logs)
        time.sleep(3 * INTERVAL)
        assert works(root)
        assert told() == [["anchor builtin:starfield-services-root-g2"]]
    no_traceback(fleet)


@NEWEST
def test_a_drift_that_stays_is_told_once_also_after_a_restart(fleet):
    minion = fleet.minions["d12a"]
    converge(fleet, minion.name)
    with beacon(fleet, minion.name) as told:
        minion.root.write("/etc/environment", "SHOTGUN_API_CACERTS=/nowhere.pem\n")
        wait_for(told, fleet.logs)
        time.sleep(3 * INTERVAL)
        assert told() == [["env SHOTGUN_API_CACERTS"]]
        minion.kill()
        minion.root.write(CORE, OLD_CORE)  # while nobody looks
        minion.start()
        fleet.wait_until_up(minion.name)
        wait_for(lambda: len(told()) > 1, fleet.logs)
        time.sleep(3 * INTERVAL)
        assert told()[1:] == [["core_api /mnt/projects/demo"]]
    converge(fleet, minion.name)


def test_the_runner_lists_who_has_drifted_and_why_and_who_is_silent(fleet):
    drifted, silent = find(fleet, "d12a", "d12c")[-1], find(fleet, "d13b", "d13a")[-1]
    converge(fleet, drifted)
    fleet.minions[drifted].root.write("/etc/environment", "SHOTGUN_API_CACERTS=/nowhere.pem\n")
    fleet.minions[drifted].root.run("rm", "/etc/ssl/certs/ca-certificates.crt")
    fleet.minions[silent].kill()
    try:
        found = listed(fleet, "timeout=10")
        table = fleet.command("salt-run", "trustmend.fleet", "timeout=10", json_out=False).stdout
    finally:
        fleet.minions[silent].start()
        fleet.wait_until_up(silent)
    assert set(found) == set(fleet.minions)
    assert found[silent] == {"": ("unknown", "the minion does not answer")}
    env, anchor = "env SHOTGUN_API_CACERTS", "anchor builtin:starfield-services-root-g2"
    assert found[drifted][env][0] == "drifted" and "/nowhere.pem" in found[drifted][env][1]
    assert found[drifted][anchor][0] == "drifted"
    assert "/etc/ssl/certs/ca-certificates.crt: cannot open" in found[drifted][anchor][1]
    lines = [line for line in table.splitlines() if drifted in line and env in line]
    assert len(lines) == 1 and " drifted " in lines[0], table
    assert [line for line in table.splitlines() if silent in line and "does not answer" in line], table
    converge(fleet, drifted)


def test_what_was_brought_is_removed_again(fleet):
    name = find(fleet, "d13c", "d13b")[0]
    root = fleet.minions[name].root
    converge(fleet, name)
    answer = fleet.salt(name, "state.apply", "remove")[name]
    assert all(state["result"] is True and state["changes"] for state in answer.values()), answer
    assert not root.verifies("/srv/leaf.pem") and not root.exists(BUNDLE)
    assert "SHOTGUN_API_CACERTS" not in root.run("sh", "-lc", "env").stdout
    assert "SHOTGUN_API_CACERTS" not in root.text("/etc/environment")
    answer = fleet.salt(name, "state.apply", "remove")[name]
    assert all(state["result"] is True and not state["changes"] for state in answer.values()), answer
    converge(fleet, name)
    no_traceback(fleet)


# ---- what goes wrong ----

@pytest.fixture
def minion(fleet):
    return fleet.minions[find(fleet, "d11b", "d12a")[0]]


BAD_PILLAR = (
    ({"core_config": "/mnt/x"}, "pillar shotgrid_ssl:core_config: there is no such variable: did you mean "
                                "core_configs?"),
    ({"bundle": ["/a", "/b"]}, "pillar shotgrid_ssl:bundle: it is a list: give one text"),
    ({"core_missing": "maybe"}, "pillar shotgrid_ssl:core_missing: it is maybe: give one of fail, ok"),
)


def test_a_bad_pillar_fails_and_nothing_is_done(fleet, minion):
    break_it(minion.root)
    for wanted, said in BAD_PILLAR:
        pillar = json.dumps({"shotgrid_ssl": wanted})
        result = apply(fleet, [minion.name], f"pillar={pillar}")[minion.name]
        assert result["result"] is False and not result["changes"] and said in result["comment"], result
    assert not works(minion.root)


def test_a_resource_that_fails_hides_no_other(fleet, minion):
    break_it(minion.root)
    minion.root.write("/mnt/projects/broken/config/core/core_api.yml", "location: [\n")
    pillar = {"shotgrid_ssl": {"core_configs": ["/mnt/projects/demo", "/mnt/projects/broken"]}}
    result = apply(fleet, [minion.name], f"pillar={json.dumps(pillar)}")[minion.name]
    assert result["result"] is False and "/mnt/projects/broken" in result["comment"], result
    assert len(result["changes"]) == 5 and works(minion.root), result
    minion.root.run("rm", "-r", "/mnt/projects/broken")
    converge(fleet, minion.name)


@NEWEST
def test_a_read_only_file_system_is_told_and_mended_later(fleet, minion):
    break_it(minion.root)
    mount = ["mount", "-o", "remount,ro", minion.root.path]
    fleet.run(*mount)
    try:
        results = [apply(fleet, [minion.name], *words)[minion.name] for words in ([], ["test=True"])]
    finally:
        fleet.run(*mount[:2], "remount,rw", mount[3])
    for result in results:
        assert result["result"] is False and not result["changes"], result
        assert "ead-only file system" in result["comment"], result
    converge(fleet, minion.name)


@NEWEST
def test_an_architecture_without_a_program_is_told(fleet, minion):
    minion.kill()
    minion.start("setarch", "i686")
    fleet.wait_until_up(minion.name)
    try:
        result = apply(fleet, [minion.name])[minion.name]
        found = listed(fleet, minion.name)
    finally:
        minion.kill()
        minion.start()
        fleet.wait_until_up(minion.name)
    assert result["result"] is False and "no trustmend program for Linux-i686" in result["comment"], result
    ((state, why),) = found[minion.name].values()
    assert state == "unknown" and "no trustmend program for Linux-i686" in why
    converge(fleet, minion.name)


@NEWEST
def test_two_minions_of_one_host_at_once(fleet, minion):
    """A second minion with the same root, without the master: both mend, one after the other."""
    fleet.call(minion, "saltutil.sync_all")  # without a master nothing brings the states by itself
    break_it(minion.root)
    answers = []

    def second():
        answers.append(fleet.call(minion, "state.apply", "shotgrid_ssl", pillar={"shotgrid_ssl": {
            "extra_ca": [str(fleet.states / "ca/studio.pem")], "core_configs": "/mnt/projects/demo"}}))

    thread = threading.Thread(target=second)
    thread.start()
    first = apply(fleet, [minion.name])[minion.name]
    thread.join()
    (answer,) = answers
    assert first["result"] is True and answer[TREE]["result"] is True, (first, answer)
    assert bool(first["changes"]) or bool(answer[TREE]["changes"])
    assert works(minion.root)
    result = apply(fleet, [minion.name])[minion.name]
    assert result["result"] is True and not result["changes"], result


@NEWEST
def test_a_minion_killed_in_the_middle_converges_next_time(fleet, minion):
    break_it(minion.root)
    hook = "/etc/ca-certificates/update.d/slow"
    minion.root.write(hook, "#!/bin/sh\n: >/slow\nsleep 600\n", 0o755)
    command = fleet.start_command("salt", "-L", minion.name, "state.apply", "shotgrid_ssl")
    try:
        wait_for(lambda: minion.root.exists("/slow"), fleet.logs)
        minion.kill(everything=True)
    finally:
        command.kill()
        command.wait()
    minion.root.run("rm", hook, "/slow")
    minion.start()
    fleet.wait_until_up(minion.name)
    converge(fleet, minion.name)
    assert not minion.root.run("find", "/etc", "/opt", "-name", "*.new").stdout
