"""What scripts/build-salt makes: wheels and a tree, installed and used in both series of Salt."""

import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import zipfile

import pytest

from integration.salt_extension import PROGRAMS, build
from integration.salt_local import SERIES, Unavailable, salt_programs

pytestmark = pytest.mark.native_only("the extension takes the program for this machine")

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
LIMIT = 600  # seconds for one run of Salt's
PRIVATE = ["unshare", "-m", "sh", "-ec"]  # what is mounted ends with the run


@pytest.fixture(scope="module", params=SERIES)
def salt(request):
    try:
        return salt_programs(request.param)
    except Unavailable as error:
        pytest.skip(str(error))


class Minion:
    """One without a master, which manages a directory."""

    def __init__(self, salt, directory):
        self.salt = salt
        self.python = salt / "python"
        self.directory = directory
        self.roots = directory / "roots"
        self.site = directory / "site"
        self.cache = directory / "var/cache/salt/minion"
        (directory / "root/etc").mkdir(parents=True)
        self.roots.mkdir()
        self.configure()

    def configure(self, **options):
        (self.directory / "minion").write_text(json.dumps({  # JSON is YAML
            "id": "minion", "file_client": "local", "user": "root", "log_level": "warning",
            "root_dir": str(self.directory), "file_roots": {"base": [str(self.roots)]},
            "trustmend.root": str(self.directory / "root"), **options}))

    def install(self, wheel):
        """As an administrator does, beside the Salt that the wheel depends on."""
        environment = self.directory / "environment"
        subprocess.run([self.python, "-m", "venv", "--without-pip", environment], check=True)
        self.python = environment / "bin/python"
        own, = environment.glob("lib/python*/site-packages")
        beside, = self.salt.parent.glob("lib/python*/site-packages")
        (own / "salt.pth").write_text(f"{beside}\n")
        status, said = self.pip("--python", self.python, "install", wheel)
        assert status == 0, said
        return own

    def pip(self, *words):
        done = subprocess.run(
            [self.salt / "pip", *words, "--no-index", "--quiet", "--disable-pip-version-check"],
            check=False, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return done.returncode, done.stdout

    def install_for(self, platform, wheel):
        """Of any platform, into a directory of its own."""
        return self.pip("install", "--no-deps", "--upgrade", "--platform", platform,
                        "--only-binary", ":all:", "--target", self.site, wheel)

    def unpack(self, tree):
        subprocess.run(["tar", "-xf", tree, "-C", self.roots], check=True)
        synced = self.call("saltutil.sync_all")
        assert "modules.trustmend" in json.dumps(synced)

    def start(self, *words, prepare="", before=()):
        command = [*before, self.python, self.salt / "salt-call", "--local", "--out=json",
                   "--retcode-passthrough", "-c", self.directory, *words]
        if prepare:
            command = [*PRIVATE, f'{prepare}\nexec "$@"', "sh", *command]
        return subprocess.run(
            command, text=True, timeout=LIMIT, check=False, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(self.directory),
                 "PYTHONPATH": str(self.site), "PYTHONDONTWRITEBYTECODE": "1",
                 "LC_ALL": "C.UTF-8"})

    def call(self, *words):
        done = self.start(*words)
        assert done.returncode == 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
        return json.loads(done.stdout)["local"]

    def refusal(self, *words, **how):
        done = self.start(*words, **how)
        assert done.returncode != 0 and "Traceback" not in done.stderr, done.stdout + done.stderr
        said = [line for line in done.stderr.splitlines() if line.startswith("Error running")]
        assert len(said) == 1, done.stderr
        return said[0]

    def converges(self):
        """By the module and by a state, whatever brought the program."""
        (self.roots / "variable.sls").write_text("A:\n  trustmend.env:\n    - value: b\n")
        environment = self.directory / "root/etc/environment"
        environment.unlink(missing_ok=True)
        state, = self.call("state.apply", "variable", "test=True").values()
        assert state["result"] is None and state["changes"] and not environment.exists()
        state, = self.call("state.apply", "variable").values()
        assert state["result"] is True and state["changes"]
        assert environment.read_text() == "A=b\n"
        assert self.call("trustmend.plan", "env", "name=A", "value=b")["changed"] is False
        state, = self.call("state.apply", "variable").values()
        assert state["result"] is True and not state["changes"]


