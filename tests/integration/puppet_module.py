"""The Puppet module as it is handed out: built by scripts/build-puppet, once."""

import os
import pathlib
import subprocess
import tarfile

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = "trustmend-linux-x86_64"
VERSIONS = {"bookworm-puppet": "7", "trixie-puppet": "8"}


def build(directory, **environment):
    """Gives what scripts/build-puppet said and how it ended."""
    programs = os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist"
    return subprocess.run([TOP / "scripts/build-puppet", directory], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "TRUSTMEND_PROGRAMS": str(programs), **environment})


def built(directory):
    """The tarball."""
    made = build(directory)
    assert made.returncode == 0, made.stdout
    tarball, = pathlib.Path(directory).glob("trustmend-trustmend-*.tar.gz")
    return tarball


def unpack(tarball, directory):
    """As `puppet module install` does, which leaves the version out of the name."""
    directory.mkdir(parents=True, exist_ok=True)
    with tarfile.open(tarball) as archive:
        for member in archive:
            member.name = "/".join(["trustmend", *member.name.split("/")[1:]])
            archive.extract(member, directory)
    return directory / "trustmend"
