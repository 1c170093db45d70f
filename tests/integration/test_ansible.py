"""
The Ansible collection, built, installed from its tarball, and used by its full name against real
hosts without Python: Debian 11, 12 and 13 behind SSH, with the newest ansible-core, and with
Debian's too where a test is about what Ansible itself does.

Starting Ansible is what costs time. So a test runs as few plays as it can, each over all the
hosts and tasks that it is about.
"""

import base64
import json
import os
import pathlib
import subprocess
import threading
import time

import pytest

from integration.ansible_fleet import PASSWORD, Fleet, Unavailable, kill_group
from integration.ansible_local import Installed, build_collection

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CORES = ("debian", "newest")
BOTH = pytest.mark.parametrize("ansible", CORES, indirect=True)
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
AS_DEPLOY = {"ansible_user": "deploy", "ansible_become": True}
AS_ARTIST = {"ansible_user": "artist", "ansible_become": True,
             "ansible_become_password": PASSWORD}
WITH_SU = {**AS_ARTIST, "ansible_become_method": "su"}


@pytest.fixture(scope="session")
def tarball(tmp_path_factory):
    """The collection as it is handed out, of the programs in dist/."""
    programs = os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist"
    if not (pathlib.Path(programs) / PROGRAM).exists():
        pytest.skip(f"{programs}/{PROGRAM} is not built: run scripts/build-portable all")
    return build_collection(tmp_path_factory.mktemp("tarball"))


class Ansible(Installed):
    """One for the fleet, whose hosts are of this machine's architecture."""

    def __init__(self, directory, tarball, which):
        super().__init__(directory, tarball, which)
        self.hash = self.hashes["Linux-x86_64"]
        self.program = self.installed / "plugins/module_utils/_bin" / PROGRAM


@pytest.fixture(scope="session")
def installed(tarball, tmp_path_factory):
    made = {}

    def install_for(name):
        if name not in made:
            try:
                made[name] = Ansible(tmp_path_factory.mktemp(f"ansible-{name}"), tarball, name)
            except Unavailable as why:
                pytest.skip(str(why))
        return made[name]

    return install_for


@pytest.fixture
def ansible(request, installed):
    """The newest; tests with BOTH get Debian's as well."""
    return installed(getattr(request, "param", "newest"))


@pytest.fixture
def fleet(ansible, bases):
    with Fleet(bases, ansible.programs, ansible.directory) as made:
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
    wish = {"name": "SHOTGUN_API_CACERTS", "value": value, "force": True}
    return fleet.task("env", wish, *options, **keywords)


def plays(*tasks, **play):
    """A play of tasks; a name and a module of the collection with its options is one."""
    listed = [{"name": name, f"trustmend.trustmend.{module}": options, **keywords}
              for name, module, options, keywords in tasks]
    return {"name": "fleet", "hosts": "all", "gather_facts": False, "tasks": listed, **play}


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
    host.run("update-ca-certificates")
    host.write(CORE, OLD_CORE)


def changes(result):
    return [(r["type"], r["name"], r["changed"], r["changes"]) for r in result["resources"]]


def install(host, ansible):
    """An installed trustmend of this version, in its place."""
    host.write("/usr/bin/trustmend", ansible.program.read_bytes(), 0o755)


def left_over(host, but=("tmp",)):
    """What there is besides directories that only were looked into."""
    return [name for name in host.tree() if name not in but]


def variables_of(host):
    return host.text("/etc/environment").split() if host.exists("/etc/environment") else []


# ---- the role, from a broken host to one where the real check passes ----

LOGINS = {"root": {}, "sudo": AS_DEPLOY, "password": AS_ARTIST}
EVERY = [(age, login) for age in KINDS for login in LOGINS]
ONE_EACH = list(zip(KINDS, LOGINS, strict=True))


@pytest.mark.parametrize("ansible, wanted", [("newest", EVERY), ("debian", ONE_EACH)],
                         indirect=["ansible"], ids=["newest", "debian"])
def test_the_role_mends_broken_hosts_of_three_ages_with_every_login(fleet, ca, pki, wanted):
    leaf = pki.leaf(ca, "studio.example")
    fleet.file("studio-ca.pem", ca.text)
    broken = {}
    for age, login in wanted:
        host = add(fleet, f"{age}-{login}", KINDS[age], like=broken.get(age), **LOGINS[login])
        if age not in broken:
            broken[age] = host
            break_host(host)
            assert host.run("sh", "-c", "command -v python3", check=False).returncode
            host.write("/srv/leaf.pem", leaf.text)
        assert not passes_the_real_check(host)
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
    said = [host.login('printf %s "$SHOTGUN_API_CACERTS"') == BUNDLE,
            "version: v0.23.10" in host.text(CORE)]
    for store in (["-CApath", "/etc/ssl/certs", "-no-CAfile"], ["-CAfile", BUNDLE, "-no-CApath"]):
        verified = host.run("openssl", "verify", *store, "/srv/leaf.pem", check=False)
        said.append(verified.returncode == 0)
    assert len(set(said)) == 1, said
    return all(said)


