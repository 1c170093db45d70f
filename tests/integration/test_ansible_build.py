"""What scripts/build-collection takes into the tarball, and which programs it refuses."""

import os
import pathlib
import runpy
import shutil
import subprocess
import tarfile

import pytest

from integration.ansible_local import build_collection

pytestmark = pytest.mark.native_only("the collection takes the program for this machine")

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAMS = ("trustmend-linux-x86_64", "trustmend-linux-aarch64", "trustmend-windows-x86_64.exe")
CACHES = ("plugins/action/__pycache__/env.pyc", "plugins/env.pyc", "tests/unit/.pytest_cache/README",
          ".ruff_cache/x", "tests/output/x", "plugins/filter/__pycache__/resources.cpython-311.pyc")


@pytest.fixture
def source(tmp_path):
    """What the build needs of the sources, in a place of its own."""
    top = tmp_path / "source"
    (top / "scripts").mkdir(parents=True)
    for name in ("build-collection", "programs.sh", "lib.sh"):
        shutil.copy(TOP / "scripts" / name, top / "scripts")
    shutil.copy(TOP / "LICENSE", top)
    shutil.copytree(TOP / "plugins/ansible", top / "plugins/ansible")
    return top


@pytest.fixture
def programs(tmp_path):
    """Programs that only tell a version: what they do is not looked at."""
    directory = tmp_path / "programs"
    directory.mkdir()
    for name in PROGRAMS:
        tells(directory / name, "trustmend 0.1.0")
    return directory


def tells(program, version):
    # It reads what it gets, as an emulator may.
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n[ \"$1\" = --version ] && echo '{version}'\n")
    program.chmod(0o755)


def refusal(source, programs, directory):
    done = subprocess.run([source / "scripts/build-collection", directory], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": str(directory),
                               "TRUSTMEND_PROGRAMS": str(programs)})
    assert done.returncode == 1, done.stdout
    assert not list(directory.glob("*.tar.gz"))
    return done.stdout


def test_the_profiles_that_the_collection_knows_are_those_of_the_program(tm, tmp_path):
    """The program would open another word as a file, and there is none."""
    specs = runpy.run_path(str(TOP / "plugins/ansible/plugins/plugin_utils/specs.py"))
    assert specs["PROFILES"]
    for name in specs["PROFILES"]:
        read = tm("get", name, root=tmp_path)
        assert "error" not in read.json and read.json["results"], read.json
    assert tm("get", "no-such-profile", root=tmp_path).json["error"]["kind"] == "not_found"


def test_caches_do_not_travel(source, programs, tmp_path):
    for name in CACHES:
        path = source / "plugins/ansible" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("left by a tool\n")
    out = tmp_path / "out"
    with tarfile.open(build_collection(out, source, TRUSTMEND_PROGRAMS=str(programs))) as tarball:
        names = tarball.getnames()
    assert "plugins/plugin_utils/specs.py" in names
    assert {f"plugins/module_utils/_bin/{name}" for name in PROGRAMS} <= set(names)
    parts = ("cache", ".pyc", "tests/output")
    assert not [name for name in names if any(part in name for part in parts)]


@pytest.mark.parametrize("name", PROGRAMS)
def test_a_program_of_another_version_is_refused(source, programs, tmp_path, name):
    tells(programs / name, "trustmend 0.0.9")
    said = refusal(source, programs, tmp_path)
    assert f"{programs}/{name} is 'trustmend 0.0.9', and galaxy.yml says\n0.1.0" in said


def test_another_version_in_galaxy_yml_is_refused(source, programs, tmp_path):
    galaxy = source / "plugins/ansible/galaxy.yml"
    galaxy.write_text(galaxy.read_text().replace("version: 0.1.0\n", "version: 0.2.0\n"))
    assert "is 'trustmend 0.1.0', and galaxy.yml says\n0.2.0" in refusal(source, programs, tmp_path)


def test_only_programs_for_other_machines_may_be_unable_to_run(source, programs, tmp_path):
    machine = f"{os.uname().sysname}-{os.uname().machine}".lower()
    here, = (name for name in PROGRAMS if name.endswith(machine))
    for name in set(PROGRAMS) - {here}:
        (programs / name).write_bytes(b"no program of this machine")
    assert build_collection(tmp_path / "out", source, TRUSTMEND_PROGRAMS=str(programs)).exists()
    (programs / here).write_bytes(b"no program of this machine")
    assert f"{here} does not run" in refusal(source, programs, tmp_path)
