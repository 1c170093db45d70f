"""Made copies of shotgun_api3, in the shapes that releases of every era have: small, and whole."""

import io
import pathlib
import tarfile
import zipfile

PEM = "-----BEGIN CERTIFICATE-----\n%s\n-----END CERTIFICATE-----\n"


def package(version, says=None):
    """The files of shotgun_api3 as a dictionary; `says`: what its source calls itself."""
    numbers = tuple(int(part) for part in version.split(".")[:3])
    files = {
        "shotgun_api3/__init__.py": f"# {version}\nfrom .shotgun import Shotgun\n",
        "shotgun_api3/shotgun.py": "import os\n" * 120 + f'__version__ = "{says or version}"\n',
        "shotgun_api3/lib/__init__.py": "",
        f"shotgun_api3/lib/only_{version.replace('.', '_')}.py": "x = 1\n",
    }
    if numbers >= (3, 2, 6):
        files["shotgun_api3/lib/certifi/cacert.pem"] = PEM % version
    if (3, 1, 0) <= numbers < (3, 9, 0):
        files["shotgun_api3/lib/httplib2/python2/cacerts.txt"] = PEM % "2"
        files["shotgun_api3/lib/httplib2/python3/cacerts.txt"] = PEM % "3"
    else:
        files["shotgun_api3/lib/httplib2/cacerts.txt"] = PEM % "0"
    return files


def metadata(version):
    return f"Metadata-Version: 2.1\nName: shotgun_api3\nVersion: {version}\n\nThe API\n"


def lay(directory, files):
    """Writes files below a directory, which is answered."""
    directory = pathlib.Path(directory)
    for name, text in files.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return directory


def pip_installed(version, says=None, installer="pip"):
    info = f"shotgun_api3-{version}.dist-info"
    return {**package(version, says), f"{info}/METADATA": metadata(version),
            f"{info}/RECORD": "", f"{info}/INSTALLER": installer + "\n"}


def zipped(files):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return data.getvalue()


def tarred(files, mode="w:gz"):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:
        for name, text in files.items():
            content = text if isinstance(text, bytes) else text.encode()
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def wheel(version, says=None):
    files = pip_installed(version, says)
    del files[f"shotgun_api3-{version}.dist-info/INSTALLER"]
    return zipped(files)


def sdist(version):
    top = f"shotgun_api3-{version}"
    return tarred({f"{top}/PKG-INFO": metadata(version), f"{top}/setup.py": "",
                   **{f"{top}/{name}": text for name, text in package(version).items()}})


def below(directory):
    """Every file below a directory, with what it holds."""
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in sorted(pathlib.Path(directory).rglob("*")) if path.is_file()}
