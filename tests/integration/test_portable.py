"""The one static program that travels: on a Debian store, and as an old kernel would run it."""

import os
import pathlib
import re
import subprocess

import pytest

from types_there import small_programs

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
WINDOWS_MAX = 3_000_000  # bytes
# What every Windows 10 and Server 2016 brings along; api-ms-win-crt-* is its C runtime.
SYSTEM_DLLS = re.compile(r"(kernel32|advapi32|ntdll|ws2_32)\.dll"
                         r"|api-ms-win-crt-[a-z0-9-]+\.dll", re.IGNORECASE)
NEW_CALLS = "faccessat2,renameat2,getrandom,close_range,statx,openat2,copy_file_range"


@pytest.fixture
def program():
    path = TOP / f"dist/trustmend-linux-{os.uname().machine}"
    if not path.exists():
        pytest.skip(f"{path} is not built: run scripts/build-portable")
    return str(path)


@pytest.fixture
def broken(debian12):
    """A Debian root that lacks one of the documented roots."""
    conf = debian12.text("/etc/ca-certificates.conf")
    debian12.write("/etc/ca-certificates.conf",
                   conf.replace("mozilla/Amazon_Root_CA_1.crt", "!mozilla/Amazon_Root_CA_1.crt"))
    debian12.run("update-ca-certificates")
    return debian12


def apply(*command):
    done = subprocess.run([*command, "--output", "text"], env={"PATH": PATH}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert done.returncode == 0, done.stdout
    return done.stdout


def converges_once(root, *command):
    command += ("apply", "--root", str(root.path))
    assert " 0 changed," not in apply(*command)
    assert "trustmend-8ecde6884f3d87b1" in root.run("ls", "/etc/ssl/certs").stdout
    assert " 0 changed," in apply(*command)


def test_the_static_program_mends_a_store(program, broken):
    converges_once(broken, program)


def test_the_static_program_needs_no_system_call_newer_than_linux_3_10(program, broken, needs):
    needs("strace")
    converges_once(broken, "strace", "-o", "/dev/null", "-e",
                   f"inject={NEW_CALLS}:error=ENOSYS", program)


def test_the_static_program_runs_inside_a_bare_root(program, tmp_path):
    (tmp_path / "trustmend").write_bytes(pathlib.Path(program).read_bytes())
    (tmp_path / "trustmend").chmod(0o755)
    if os.geteuid() != 0:
        pytest.skip("needs root: it runs the program in an empty chroot")
    done = subprocess.run(["chroot", str(tmp_path), "/trustmend", "--version"], env={"PATH": PATH},
                          text=True, stdout=subprocess.PIPE)
    assert done.returncode == 0 and done.stdout.startswith("trustmend ")


def test_windows_programs_are_small_and_need_no_dll_of_their_own(windows_program, needs):
    needs("objdump")
    assert windows_program.stat().st_size <= WINDOWS_MAX
    small = sorted((TOP / "dist/windows").glob("trustmend-*.exe"))
    assert [p.stem for p in small] == small_programs()
    for path in [windows_program, *small]:
        headers = subprocess.run(["objdump", "-p", str(path)], env={"PATH": PATH}, text=True,
                                 stdout=subprocess.PIPE, check=True).stdout
        imported = re.findall(r"DLL Name: (\S+)", headers)
        assert "KERNEL32.dll" in imported or "kernel32.dll" in imported
        assert [name for name in imported if not SYSTEM_DLLS.fullmatch(name)] == [], path
