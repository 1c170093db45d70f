"""
Real releases of the Python API, one of each era: told as Python's own packaging library tells them,
packed and put in each other's place, and imported by this machine's Python exactly where we say so.
"""

import email
import pathlib
import re
import subprocess
import sys

import pytest

import api_copies as made

TOP = pathlib.Path(__file__).resolve().parents[2]
RELEASES = ["3.0.14", "3.0.34", "3.2.2", "3.6.2", "3.8.1", "3.8.5", "3.9.0", "3.10.3"]


@pytest.fixture(scope="module")
def releases():
    """Directories that hold shotgun_api3 and what the archive says of it."""
    return {release: pathlib.Path(subprocess.run(
        [TOP / "scripts/python-api", release], text=True, check=True,
        stdout=subprocess.PIPE).stdout.strip()) for release in RELEASES}


def described(directory):
    """As the package describes itself, by the library that packages are described with."""
    [path] = [*directory.glob("*.dist-info/METADATA"), *directory.glob("PKG-INFO")]
    return email.message_from_string(path.read_text())["Version"]


def imports(directory):
    """Does the Python that runs this import it?"""
    code = "import shotgun_api3; print(shotgun_api3.__file__)"
    done = subprocess.run([sys.executable, "-B", "-I", "-c",
                           f"import sys; sys.path.insert(0, {str(directory)!r}); {code}"],
                          env={}, text=True, capture_output=True)
    return done.returncode == 0 and str(directory) in done.stdout


def covers(pythons, minor):
    for part in pythons.split(", "):
        match = re.fullmatch(r"3\.(\d+)(?:-3\.(\d+)| and later)", part)
        if match and int(match[1]) <= minor <= int(match[2] or minor):
            return True
    return False


def test_each_is_told_replaced_and_imported_as_python_does(tm, releases, tmp_path):
    root = tmp_path / "root"
    (root / "lib").mkdir(parents=True)
    for release, directory in releases.items():
        state = tm("trustmend", "python_api", "get", f"path={directory}").state
        assert state["version"] == described(directory) == release
        source = (directory / "shotgun_api3/shotgun.py").read_text(errors="replace")
        assert state["source_version"] == re.search(r'^__version__ = "(.*)"', source, re.M)[1]
        files = made.below(directory / "shotgun_api3")
        found = {name for name in files if re.search(r"ca(cert\.pem|certs\.txt)$", name)}
        assert set(state["ca_files"]) == found and state["problems"] is None
        archive = tmp_path / f"{release}.zip"
        archive.write_bytes(made.zipped({f"shotgun_api3/{name}": data for name, data in files.items()}))
        done = tm("trustmend", "python_api", "apply", "path=/lib", f"source={archive}",
                  f"version={state['source_version']}", root=root)
        assert done.status == 0 and done.changed, done
        assert made.below(root / "lib/shotgun_api3") == {
            name: data for name, data in files.items() if not name.endswith(".pyc")}
        assert imports(root / "lib") == covers(state["pythons"], sys.version_info[1]), release