@pytest.fixture
def minion(salt, tmp_path):
    return Minion(salt, tmp_path)


# ---- what is built ----


def module_of(text):
    found = re.search(r"^PROGRAMS = (\{.*?^\})$", text, re.MULTILINE | re.DOTALL)
    return json.loads(found[1])


def test_a_wheel_holds_one_program_that_runs_for_any_python_on_its_platforms(extension):
    for platform, program in PROGRAMS.items():
        with zipfile.ZipFile(extension.wheels[platform]) as wheel:
            names = wheel.namelist()
            held, = (name for name in names if "/bin/" in name)
            assert held == f"saltext/trustmend/bin/{program}"
            assert wheel.getinfo(held).external_attr >> 16 & 0o7777 == 0o755
            known = module_of(wheel.read("saltext/trustmend/modules/trustmend.py").decode())
            entry, = (one for one in known.values() if one["file"] == program)
            assert hashlib.sha256(wheel.read(held)).hexdigest() == entry["sha256"]
            assert len(known) == len(PROGRAMS)
            tags, = (wheel.read(name).decode() for name in names if name.endswith("/WHEEL"))
            assert "Root-Is-Purelib: false" in tags
            points, = (wheel.read(name).decode() for name in names
                       if name.endswith("entry_points.txt"))
            assert "[salt.loader]" in points
            assert not [name for name in names if "test" in name or name.endswith(".pyc")]


def test_the_tree_holds_all_programs_and_every_kind_of_module(extension):
    with tarfile.open(extension.tree) as tarball:
        members = {member.name.removeprefix("./"): member for member in tarball if member.isfile()}
        index = json.load(tarball.extractfile(members["trustmend/bin/index.json"]))
        for entry in index["programs"].values():
            member = members[f"trustmend/bin/{entry['file']}"]
            data = tarball.extractfile(member).read()
            assert hashlib.sha256(data).hexdigest() == entry["sha256"]
            assert len(data) == entry["size"] and member.mode == 0o755
        module = tarball.extractfile(members["_modules/trustmend.py"]).read().decode()
    assert module_of(module) == index["programs"] and len(index["programs"]) == len(PROGRAMS)
    assert all(member.uid == member.gid == 0 for member in members.values())
    kinds = {name.parent.name for name in (TOP / "plugins/salt/src/saltext/trustmend").glob(
        "*/trustmend.py")}
    assert {f"_{kind}/trustmend.py" for kind in kinds} <= set(members)
    assert "shotgrid_ssl/init.sls" in members


@pytest.fixture
def programs(tmp_path):
    """Programs that only tell a version: what they do is not looked at."""
    directory = tmp_path / "programs"
    directory.mkdir()
    for name in PROGRAMS.values():
        (directory / name).write_text("#!/bin/sh\necho trustmend 0.1.0\n")
        (directory / name).chmod(0o755)
    return directory


def test_programs_of_another_version_or_none_are_refused(programs, tmp_path):
    (programs / PROGRAMS["aarch64"]).write_text("#!/bin/sh\necho trustmend 0.0.9\n")
    made = build(tmp_path / "out", TRUSTMEND_PROGRAMS=str(programs))
    assert made.returncode == 1
    assert f"{PROGRAMS['aarch64']} is 'trustmend 0.0.9', and pyproject.toml says" in made.stdout
    (programs / PROGRAMS["win_amd64"]).unlink()
    (programs / PROGRAMS["aarch64"]).write_text("#!/bin/sh\necho trustmend 0.1.0\n")
    made = build(tmp_path / "out", TRUSTMEND_PROGRAMS=str(programs))
    assert made.returncode == 1 and f"{PROGRAMS['win_amd64']} is missing" in made.stdout
    assert not (tmp_path / "out").exists()


# ---- the wheel ----


def test_the_wheel_is_all_that_a_minion_needs(extension, minion):
    place = minion.install(extension.wheels[os.uname().machine])
    found = minion.call("trustmend.program")
    assert found["source"] == "extension" and found["path"].startswith(str(place))
    minion.converges()


