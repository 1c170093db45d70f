"""How large the programs may be: they travel to every machine of a fleet."""

import os
import pathlib
import subprocess

from types_there import small_programs

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SMALL_LIMIT = 288 * 1024
GRAMMAR = 450 * 1024  # the tables of Python's
SEVERAL = 180 * 1024  # the readers of other types: archives, cores, logins, discovery
PORTABLE_LIMIT = 3500 * 1000


def test_small_programs_are_dynamically_linked_and_below_288_kilobytes(tm):
    for name in small_programs():
        path = tm.program(name)
        linked = subprocess.run(["readelf", "-d", path], check=True, capture_output=True, text=True)
        assert "NEEDED" in linked.stdout and "libc.so" in linked.stdout, name
        assert os.path.getsize(path) < (SMALL_LIMIT + GRAMMAR * (name == "trustmend-script")
                                         + SEVERAL * (name == "trustmend-verdict")), name


def test_the_portable_program_is_static_and_at_most_3500_kilobytes():
    path = TOP / f"dist/trustmend-linux-{os.uname().machine}"
    assert path.exists(), f"{path} is not built: run scripts/build-portable"
    headers = subprocess.run(["readelf", "-l", path], check=True, capture_output=True, text=True)
    assert "INTERP" not in headers.stdout
    assert path.stat().st_size <= PORTABLE_LIMIT