@BOTH
def test_list_variables_of_the_role_may_be_texts_or_empty(fleet, ca, pki):
    host = add(fleet, "a")
    host.write(CORE, OLD_CORE)
    fleet.file("studio-ca.pem", ca.text)
    fleet.file("proxy.pem", pki.root("Proxy CA").text)
    texts = {"shotgrid_ssl_extra_ca": "studio-ca.pem, proxy.pem",
             "shotgrid_ssl_roots": "builtin:amazon-root-ca-1",
             "shotgrid_ssl_bundle_sources": "system",
             "shotgrid_ssl_core_configs": "/mnt/projects/demo"}
    lists = {"shotgrid_ssl_extra_ca": ["studio-ca.pem", "proxy.pem"],
             "shotgrid_ssl_roots": ["builtin:amazon-root-ca-1"]}
    empty = {"shotgrid_ssl_extra_ca": [], "shotgrid_ssl_roots": [], "shotgrid_ssl_core_configs": []}
    planned = {}
    for name, variables in {"texts": texts, "lists": lists, "empty": empty}.items():
        run = role(fleet, "--check", **variables)
        assert run.last("a")[0] == "ok", run
        planned[name] = changes(run.last("a")[1])
    assert planned["texts"] == planned["lists"] and len(planned["lists"]) == 6
    assert [kind for kind, *_more in planned["empty"]] == ["bundle", "env"]
    run = role(fleet, "--check", shotgrid_ssl_extra_ca={"studio": "studio-ca.pem"})
    assert run.last("a")[0] == "failed", run
    run = role(fleet, "--check", shotgrid_ssl_extra_cas=["studio-ca.pem"])
    assert run.last("a")[0] == "failed", run
    assert "did you mean extra_ca?" in run.last("a")[1]["msg"]
    assert "shotgrid_ssl_extra_cas: the profile has no variable" in run.last("a")[1]["msg"]


@BOTH
def test_check_mode_names_a_variable_that_points_to_no_bundle(fleet, ca):
    """A web page, nothing, a bundle of other roots: whether it is to stay as it is, or to be mended."""
    reasons = {"page": "HTML", "nothing": "there is no file", "lacks": "amazon-root-ca-1"}
    for name in reasons:
        host = add(fleet, name)
        host.write("/opt/lacks.pem", ca.text)
        host.write("/opt/page.pem", "<!DOCTYPE html><html><body>log in</body></html>\n")
        host.write("/etc/environment", f"SHOTGUN_API_CACERTS=/opt/{name}.pem\n")
    run = fleet.run(plays(
        ("stay", "env", {"name": "SHOTGUN_API_CACERTS", "value": "/opt/{{ inventory_hostname }}.pem",
                         "targets": ["etc_environment"]}, {"ignore_errors": True}),
        ("mend", "env", {"name": "SHOTGUN_API_CACERTS", "value": "/etc/ssl/certs/ca-certificates.crt",
                         "targets": ["etc_environment"]}, {})), "--check")
    for name, reason in reasons.items():
        assert [line["status"] for line in run.of(name)] == ["failed", "ok"], run
        for line in run.of(name):
            assert f"/opt/{name}.pem" in line["result"]["msg"], line
            assert reason in line["result"]["msg"], line["result"]["msg"]


def test_three_hundred_projects_are_one_resource_of_the_role(fleet):
    """Three are broken and one is at a path: they are named, and fail the host; two are not mounted."""
    host, fine = add(fleet, "a"), add(fleet, "fine")
    broken = {7: "location: [\n", 70: "location:\n  type: app_store\n  name: tk-core\n", 170: "a: b: c\n",
              99: "location:\n  type: dev\n  path: /opt/dev\n"}
    for number in range(300):
        path = f"/mnt/projects/p{number:03}/config/core/core_api.yml"
        host.write(path, broken.get(number, OLD_CORE))
        if number not in broken:
            fine.write(path, OLD_CORE)
    options = {"shotgrid_ssl_extra_ca": [], "shotgrid_ssl_core_missing": "ok",
               "shotgrid_ssl_core_configs": "/mnt/projects/*, /mnt/gone/a, /mnt/gone/b"}
    planned, applied, again = (role(fleet, *words, **options) for words in (["--check", "--diff"], [], []))
    for run in (planned, applied, again):
        status, result = run.last("a")
        assert status == "failed" and "4 of 302 projects are left as they are" in result["msg"], run
        for number in broken:
            assert [text for text in result["warnings"] if f"p{number:03}: line" in text], result["warnings"]
        status, result = run.last("fine")
        assert status == "ok" and result["changed"] == (run is not again), run
        assert [text for text in result["warnings"] if "/mnt/gone/a, /mnt/gone/b" in text]
        assert len(run.output.splitlines()) <= 50, run
    assert "core_api /mnt/projects/*,/mnt/gone/a,/mnt/gone/b: 296 projects" in planned.last("fine")[1]["msg"]
    for number in range(300):
        text = host.text(f"/mnt/projects/p{number:03}/config/core/core_api.yml")
        assert text == broken[number] if number in broken else "v0.23.10" in text


