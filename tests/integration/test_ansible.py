"""
The Ansible collection, built, installed from its tarball, and used by its full name against real
hosts without Python: Debian 11, 12 and 13 behind SSH, with Debian's ansible-core and the newest.
"""

import json
import os
import pathlib
import subprocess
import time

import pytest

from integration.ansible_fleet import PASSWORD, Bases, Fleet, Unavailable, kill_group

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CORES = ("debian", "newest")
KINDS = {"deb11": "bullseye-ssh", "deb12": "bookworm-ssh", "deb13": "trixie-ssh"}
PROGRAM = "trustmend-linux-x86_64"
CORE = "/mnt/projects/demo/config/core/core_api.yml"
OLD_CORE = """# pinned by the pipeline team
location:
  type: app_store
  name: tk-core
  version: v0.18.91
"""
BUNDLE = "/opt/trustmend/cacert.pem"
STORE = "/var/lib/trustmend"
AS_ROOT = {"ansible_user": "root"}
AS_DEPLOY = {"ansible_user": "deploy", "ansible_become": True}
AS_ARTIST = {"ansible_user": "artist", "ansible_become": True,
             "ansible_become_password": PASSWORD}


@pytest.fixture(scope="session")
def bases():
    try:
        with Bases() as made:
            yield made
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    """The collection as it is handed out, of the programs in dist/."""
    programs = os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist"
    if not (pathlib.Path(programs) / PROGRAM).exists():
        pytest.skip(f"{programs}/{PROGRAM} is not built: run scripts/build-portable all")
    directory = tmp_path_factory.mktemp("tarball")
    done = subprocess.run([str(TOP / "scripts/build-collection"), str(directory)], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "TRUSTMEND_PROGRAMS": str(programs)})
    assert done.returncode == 0, done.stdout
    tarball, = directory.glob("trustmend-trustmend-*.tar.gz")
    return tarball


