"""The Salt extension as it is handed out: built by scripts/build-salt, and made ready for a Salt."""

import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
# By what the name of the wheel ends in.
PROGRAMS = {"x86_64": "trustmend-linux-x86_64", "aarch64": "trustmend-linux-aarch64",
            "win_amd64": "trustmend-windows-x86_64.exe"}


def programs():
    """Where the programs are that travel, or none."""
    directory = pathlib.Path(os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist")
    return directory if (directory / PROGRAMS["x86_64"]).exists() else None


def build(directory, **environment):
    return subprocess.run([TOP / "scripts/build-salt", directory], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "TRUSTMEND_PROGRAMS": str(programs()), **environment})


class Extension:
    """The built files in a directory of their own."""

    def __init__(self, directory):
        made = build(directory)
        assert made.returncode == 0, made.stdout
        (self.tree,) = directory.glob("saltext-trustmend-tree-*.tar.gz")
        self.wheels = {}
        for platform in PROGRAMS:
            (self.wheels[platform],) = directory.glob(f"saltext_trustmend-*{platform}.whl")
        self.wheel = self.wheels["x86_64"]

    def unpack(self, file_roots):
        """The tree, as an administrator without pip has it."""
        subprocess.run(["tar", "-xzf", str(self.tree), "-C", str(file_roots)], check=True)

    def install(self, python, directory):
        """The wheel, in a directory for PYTHONPATH, by the pip of that Python."""
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
                        "--no-index", "--no-deps", "--target", str(directory), str(self.wheel)],
                       check=True)