def registered_on_this_machine():
    """What the kernel runs through something else, for everybody; seen in a passing namespace."""
    return subprocess.run(
        ["unshare", "--mount", "sh", "-c", "mount -t binfmt_misc none /mnt && ls /mnt"],
        stdout=subprocess.PIPE, check=False, text=True).stdout


def test_a_host_of_another_architecture_gets_its_own_program(fleet, ansible, ca):
    fleet.file("studio-ca.pem", ca.text)
    before = registered_on_this_machine()
    hosts = {"Linux-aarch64": add(fleet, "arm", "bookworm-ssh-arm64", **AS_DEPLOY),
             "Linux-x86_64": add(fleet, "amd", **AS_DEPLOY)}
    assert hosts["Linux-aarch64"].login("uname -m", "deploy").strip() == "aarch64"
    for host in hosts.values():
        host.write(CORE, OLD_CORE)
    planned = role(fleet, "--check")
    runs = [role(fleet), role(fleet)]
    for key, host in hosts.items():
        for changed, run in zip((True, False), runs, strict=True):
            status, result = run.last(host.name)
            assert (status, result["changed"]) == ("ok", changed), run
        assert changes(planned.last(host.name)[1]) == changes(runs[0].last(host.name)[1])
        assert os.listdir(host.outside(STORE)) == [ansible.hashes[key]]
        assert "version: v0.23.10" in host.text(CORE)
    head = hosts["Linux-aarch64"].outside(
        f"{STORE}/{ansible.hashes['Linux-aarch64']}/trustmend").read_bytes()[:20]
    assert head[:4] == b"\x7fELF" and head[18:20] == b"\xb7\x00"
    assert registered_on_this_machine() == before


def test_the_playbook_and_the_inventory_of_the_collection_work_as_they_are(fleet, ansible, ca):
    host = add(fleet, "a")
    inventory = fleet.directory / "example.yml"
    inventory.write_text((ansible.installed / "inventory/example.yml").read_text())
    (fleet.directory / "studio-ca.pem").write_text(ca.text)
    break_host(host)
    here = {"ansible_host": "127.0.0.1", "ansible_port": host.port, "ansible_user": "deploy"}
    for options, lines in (["--check", "--diff"], 40), (["--check"], 10), ([], 11):
        run = fleet.run("trustmend.trustmend.shotgrid_ssl", "-i", inventory, *options,
                        "--limit", "ws01.studio.example", "-e", json.dumps(here))
        status, result = run.last("ws01.studio.example")
        assert status == "ok" and result["changed"], run
        types = [resource["type"] for resource in result["resources"]]
        assert types == ["anchor"] * 3 + ["bundle", "env", "core_api"]
        assert len(run.output.splitlines()) <= lines, run
        done = "would change: " if options else "changed: "
        assert result["msg"].startswith("5 of 6 resources " + done), result["msg"]
        for said in ("starfield-services-root-g2", "studio-ca.pem", BUNDLE, "SHOTGUN_API_CACERTS", "v0.18.91 -> v0.23.10"):
            assert said in result["msg"], result["msg"]


# ---- what --diff shows ----

@BOTH
def test_a_diff_tells_of_all_files_that_change(fleet, ca):
    host = add(fleet, "a")
    fleet.file("studio-ca.pem", ca.text)
    bundle = {"path": BUNDLE, "sources": ["studio-ca.pem"], "requires": []}
    assert fleet.task("bundle", {**bundle, "mode": "0600"}).status == 0
    before = host.tree()
    only_mode = plays(("mode", "bundle", {**bundle, "mode": "0640", "group": "deploy"}, {}))
    planned, applied = fleet.run(only_mode, "--check", "--diff"), fleet.run(only_mode, "--diff")
    assert [entry for entry in host.tree().items() if entry[1] != before.get(entry[0])] == [
        (BUNDLE[1:], ("-rw-r-----", 0, host.outside("/home/deploy").stat().st_gid,
                      before[BUNDLE[1:]][3]))]
    for run in (planned, applied):
        shown, = run.last("a")[1]["diff"]
        assert shown["prepared"] == f"bundle {BUNDLE}\n  mode: 0600 -> 0640, group: root -> deploy\n"
        assert shown["prepared"] in run.output

    before = host.tree()
    planned, applied = env_task(fleet, "/opt/x.pem", "--check", "--diff"), env_task(
        fleet, "/opt/x.pem", "--diff")
    changed = {name for name, entry in host.tree().items()
               if entry != before.get(name) and entry[3] is not None}
    targets = {"etc_environment": "etc/environment", "profile_d": "etc/profile.d/",
               "systemd": "etc/systemd/", "environment_d": "environment.d/"}
    assert len(changed) > 1
    for run in (planned, applied):
        shown = run.last("a")[1]["diff"][0]["prepared"]
        for name in changed:
            target, = (target for target, part in targets.items() if part in name)
            assert f"per_target.{target}: (none) -> /opt/x.pem" in shown, (name, shown)
        assert shown.startswith("env SHOTGUN_API_CACERTS\n") and "  /etc/environment:\n" in shown