class Ansible:
    """One ansible-core with the collection installed from its tarball."""

    def __init__(self, name, tarball, directory):
        made = subprocess.run([str(TOP / "scripts/ansible-core"), name], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode != 0:
            pytest.skip(f"scripts/ansible-core {name}: {made.stderr.strip()[-200:]}")
        self.programs = pathlib.Path(made.stdout.strip())
        self.collections = directory
        subprocess.run([str(self.programs / "ansible-galaxy"), "collection", "install", "--offline",
                        str(tarball), "-p", str(directory)], check=True,
                       stdout=subprocess.DEVNULL,
                       env={"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(directory),
                            "LC_ALL": "C.UTF-8"})
        self.installed = directory / "ansible_collections/trustmend/trustmend"
        index = json.loads((self.installed / "plugins/module_utils/_bin/index.json").read_text())
        self.version = index["version"]
        self.hash = index["programs"]["Linux-x86_64"]["sha256"]
        self.program = self.installed / "plugins/module_utils/_bin" / PROGRAM


@pytest.fixture(scope="session", params=CORES)
def ansible(request, tarball, tmp_path_factory):
    return Ansible(request.param, tarball, tmp_path_factory.mktemp(f"ansible-{request.param}"))


@pytest.fixture
def fleet(ansible, bases):
    with Fleet(bases, ansible.programs, ansible.collections) as made:
        yield made


@pytest.fixture
def ca(pki):
    return pki.root("Studio CA")


def add(fleet, name, kind="bookworm-ssh", **more):
    try:
        return fleet.add(name, kind, **more)
    except Unavailable as why:
        pytest.skip(str(why))


def env_task(fleet, value="/opt/x.pem", *options, **keywords):
    return fleet.task("env", {"name": "SHOTGUN_API_CACERTS", "value": value}, *options, **keywords)


def role_play(**variables):
    return {"name": "mend", "hosts": "all", "gather_facts": False,
            "vars": {"shotgrid_ssl_extra_ca": ["studio-ca.pem"],
                     "shotgrid_ssl_core_configs": ["/mnt/projects/demo"], **variables},
            "roles": ["trustmend.trustmend.shotgrid_ssl"]}


def role(fleet, *options, **variables):
    return fleet.run(role_play(**variables), *options)


def break_host(host):
    """A machine as the article finds it: root deselected, variable unset, an old core."""
    conf = host.text("/etc/ca-certificates.conf")
    name = "mozilla/Starfield_Services_Root_Certificate_Authority_-_G2.crt"
    assert f"\n{name}\n" in conf
    host.write("/etc/ca-certificates.conf", conf.replace(name, "!" + name))
    host.run("update-ca-certificates", "--fresh")
    host.write(CORE, OLD_CORE)


def changes(result):
    return [(r["type"], r["name"], r["changed"], r["changes"]) for r in result["resources"]]


def install(host, ansible):
    """An installed trustmend of this version, in its place."""
    host.write("/usr/bin/trustmend", ansible.program.read_bytes(), 0o755)


# ---- the role, from a broken host to one where the real check passes ----

@pytest.mark.parametrize("login", [AS_ROOT, AS_DEPLOY, AS_ARTIST],
                         ids=["root", "sudo", "sudo-password"])
def test_the_role_mends_broken_hosts_of_three_ages(fleet, ca, pki, tmp_path, login):
    leaf = pki.leaf(ca, "studio.example")
    fleet.file("studio-ca.pem", ca.text)
    for name, kind in KINDS.items():
        break_host(add(fleet, name, kind, **login))
        assert fleet.hosts[name].run("sh", "-c", "command -v python3", check=False).returncode
        fleet.hosts[name].write("/srv/leaf.pem", leaf.text)
        assert not passes_the_real_check(fleet.hosts[name])
    before = {name: host.tree() for name, host in fleet.hosts.items()}

    planned = role(fleet, "--check", "--diff")
    assert planned.status == 0, planned
    assert {name: host.tree() for name, host in fleet.hosts.items()} == before
    for host in fleet.hosts.values():
        assert not host.exists(STORE)

    applied = role(fleet, "--diff")
    assert applied.status == 0, applied
    again = role(fleet)
    assert again.status == 0, again
    checked = role(fleet, "--check")
    for name, host in fleet.hosts.items():
        status, plan = planned.last(name)
        assert (status, plan["changed"]) == ("ok", True)
        status, first = applied.last(name)
        assert (status, first["changed"]) == ("ok", True)
        assert changes(plan) == changes(first)
        assert plan["diff"] == first["diff"] and "v0.23.10" in json.dumps(plan["diff"])
        for later in (again, checked):
            status, second = later.last(name)
            assert (status, second["changed"]) == ("ok", False), second
        assert passes_the_real_check(host)
        assert "# pinned by the pipeline team" in host.text(CORE)
        assert "changed=0" in again.output and "changed=1" not in again.output


def passes_the_real_check(host):
    """A new login finds the variable, both stores verify the leaf, and the core is pinned."""
    bundle = host.login('printf %s "$SHOTGUN_API_CACERTS"')
    verified = [host.run("openssl", "verify", *store, "/srv/leaf.pem", check=False).returncode == 0
                for store in (["-CApath", "/etc/ssl/certs", "-no-CAfile"],
                              ["-CAfile", BUNDLE, "-no-CApath"])]
    return bundle == BUNDLE and all(verified) and "version: v0.23.10" in host.text(CORE)


# ---- what stays on the host ----

def test_the_program_is_staged_once_into_a_directory_of_root(fleet, ansible):
    host = add(fleet, "a", **AS_DEPLOY)
    assert env_task(fleet).last("a")[1]["changed"]
    staged = f"{STORE}/{ansible.hash}/trustmend"
    info = host.outside(staged).stat()
    assert (info.st_uid, info.st_mode & 0o7777) == (0, 0o755)
    assert sorted(os.listdir(host.outside(STORE))) == [ansible.hash]
    assert os.listdir(host.outside(f"{STORE}/{ansible.hash}")) == ["trustmend"]
    assert not env_task(fleet).last("a")[1]["changed"]
    assert host.outside(staged).stat().st_ino == info.st_ino
    assert not os.listdir(host.outside("/tmp"))
    assert not host.exists("/home/deploy/.ansible") or not any(
        host.outside("/home/deploy/.ansible").rglob("*trustmend*"))


def test_without_become_the_program_is_staged_for_the_user(fleet, ansible):
    host = add(fleet, "a", ansible_user="deploy")
    run = fleet.task("env", {"name": "STUDIO", "value": "1", "scope": "user"})
    assert run.last("a")[0] == "ok", run
    staged = host.outside(f"/home/deploy/.cache/trustmend/{ansible.hash}/trustmend").stat()
    assert staged.st_uid == host.outside("/home/deploy").stat().st_uid
    assert not host.exists(STORE)


@pytest.mark.parametrize("damage", ["truncated", "another", "empty", "link"])
def test_a_wrong_staged_program_is_replaced(fleet, ansible, damage):
    host = add(fleet, "a")
    staged = f"{STORE}/{ansible.hash}/trustmend"
    good = ansible.program.read_bytes()
    content = {"truncated": good[:len(good) // 2], "empty": b"",
               "another": b"#!/bin/sh\ntouch /srv/was-here\n"}
    if damage == "link":
        host.write("/srv/other", content["another"], 0o755)
        host.outside(f"{STORE}/{ansible.hash}").mkdir(parents=True)
        host.outside(staged).symlink_to("/srv/other")
    else:
        host.write(staged, content[damage], 0o755)
    run = env_task(fleet)
    assert run.status == 0 and run.last("a")[1]["changed"], run
    assert not host.outside(staged).is_symlink() and host.outside(staged).read_bytes() == good
    assert not host.exists("/srv/was-here")


def test_a_staging_directory_of_somebody_else_is_refused(fleet, ansible):
    host = add(fleet, "a")
    host.write(f"{STORE}/{ansible.hash}/trustmend", ansible.program.read_bytes(), 0o755)
    host.run("chown", "-R", "deploy", f"{STORE}/{ansible.hash}")
    status, result = env_task(fleet).last("a")
    assert status == "failed" and "belongs to somebody else" in result["msg"]
    assert not host.exists("/etc/environment") or "SHOTGUN" not in host.text("/etc/environment")


def test_an_installed_program_of_the_same_version_is_preferred(fleet, ansible):
    host = add(fleet, "a")
    install(host, ansible)
    assert env_task(fleet).last("a")[1]["changed"]
    assert not host.exists(STORE)


def test_an_installed_program_of_another_version_is_not_used(fleet):
    host = add(fleet, "a")
    host.write("/usr/bin/trustmend", "#!/bin/sh\necho trustmend 0.0.1\n", 0o755)
    assert env_task(fleet).last("a")[1]["changed"]
    assert host.exists(STORE)


# ---- what Ansible offers around a task ----

@pytest.mark.parametrize("method", ["sudo", "su"])
def test_become_with_a_password(fleet, method):
    host = add(fleet, "a", ansible_user="artist", ansible_become=True,
               ansible_become_method=method, ansible_become_password=PASSWORD)
    run = env_task(fleet)
    assert run.status == 0 and run.last("a")[1]["changed"], run
    assert "SHOTGUN_API_CACERTS=/opt/x.pem" in host.text("/etc/environment")


def test_without_pipelining(fleet):
    host = add(fleet, "a", **AS_DEPLOY, ansible_pipelining=False)
    for changed in (True, False):
        run = env_task(fleet)
        assert run.status == 0 and run.last("a")[1]["changed"] is changed, run
    assert not os.listdir(host.outside("/tmp"))


def test_no_log_hides_values(fleet):
    add(fleet, "a")
    run = env_task(fleet, "/opt/very-secret.pem", "-vvv", "--diff", no_log=True)
    assert run.status == 0 and "very-secret" not in run.output, run
    assert "very-secret" not in json.dumps(run.results)


def test_a_loop(fleet):
    host = add(fleet, "a")
    run = fleet.task("env", {"name": "{{ item }}", "value": "1"}, loop=["STUDIO_A", "STUDIO_B"])
    assert run.status == 0 and run.last("a")[1]["changed"], run
    assert {"STUDIO_A=1", "STUDIO_B=1"} <= set(host.text("/etc/environment").split())


def test_delegation_works_on_the_other_host(fleet):
    first, second = add(fleet, "a"), add(fleet, "b", **AS_ARTIST)
    run = env_task(fleet, hosts="a", delegate_to="b")
    assert run.status == 0, run
    assert "SHOTGUN_API_CACERTS" in second.text("/etc/environment")
    assert first.tree() == {}


def test_an_async_task_is_refused(fleet):
    host = add(fleet, "a")
    run = env_task(fleet, **{"async": 30, "poll": 5})
    status, result = run.last("a")
    assert status == "failed" and "async" in result["msg"], run
    assert host.tree() == {}


def test_info_reads_and_changes_nothing(fleet):
    host = add(fleet, "a")
    for options in (["--check"], []):
        run = fleet.task("info", {}, *options)
        status, result = run.last("a")
        assert status == "ok" and not result["changed"] and len(result["resources"]) >= 4, run
    assert not host.exists(BUNDLE)


def test_a_bad_option_is_refused_before_the_host_is_asked(fleet):
    host = add(fleet, "a")
    status, result = fleet.task("env", {"name": "X", "valeu": "1"}).last("a")
    assert status == "failed" and "valeu" in result["msg"]
    assert host.tree() == {}


# ---- files of the controller ----

@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_local_certificate_travels(fleet, ca, form):
    host = add(fleet, "a", **AS_DEPLOY)
    fleet.file(f"ca.{form}", ca.text if form == "pem" else ca.der)
    run = fleet.task("anchor", {"certificate": f"ca.{form}", "sha256": ca.sha256})
    assert run.status == 0 and run.last("a")[1]["changed"], run
    host.write("/srv/ca.pem", ca.text)
    host.run("openssl", "verify", "-CApath", "/etc/ssl/certs", "-no-CAfile", "/srv/ca.pem")


def test_a_certificate_on_the_host(fleet, ca):
    host = add(fleet, "a")
    host.write("/srv/ca.pem", ca.text)
    run = fleet.task("anchor", {"certificate": "/srv/ca.pem", "remote_src": True})
    assert run.status == 0 and run.last("a")[1]["changed"], run


def test_a_missing_local_file_is_told(fleet):
    host = add(fleet, "a")
    status, result = fleet.task("anchor", {"certificate": "nowhere.pem"}).last("a")
    assert status == "failed"
    assert "nowhere.pem" in result["msg"] and "remote_src" in result["msg"]
    assert host.tree() == {}


# ---- hosts that cannot ----

def fake_machine(host, machine):
    host.write("/usr/local/bin/uname", '#!/bin/sh\n[ "$1" = -m ] && echo ' + machine
               + ' || exec /bin/uname "$@"\n', 0o755)


def test_an_unreachable_host_hurts_no_other(fleet):
    add(fleet, "a")
    add(fleet, "gone").stop()
    run = env_task(fleet)
    assert run.last("gone")[0] == "unreachable"
    assert run.last("a")[1]["changed"]


def test_among_ten_hosts_three_fail_with_their_reason(fleet, ansible, ca):
    fleet.file("studio-ca.pem", ca.text)
    good = [f"good{number}" for number in range(7)]
    for name in good:
        add(fleet, name).write(CORE, OLD_CORE)
    full = add(fleet, "full", disk="12m")
    readonly = add(fleet, "readonly")
    wrong = add(fleet, "wrong")
    for host in (full, readonly, wrong):
        host.write(CORE, OLD_CORE)
    install(full, ansible)
    full.run("sh", "-c", "cat /dev/zero >/srv/filler", check=False)
    readonly.run("mount", "--bind", "/etc", "/etc")
    readonly.run("mount", "-o", "remount,bind,ro", "/etc")
    fake_machine(wrong, "riscv64")
    before = {name: fleet.hosts[name].tree() for name in ("full", "wrong")}

    run = role(fleet)
    for name in good:
        assert run.last(name)[0] == "ok" and run.last(name)[1]["changed"], run
    for name, reason in {"full": "No space left", "readonly": "Read-only file system",
                         "wrong": "Linux-riscv64"}.items():
        status, result = run.last(name)
        assert status == "failed" and reason.lower() in result["msg"].lower(), result["msg"]
    assert "Linux-x86_64" in run.last("wrong")[1]["msg"]
    hints = [r["error"]["hint"] for name in ("full", "readonly")
             for r in run.last(name)[1]["resources"] if r["error"]]
    assert hints and all(hints), run.last("full")
    for name, tree in before.items():
        assert nothing_half_written(tree, fleet.hosts[name].tree()), name
    assert not [n for n in readonly.tree() if n.startswith("etc/")]


def nothing_half_written(before, after):
    """Directories may have been made; no file is new or another one."""
    files = [{name: entry for name, entry in tree.items() if entry[3] is not None}
             for tree in (before, after)]
    assert files[0] == files[1]
    return True


def test_a_full_disk_under_the_staging_is_told_and_leaves_nothing(fleet):
    host = add(fleet, "a", disk="2m")
    host.run("sh", "-c", "cat /dev/zero >/srv/filler", check=False)
    host.run("truncate", "-s", "-600K", "/srv/filler")
    before = host.tree()
    for options in ([], ["--check"]):
        status, result = env_task(fleet, "/opt/x.pem", *options).last("a")
        assert status == "failed" and "below" in result["msg"], result
        assert nothing_half_written(before, host.tree())


# ---- killed in the middle ----

@pytest.mark.parametrize("moment", ["/usr/local/bin/sha256sum",
                                    "/etc/ca-certificates/update.d/zz-wait"],
                         ids=["staging", "rebuilding"])
def test_after_a_killed_controller_the_next_run_converges(fleet, ca, moment):
    fleet.file("studio-ca.pem", ca.text)
    host = add(fleet, "a")
    host.write(CORE, OLD_CORE)
    host.write(moment, "#!/bin/sh\ntouch /srv/here\nsleep 2\nexec /usr/bin/sha256sum\n", 0o755)
    process = fleet.start(role_play())
    limit = time.monotonic() + 60
    while not host.exists("/srv/here"):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    kill_group(process)
    fleet.forget_connections()
    assert "v0.18.91" in host.text(CORE)
    host.outside(moment).unlink()
    converges_after_an_interruption(fleet, host)


@pytest.mark.parametrize("moment", ["staging", "/etc/ca-certificates/update.d"])
def test_after_a_killed_program_the_next_run_converges(fleet, ansible, ca, moment):
    fleet.file("studio-ca.pem", ca.text)
    host = add(fleet, "a")
    host.write(CORE, OLD_CORE)
    if moment == "staging":  # the shell that receives the program dies with it
        host.write("/usr/local/bin/sha256sum", "#!/bin/sh\nkill -9 $PPID\nsleep 1\n", 0o755)
        trap = "/usr/local/bin/sha256sum"
    else:
        install(host, ansible)
        trap = f"{moment}/zz-kill"
        host.write(trap, "#!/bin/sh\nfor p in /proc/[0-9]*; do\n"
                   "case $(readlink $p/exe) in */trustmend) kill -9 ${p#/proc/};; esac\ndone\n",
                   0o755)
    run = role(fleet)
    assert run.status != 0, run
    host.outside(trap).unlink()
    converges_after_an_interruption(fleet, host)


def converges_after_an_interruption(fleet, host):
    run = role(fleet)
    assert run.status == 0, run
    again = role(fleet)
    assert again.status == 0 and not again.last(host.name)[1]["changed"], again
    assert "version: v0.23.10" in host.text(CORE)
    assert host.login('printf %s "$SHOTGUN_API_CACERTS"') == BUNDLE
    host.run("openssl", "verify", "-CAfile", BUNDLE, "/usr/local/share/ca-certificates/"
             + os.listdir(host.outside("/usr/local/share/ca-certificates"))[0])
    left = [name for name in host.tree() if name.rpartition("/")[2].startswith((".new", ".tmd"))]
    assert not left
