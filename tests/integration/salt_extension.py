"""The Salt extension as it is handed out: built by scripts/build-salt, and made ready for a Salt."""

import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = "trustmend-linux-x86_64"


def programs():
    """Where the programs are that travel, or none."""
    directory = pathlib.Path(os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist")
    return directory if (directory / PROGRAM).exists() else None


class Extension:
    """The built files in a directory of their own."""

    def __init__(self, directory):
        subprocess.run([str(TOP / "scripts/build-salt"), str(directory)], check=True,
                       env={**os.environ, "TRUSTMEND_PROGRAMS": str(programs())},
                       stdout=subprocess.DEVNULL)
        (self.tree,) = directory.glob("saltext-trustmend-tree-*.tar.gz")
        (self.wheel,) = directory.glob("saltext_trustmend-*manylinux*x86_64.whl")

    def unpack(self, file_roots):
        """The tree, as an administrator without pip has it."""
        subprocess.run(["tar", "-xzf", str(self.tree), "-C", str(file_roots)], check=True)

    def install(self, python, directory):
        """The wheel, in a directory for PYTHONPATH, by the pip of that Python."""
        subprocess.run([str(python), "-m", "pip", "install", "-q", "--disable-pip-version-check",
                        "--no-index", "--no-deps", "--target", str(directory), str(self.wheel)],
                       check=True)