# ---- what stays on the host ----

def test_the_program_is_staged_once_and_belongs_to_who_runs_it(fleet, ansible):
    hosts = {"root": add(fleet, "root"), "sudo": add(fleet, "sudo", **AS_DEPLOY),
             "user": add(fleet, "user", ansible_user="deploy", scope="user"),
             "other": add(fleet, "other", **AS_DEPLOY, ansible_become_user="artist", scope="user")}
    stores = {"root": STORE, "sudo": STORE, "user": "/home/deploy/.cache/trustmend",
              "other": "/home/artist/.cache/trustmend"}
    staged = {name: host.outside(f"{stores[name]}/{ansible.hash}/trustmend")
              for name, host in hosts.items()}
    options = {"name": "STUDIO", "value": "1", "scope": "{{ scope | default('machine') }}"}
    first = fleet.task("env", options)
    inodes = {name: path.stat().st_ino for name, path in staged.items()}
    again = fleet.task("env", options)
    for name, host in hosts.items():
        assert first.last(name)[1]["changed"] and not again.last(name)[1]["changed"], first
        info = staged[name].stat()
        owner = host.outside(stores[name]).parent.stat().st_uid
        assert (info.st_ino, info.st_uid, info.st_mode & 0o7777) == (inodes[name], owner, 0o755)
        assert os.listdir(host.outside(stores[name])) == [ansible.hash]
        assert sorted(os.listdir(staged[name].parent)) == ["checked", "trustmend"]
        assert stores[name] == STORE or not host.exists(STORE)
        traces = ("tmp/.", "home/deploy/.ansible")
        assert not [path for path in host.tree() if path.startswith(traces)]