@pytest.mark.parametrize("salt", SERIES[-1:], indirect=True)
@pytest.mark.parametrize("tag, wheel", [
    ("musllinux_1_1_x86_64", "x86_64"), ("manylinux2014_x86_64", "x86_64"),
    ("manylinux_2_17_aarch64", "aarch64"), ("musllinux_1_1_aarch64", "aarch64"),
    ("win_amd64", "win_amd64"),
])
def test_pip_takes_it_for_every_platform_that_its_program_runs_on(extension, minion, tag, wheel):
    for name in PROGRAMS:
        status, said = minion.install_for(tag, extension.wheels[name])
        assert (status == 0) == (name == wheel), said


def test_a_wheel_for_another_machine_does_not_run_its_program_here(extension, minion):
    other = {"x86_64": "aarch64", "aarch64": "x86_64"}[os.uname().machine]
    minion.install_for(f"manylinux_2_17_{other}", extension.wheels[other])
    said = minion.refusal("trustmend.program")
    assert f"salt://trustmend/bin/{PROGRAMS[os.uname().machine]} could not be fetched" in said
    assert "install" in said
    assert PROGRAMS[other] not in said


# ---- the tree alone ----


def test_the_tree_is_all_that_a_minion_needs(extension, minion):
    minion.unpack(extension.tree)
    staged = [minion.call("trustmend.program") for _ in range(2)]
    assert staged[0] == staged[1] and staged[0]["source"] == "staged"
    assert staged[0]["path"].startswith(f"{minion.cache}/trustmend/")
    shutil.rmtree(minion.roots / "trustmend")  # it is not asked for again
    minion.converges()


def test_an_older_tree_on_the_master_is_told(extension, minion):
    minion.unpack(extension.tree)
    program = minion.roots / "trustmend/bin" / PROGRAMS[os.uname().machine]
    program.write_bytes(program.read_bytes() + b"\0")
    said = minion.refusal("trustmend.program")
    assert "another build than this module" in said and "saltutil.sync_all" in said


def test_a_state_fails_in_one_line_where_there_is_no_program(extension, minion):
    minion.unpack(extension.tree)
    shutil.rmtree(minion.roots / "trustmend")
    (minion.roots / "variable.sls").write_text("A:\n  trustmend.env:\n    - value: b\n")
    done = minion.start("state.apply", "variable")
    state, = json.loads(done.stdout)["local"].values()
    assert state["result"] is False and "there is no trustmend" in state["comment"]
    assert "Traceback" not in done.stdout + done.stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts")
@pytest.mark.parametrize("options, told", [
    ("noexec", "runs no programs (noexec)"),
    ("size=1m", "No space left on device"),
])
def test_a_cache_that_cannot_hold_a_program_is_told_with_the_reason(extension, minion, options, told):
    minion.unpack(extension.tree)
    place = minion.cache / "trustmend"
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    said = minion.refusal("trustmend.plan", "env", "name=A", "value=b",
                          prepare=f"mount -t tmpfs -o mode=755,{options} none {place}")
    assert told in said and str(place) in said and "trustmend.program" in said


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts, and changes the user")
def test_a_minion_of_an_ordinary_user_is_told_what_needs_root(extension, minion, tmp_path):
    """Salt is seen at another place: root's home is closed to others."""
    minion.unpack(extension.tree)
    minion.configure(user="nobody")
    there = tmp_path / "salt"
    there.mkdir()
    for path in (minion.directory, *minion.directory.parents):
        if path.stat().st_uid == 0 and path != pathlib.Path("/"):
            path.chmod(path.stat().st_mode | 0o055)
    subprocess.run(["chown", "-R", "nobody:", minion.directory / "var", minion.directory / "etc"],
                   check=False)
    home, minion.salt, minion.python = minion.salt.parent, there / "bin", there / "bin/python"
    done = minion.start("trustmend.plan", "env", "name=A", "value=b",
                        prepare=f"mount --bind {home} {there}",
                        before=["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"])
    answer = json.loads(done.stdout)["local"]
    error = answer["results"][0]["error"]
    assert error["kind"] == "permission" and error["hint"], done.stdout
