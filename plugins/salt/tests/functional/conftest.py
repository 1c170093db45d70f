"""
A minion without a master, by Salt's own loader, with the program of the build that is tested
(TRUSTMEND_PROGRAM, or build/trustmend).
"""

import datetime
import hashlib
import json
import os
import pathlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

import salt.config
import salt.loader

TOP = pathlib.Path(__file__).resolve().parents[4]
PACKAGE = TOP / "plugins/salt/src/saltext/trustmend"


@pytest.fixture(scope="session")
def program():
    path = pathlib.Path(os.environ.get("TRUSTMEND_PROGRAM", TOP / "build/trustmend"))
    assert path.is_file(), f"{path} is missing: build it, or set TRUSTMEND_PROGRAM"
    return path


class Minion:
    def __init__(self, directory, program):
        self.directory = directory
        self.root = directory / "root"
        (self.root / "etc").mkdir(parents=True)
        self.roots = {name: directory / "roots" / name for name in ("base", "dev")}
        for path in self.roots.values():
            path.mkdir(parents=True)
        self.options = {
            **salt.config.DEFAULT_MINION_OPTS.copy(),
            "id": "minion",
            "root_dir": str(directory),
            "cachedir": str(directory / "cache"),
            "module_dirs": [str(PACKAGE / "modules")],
            "grains": {},
            "file_client": "local",
            "file_roots": {name: [str(path)] for name, path in self.roots.items()},
            "trustmend.program": str(program),
            "trustmend.root": str(self.root),
        }
        self.program = program
        self.loaded = None

    @property
    def modules(self):
        if self.loaded is None:
            self.loaded = salt.loader.minion_mods(self.options, context={})
        return self.loaded

    def call(self, function, *arguments, **options):
        return self.modules[f"trustmend.{function}"](*arguments, **options)

    def file(self, name, data, saltenv="base"):
        path = self.roots[saltenv] / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return f"salt://{name}"

    def has_program(self, version="0.1.0"):
        """In the tree instead of in the option, as for a platform that the build did not know."""
        del self.options["trustmend.program"]
        data = self.program.read_bytes()
        name = "trustmend-linux-here"
        self.file(f"trustmend/bin/{name}", data)
        system, _node, _release, _version, machine = os.uname()
        entry = {"file": name, "sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}
        index = {"version": version, "programs": {f"{system}-{machine}": entry}}
        self.file("trustmend/bin/index.json", json.dumps(index))


@pytest.fixture
def minion(tmp_path, program):
    return Minion(tmp_path, program)


class Root:
    """A certificate that signs itself, and its key."""

    def __init__(self, name):
        self.key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
        now = datetime.datetime(2025, 1, 1)
        self.certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(self.key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now)
            .not_valid_after(now + datetime.timedelta(days=3650))
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .sign(self.key, hashes.SHA256())
        )

    @property
    def pem(self):
        return self.certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def key_pem(self):
        return self.key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode()


@pytest.fixture(scope="session")
def ca():
    return Root("Studio")


@pytest.fixture(scope="session")
def other_ca():
    return Root("Other")