def test_a_wrong_program_in_its_place_is_replaced_and_never_runs(fleet, ansible):
    staged = f"{STORE}/{ansible.hash}/trustmend"
    good = ansible.program.read_bytes()
    content = {"truncated": good[:len(good) // 2], "empty": b"",
               "another": b"#!/bin/sh\ntouch /srv/was-here\n"}
    for name in [*content, "link"]:
        host = add(fleet, name)
        host.write("/srv/other" if name == "link" else staged,
                   content.get(name, content["another"]), 0o755)
    host.outside(staged).parent.mkdir(parents=True)
    host.outside(staged).symlink_to("/srv/other")
    run = env_task(fleet)
    for name, host in fleet.hosts.items():
        assert run.last(name)[0] == "ok" and run.last(name)[1]["changed"], run
        assert not host.outside(staged).is_symlink() and host.outside(staged).read_bytes() == good
        assert not host.exists("/srv/was-here")


def test_a_staging_directory_of_somebody_else_is_refused(fleet, ansible):
    directory = f"{STORE}/{ansible.hash}"
    reasons = {"theirs": "belongs to somebody else", "above": "belongs to somebody else",
               "link": "is a symbolic link"}
    for name in reasons:
        host = add(fleet, name)
        host.write(f"/srv/{ansible.hash}/trustmend", ansible.program.read_bytes(), 0o755)
        host.run("sh", "-c", {
            "theirs": f"mkdir {STORE} && cp -r /srv/* {STORE} && chown -R deploy {directory}",
            "above": f"mkdir {STORE} && cp -r /srv/* {STORE} && chown deploy {STORE}",
            "link": f"mkdir {STORE} && ln -s /srv/{ansible.hash} {directory}"}[name])
    run = env_task(fleet)
    for name, reason in reasons.items():
        status, result = run.last(name)
        assert status == "failed" and f"{reason}: remove it" in result["msg"], run
        assert not variables_of(fleet.hosts[name])


def test_an_installed_program_is_used_when_it_is_of_the_same_version(fleet, ansible):
    same, other = add(fleet, "same"), add(fleet, "other")
    install(same, ansible)
    other.write("/usr/bin/trustmend", "#!/bin/sh\necho trustmend 0.0.1\n", 0o755)
    run = env_task(fleet)
    assert run.last("same")[1]["changed"] and run.last("other")[1]["changed"], run
    assert not same.exists(STORE) and other.exists(STORE)


def test_two_controllers_stage_at_once(fleet, ansible, bases):
    host = add(fleet, "a")
    host.write("/usr/local/bin/sha256sum", "#!/bin/sh\nsleep 1\nexec /usr/bin/sha256sum\n", 0o755)
    with Fleet(bases, ansible.programs, ansible.directory) as second:
        second.lines["a"] = fleet.lines["a"]
        second.write_inventory()
        runs = {}

        def go(name, controller):
            runs[name] = controller.task("env", {"name": name, "value": "1"})

        threads = [threading.Thread(target=go, args=pair)
                   for pair in (("STUDIO_A", fleet), ("STUDIO_B", second))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert all(run.last("a")[0] == "ok" for run in runs.values()), runs
    assert sorted(variables_of(host)) == ["STUDIO_A=1", "STUDIO_B=1"]
    assert sorted(os.listdir(host.outside(f"{STORE}/{ansible.hash}"))) == ["checked", "trustmend"]


# ---- where programs do not run ----

def mount_noexec(host, *directories):
    for path in directories:
        host.run("mount", "--bind", path, path)
        host.run("mount", "-o", "remount,bind,noexec", path)


def test_directories_without_programs_are_gone_around(fleet):
    """`tmp` is how hardened machines are; `own` has one directory left, which it is told."""
    everywhere = ("/tmp", "/var", "/root")
    mount_noexec(add(fleet, "tmp"), "/tmp", "/var/tmp")
    mount_noexec(add(fleet, "var"), "/var")
    mount_noexec(add(fleet, "nowhere"), *everywhere)
    own = add(fleet, "own", ansible_remote_tmp="/srv/own")
    mount_noexec(own, *everywhere)
    own.run("install", "-d", "-m", "0700", "/srv/own")

    planned = env_task(fleet, "/opt/x.pem", "--check")
    for name in ("tmp", "var", "own"):
        assert planned.last(name)[0] == "ok" and planned.last(name)[1]["changed"], planned
        assert not left_over(fleet.hosts[name], ("tmp", "srv", "srv/own", "root", "var/tmp"))
    applied = env_task(fleet)
    for run in (planned, applied):
        status, result = run.last("nowhere")
        assert status == "failed" and "set ansible_remote_tmp" in result["msg"], run
        for path in ("/tmp", "/var/tmp", "/root"):
            assert f"{path}: no program runs there" in result["msg"]
    assert not left_over(fleet.hosts["nowhere"], ("tmp", "root", "var/tmp"))
    for name in ("tmp", "var", "own"):
        status, result = applied.last(name)
        assert status == "ok" and result["changed"], applied
        travels = [text for text in result["warnings"] if "travels with every task" in text]
        stays = name == "tmp"
        assert fleet.hosts[name].exists(STORE) == stays
        assert len(travels) == (not stays) and all("noexec" in text for text in travels)


# ---- what Ansible offers around a task ----

@BOTH
def test_ways_to_become_and_connections_that_take_no_input(fleet):
    add(fleet, "sudo", **AS_ARTIST)
    add(fleet, "su", **WITH_SU)
    add(fleet, "nopipelining", **AS_DEPLOY, ansible_pipelining=False)
    # Here input travels as a file through remote_tmp, whose default two of them cannot write.
    add(fleet, "requiretty", **AS_DEPLOY)
    add(fleet, "locked", **AS_DEPLOY)
    own = add(fleet, "own", **AS_DEPLOY, ansible_remote_tmp="/srv/own")
    for name in ("requiretty", "locked", "own"):
        fleet.hosts[name].write("/etc/sudoers.d/tty", "Defaults requiretty\n", 0o440)
    for name in ("locked", "own"):
        fleet.hosts[name].run("chown", "root", "/home/deploy")
        fleet.hosts[name].run("install", "-d", "-m", "1777", "/srv/own")
    for changed in (True, False):
        run = env_task(fleet)
        for name in fleet.hosts:
            if name == "locked":
                assert run.last(name)[0] == "unreachable", run
            else:
                assert run.last(name)[0] == "ok", run
                assert run.last(name)[1]["changed"] is changed, run
    for name, host in fleet.hosts.items():
        assert not os.listdir(host.outside("/srv/own" if name in ("own", "locked") else "/tmp"))
        assert not [path for path in host.tree() if "trustmend-input" in path]
    assert not own.exists("/home/deploy/.ansible")


@BOTH
def test_no_log_hides_values(fleet):
    add(fleet, "a")
    secret = "/opt/very-secret.pem"
    run = fleet.run(plays(
        ("one", "env", {"name": "STUDIO", "value": secret}, {}),
        ("profile", "apply", {"variables": {"bundle": secret}}, {"check_mode": True}),
        no_log=True), "-vvvvv", "--diff")
    assert run.status == 0 and "very-secret" not in run.output, run
    assert "very-secret" not in json.dumps(run.results)
    given = {"name": "STUDIO", "value": "{{ secret }}"}
    wrong = fleet.run(plays(
        ("choice", "env", {**given, "scope": "bogus"}, {}), ("unknown", "env", {**given, "x": 1}, {}),
        ("null", "env", {"name": ["A"], "value": secret}, {}),
        ("whole", "apply", {"resources": [{"type": "env", **given}], "lock_timeout": "abc"}, {}),
        no_log=True, ignore_errors=True, vars={"secret": secret}), "-vvv")
    assert [line["status"] for line in wrong.of("a")] == ["failed"] * 4, wrong
    assert "very-secret" not in wrong.output + json.dumps(wrong.results), wrong


@BOTH
def test_keywords_of_a_task(fleet):
    first, second = add(fleet, "a"), add(fleet, "b", **AS_ARTIST)
    image = fleet.directory / "image"
    (image / "etc").mkdir(parents=True)
    names = ("STUDIO_A", "STUDIO_B")
    fleet.prefix = ["unshare", "--mount", "sh", "-c",  # root stages below /var/lib here, too
                    'mount -t tmpfs none /var/lib && exec "$@"', "sh"]
    run = fleet.run(plays(
        ("loop", "env", {"name": "{{ item }}", "value": "1"}, {"loop": names}),
        ("again", "env", {"name": "STUDIO_A", "value": "1"},
         {"register": "answer", "until": "not answer.changed", "retries": 2, "delay": 0}),
        ("delegated", "env", {"name": "DELEGATED", "value": "1"},
         {"delegate_to": "b", "run_once": True}),
        ("local", "env", {"name": "LOCAL", "value": "1", "root": str(image)},
         {"delegate_to": "localhost", "run_once": True, "become": False}),
        ("environment", "info", {"list": "env"},
         {"environment": {"PATH": "/nonexistent"}, "ignore_errors": True}),
        ("defaults", "env", {"name": "STUDIO_A", "value": "1"},
         {"ignore_errors": True, "module_defaults": {
             "group/trustmend.trustmend.all": {"lock_timeout": -1}}}),
        ("after", "info", {}, {})))
    assert run.status == 0, run
    got = {(line["host"], line["task"]): line for line in run.results}
    for name, host in fleet.hosts.items():
        assert set(variables_of(host)) >= {f"{variable}=1" for variable in names}
        assert not got[name, "again"]["result"]["changed"]
        assert "has no uname" in got[name, "environment"]["result"]["msg"]
        assert got[name, "defaults"]["status"] == "failed"
        assert "lock" in got[name, "defaults"]["result"]["msg"]
        assert len(got[name, "after"]["result"]["resources"]) >= 4
    assert "DELEGATED=1" in variables_of(second) and "DELEGATED=1" not in variables_of(first)
    assert "LOCAL=1" in (image / "etc/environment").read_text()


@BOTH
def test_check_mode_leaves_nothing_unless_a_task_says_otherwise(fleet):
    reads, writes = add(fleet, "reads"), add(fleet, "writes", **AS_DEPLOY)
    run = fleet.run(plays(
        ("info", "info", {}, {}),
        ("write", "env", {"name": "STUDIO", "value": "1"},
         {"check_mode": False, "when": "inventory_hostname == 'writes'"}),
        strategy="free"), "--check")
    assert run.status == 0, run
    assert not left_over(reads)
    assert "STUDIO=1" in variables_of(writes) and writes.exists(STORE)
    status, result = run.of("reads")[0]["status"], run.of("reads")[0]["result"]
    assert status == "ok" and not result["changed"] and len(result["resources"]) >= 4, run


@BOTH
def test_values_as_playbooks_give_them(fleet):
    host = add(fleet, "a")
    host.write("/etc/environment", "STUDIO=B\xe4r\n".encode("latin-1"))
    password = fleet.file("password", "a password\n")
    vault = subprocess.run(
        [str(fleet.programs / "ansible-vault"), "encrypt_string", "--vault-password-file",
         str(password), "from a vault"], env=fleet.environment(), check=True, text=True,
        stdout=subprocess.PIPE).stdout.strip()
    book = fleet.playbook([])
    lines = vault.splitlines()
    literal = "\n".join(lines[:1] + [" " * 14 + line.strip() for line in lines[1:]])
    book.write_text(f"""
- hosts: all
  gather_facts: false
  vars:
    nothing: null
    listed: [one, "{{{{ 'tw' + 'o' }}}}"]
    secret: {literal}
  tasks:
    - trustmend.trustmend.apply:
        resources:
          - {{type: env, name: NUMBER, value: 8080, user: null}}
          - {{type: env, name: TRUTH, value: true, targets: "{{{{ nothing }}}}"}}
          - {{type: env, name: TEMPLATE, value: "{{{{ listed | join('-') }}}}"}}
          - {{type: env, name: SECRET, value: "{{{{ secret }}}}"}}
          - type: env
            name: LITERAL
            value: {literal}
      diff: true
    - trustmend.trustmend.env: {{name: ALONE, value: true}}
    - trustmend.trustmend.apply:
        variables:
          bundle: "{{{{ nothing }}}}"
          core_version: "{{{{ undefined_thing | default(omit) }}}}"
          extra_ca: null
          core_configs: []
      check_mode: true
""")
    run = fleet.run(book, "--vault-password-file", password)
    assert run.status == 0, run
    content = host.outside("/etc/environment").read_bytes().splitlines()
    assert content[0] == "STUDIO=B\xe4r".encode("latin-1")
    assert "NUMBER" in json.dumps(run.of("a")[0]["result"]["diff"])
    for line in ("NUMBER=8080", "TRUTH=true", "TEMPLATE=one-two", "ALONE=true",
                 'SECRET="from a vault"', 'LITERAL="from a vault"'):
        assert line.encode() in content, line
    paths = {r["type"]: r["state"] for r in run.of("a")[2]["result"]["resources"]}
    assert paths["bundle"]["path"] == BUNDLE


@BOTH
def test_wrong_tasks_are_refused_before_the_host_is_asked(fleet):
    host = add(fleet, "a")
    wrong = {
        "async": ("env", {"name": "X", "value": "1"}, {"async": 30, "poll": 5}),
        "valeu": ("env", {"name": "X", "valeu": "1"}, {}),
        "resources[1] is null": ("apply", {"resources": [{"type": "env"}, None]}, {}),
        "resources[0].sources[1] is null": (
            "apply", {"resources": [{"type": "bundle", "sources": ["system", None]}]}, {}),
        "extra[0] is null": ("bundle", {"path": "/b", "extra": [None]}, {}),
        "'studio' is not built in": ("apply", {"profile": "studio"}, {}),
        "profile: '-x' is a relative path": ("apply", {"profile": "-x", "remote_src": True}, {}),
        "variables.extra_cas: the profile has no variable": (
            "apply", {"variables": {"extra_cas": ["studio-ca.pem"]}}, {}),
        "profile: 'studio.yml' is a relative path": (
            "apply", {"profile": "studio.yml", "remote_src": True}, {}),
        "quote it, '0644'": ("bundle", {"path": "/b", "mode": 420}, {}),
        "resources[0].root: root is an option of the task": (
            "apply", {"resources": [{"type": "env", "name": "X", "root": "/"}]}, {}),
        "where.name: with list: env": ("info", {"list": "env", "where": {"name": "X"}}, {}),
        "variables.bundle is a mapping": (
            "apply", {"variables": {"bundle": {"linux": "/b", "windows": "C:\\b"}}}, {})}
    run = fleet.run(plays(*((reason, module, options, {**keywords, "ignore_errors": True})
                            for reason, (module, options, keywords) in wrong.items())))
    for reason, line in zip(wrong, run.of("a"), strict=True):
        assert line["status"] == "failed" and reason in line["result"]["msg"], line
    assert host.tree() == {} and "exception" not in run.output.lower(), run


@BOTH
def test_a_wrong_resource_fails_alone_with_its_reason(fleet, ca):
    """What the program alone can judge: which words name a file, which paths are whole."""
    host = add(fleet, "a")
    fleet.file("key.der", base64.b64decode("".join(ca.key.read_text().splitlines()[1:-1])))
    wrong = {
        "nowhere.pem": {"type": "anchor", "certificate": "nowhere.pem"},
        "remote_src: true": {"type": "bundle", "path": "/b", "extra": ["no.pem"]},
        "system": {"type": "anchor", "certificate": "system"},
        "attribute 'path' is a relative path: b.pem": {"type": "bundle", "path": "b.pem"},
        "did you mean 'value'?": {"type": "env", "name": "X", "valeu": "1"},
        "did you mean 'env'?": {"type": "evn", "name": "X"},
        "key.der": {"type": "anchor", "certificate": "key.der"}}
    fine = {"type": "env", "name": "FINE", "value": "1", "targets": ["etc_environment"]}
    run = fleet.run(plays(
        ("all", "apply", {"resources": [*wrong.values(), fine]}, {"ignore_errors": True}),
        ("theirs", "anchor", {"certificate": "ca.pem", "remote_src": True}, {"ignore_errors": True})))
    assert [line["status"] for line in run.of("a")] == ["failed", "failed"], run
    batch, theirs = (line["result"] for line in run.of("a"))
    for reason, resource in zip(wrong, batch["resources"]):
        assert resource["error"] and not resource["changed"] and reason in batch["msg"], batch
    assert batch["changed"] and "FINE" in host.text("/etc/environment")
    assert "relative path" in theirs["msg"] and "ca.pem" in theirs["msg"]
    assert ca.key.read_text().splitlines()[1] not in run.output + json.dumps(batch)


@BOTH
def test_certificates_of_the_controller_and_of_the_host(fleet, ca, pki):
    host = add(fleet, "a", **AS_DEPLOY)
    other, theirs = pki.root("Other CA"), pki.root("CA of the host")
    fleet.file("ca.pem", ca.text)
    fleet.file("ca.der", other.der)
    host.write("/srv/theirs.pem", theirs.text)
    run = fleet.run(plays(
        ("two", "apply", {"resources": [
            {"type": "anchor", "certificate": "ca.pem", "sha256": ca.sha256},
            {"type": "anchor", "certificate": "ca.der", "sha256": other.sha256}]}, {}),
        ("theirs", "anchor", {"certificate": "/srv/theirs.pem", "remote_src": True}, {})))
    assert run.status == 0 and all(line["result"]["changed"] for line in run.of("a")), run
    for name, certificate in {"ca": ca, "other": other, "theirs": theirs}.items():
        host.write(f"/srv/{name}.pem", certificate.text)
        host.run("openssl", "verify", "-CApath", "/etc/ssl/certs", "-no-CAfile", f"/srv/{name}.pem")


@BOTH
def test_relative_paths_of_profiles_do_not_begin_where_the_login_does(fleet, ca):
    """Of a file that variables name the controller knows; other relative paths mean nothing."""
    host = add(fleet, "a", **AS_DEPLOY)
    fleet.file("studio.yml", "trustmend: 1\nvariables: {extra: []}\nresources:\n"
               "  - {type: bundle, path: /opt/ca.pem, sources: [planted.pem], extra: '${extra}',\n"
               "     requires: []}\n")
    for directory in ("/home/deploy", "/root"):
        host.write(f"{directory}/planted.pem", ca.text)
    run = fleet.run(plays(
        ("profile", "apply", {"profile": "studio.yml"}, {"ignore_errors": True}),
        ("theirs", "apply", {"profile": "studio.yml", "variables": {"extra": "planted.pem"}},
         {"ignore_errors": True}),
        ("variable", "apply", {"variables": {"extra_ca": "planted.pem"}}, {"ignore_errors": True}),
        ("remote", "apply", {"variables": {"extra_ca": "planted.pem"}, "remote_src": True},
         {"ignore_errors": True})))
    for line in run.of("a"):
        assert line["status"] == "failed" and "planted.pem" in line["result"]["msg"], line
        assert "relative path" in line["result"]["msg"] or line["task"] == "variable", line
    assert "remote_src: true it is looked for" in run.of("a")[2]["result"]["msg"]
    assert not host.exists("/opt/ca.pem")


# ---- hosts that cannot ----

def fake_machine(host, machine):
    host.write("/usr/local/bin/uname", '#!/bin/sh\n[ "$1" = -m ] && echo ' + machine
               + ' || exec /bin/uname "$@"\n', 0o755)


def test_among_ten_hosts_four_fail_with_their_reason(fleet, ansible, ca):
    fleet.file("studio-ca.pem", ca.text)
    good = [f"good{number}" for number in range(6)]
    for name in good:
        add(fleet, name).write(CORE, OLD_CORE)
    full = add(fleet, "full", disk="12m")
    readonly = add(fleet, "readonly")
    wrong = add(fleet, "wrong")
    for host in (full, readonly, wrong):
        host.write(CORE, OLD_CORE)
    add(fleet, "gone").stop()
    install(full, ansible)
    full.run("sh", "-c", "cat /dev/zero >/srv/filler", check=False)
    readonly.run("mount", "--bind", "/etc", "/etc")
    readonly.run("mount", "-o", "remount,bind,ro", "/etc")
    fake_machine(wrong, "riscv64")
    before = {name: fleet.hosts[name].tree() for name in ("full", "wrong")}

    run = role(fleet)
    for name in good:
        assert run.last(name)[0] == "ok" and run.last(name)[1]["changed"], run
    assert run.last("gone")[0] == "unreachable"
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


# ---- ended in the middle ----

STAGING = "/usr/local/bin/sha256sum"
REBUILDING = "/etc/ca-certificates/update.d/zz-wait"
WAIT = """#!/bin/sh
touch /srv/here
while [ -e "$0" ]; do sleep 0.1; done
exec /usr/bin/sha256sum
"""


@pytest.mark.parametrize("moment", [STAGING, REBUILDING], ids=["staging", "rebuilding"])
def test_after_a_killed_controller_the_next_run_converges(fleet, ca, moment):
    host = host_that_waits(fleet, ca, moment)
    process = fleet.start(role_play())
    limit = time.monotonic() + 600
    while not host.exists("/srv/here"):
        assert process.poll() is None and time.monotonic() < limit
        time.sleep(0.01)
    kill_group(process)
    fleet.forget_connections()
    converges_after_an_interruption(fleet, host, moment)


def test_after_a_task_that_ran_out_of_time_the_next_run_converges(fleet, ca):
    host = host_that_waits(fleet, ca, REBUILDING)
    for seconds in (5, 20, 80, 320):  # what a busy machine needs to get there
        run = fleet.run({**role_play(), "timeout": seconds})
        assert run.last("a")[0] == "failed" and str(seconds) in run.last("a")[1]["msg"], run
        if host.exists("/srv/here"):
            break
    assert host.exists("/srv/here")
    converges_after_an_interruption(fleet, host, REBUILDING)


def host_that_waits(fleet, ca, moment):
    fleet.file("studio-ca.pem", ca.text)
    host = add(fleet, "a")
    host.write(CORE, OLD_CORE)
    host.write(moment, WAIT, 0o755)
    return host


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
    converges_after_an_interruption(fleet, host, trap)


def converges_after_an_interruption(fleet, host, trap):
    assert "v0.18.91" in host.text(CORE)
    host.outside(trap).unlink()
    run = role(fleet)
    assert run.status == 0, run
    again = role(fleet)
    assert again.status == 0 and not again.last(host.name)[1]["changed"], again
    assert "version: v0.23.10" in host.text(CORE)
    assert host.login('printf %s "$SHOTGUN_API_CACERTS"') == BUNDLE
    host.run("openssl", "verify", "-CAfile", BUNDLE, "/usr/local/share/ca-certificates/"
             + os.listdir(host.outside("/usr/local/share/ca-certificates"))[0])
    names = [path.rpartition("/")[2] for path in host.tree()]
    assert not [name for name in names if name.startswith((".trustmend", ".tmd"))]
