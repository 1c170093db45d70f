"""One profile, unchanged, on Linux and on Windows: both plans say what apply then does."""

import pytest

PROFILE = """\
trustmend: 1
variables:
  bundle:
    linux: /opt/studio/cacert.pem
    windows: C:\\ProgramData\\studio\\cacert.pem
  projects:
    linux: [/mnt/projects/demo]
    windows: ['C:\\projects\\demo']
resources:
  - type: anchor
    certificate: studio.pem
    store: system
  - type: bundle
    path: ${bundle}
    sources: [system]
    extra: [proxy.pem]
    requires: [studio.pem]
  - type: env
    name: SHOTGUN_API_CACERTS
    value: ${bundle}
    force: true
  - type: core_api
    foreach: projects
    path: ${item}
    version: v0.23.10
    match: at_least
"""
CORE = b"location:\r\n  type: app_store\r\n  name: tk-core\r\n  version: v0.18.1 # pinned\r\n"


class Linux:
    """A Debian root, and the programs of this machine."""

    system = "linux"
    backends = ["debian", "file", "linux", "file"]
    bundle = "/opt/studio/cacert.pem"

    def __init__(self, tm, root):
        self.tm, self.root = tm, root

    def write_core(self):
        self.root.write("/mnt/projects/demo/core/core_api.yml", CORE)

    def read(self, name):
        return self.root.read({"core": "/mnt/projects/demo/core/core_api.yml",
                               "bundle": self.bundle}[name])

    def __call__(self, verb, *words):
        return self.tm(verb, "--diff", *words, root=self.root).json


class Windows:
    """A Wine prefix, and trustmend.exe."""

    system = "windows"
    backends = ["windows", "file", "windows", "file"]
    bundle = r"C:\ProgramData\studio\cacert.pem"

    def __init__(self, prefix, program):
        self.prefix, self.program = prefix, program

    def path(self, name):
        return self.prefix.drive_c / {"core": "projects/demo/core/core_api.yml",
                                      "bundle": "ProgramData/studio/cacert.pem"}[name]

    def write_core(self):
        self.path("core").parent.mkdir(parents=True)
        self.path("core").write_bytes(CORE)

    def read(self, name):
        return self.path(name).read_bytes()

    def __call__(self, verb, *words):
        return self.prefix.run(self.program, verb, "--diff", *words).json


@pytest.fixture
def profile(pki, tmp_path):
    """The profile's file, with the certificates that it names beside it."""
    for name in ("studio", "proxy"):
        (tmp_path / f"{name}.pem").write_text(pki.root(f"One Profile {name}").text)
    path = tmp_path / "studio.yml"
    path.write_text(PROFILE)
    return path


@pytest.fixture(params=["linux", "windows"])
def machine(request, tm):
    if request.param == "linux":
        made = Linux(tm, request.getfixturevalue("debian12"))
    else:
        made = Windows(request.getfixturevalue("fresh_wine"),
                       request.getfixturevalue("windows_program"))
    made.write_core()
    return made


def outcome(report):
    assert report["failed"] is False, report
    return [(r["type"], r["backend"], r["changed"], r["changes"], r["diff"])
            for r in report["results"]]


def test_same_profile_on_both_systems(machine, profile):
    planned = machine("plan", profile)
    assert [r["backend"] for r in planned["results"]] == machine.backends
    assert all(r["changed"] for r in planned["results"]), planned
    anchor, bundle, env, core = planned["results"]
    assert anchor["changes"]["state"] == {"from": "absent", "to": "present"}
    assert bundle["name"] == machine.bundle
    assert env["changes"]["value"] == {"from": None, "to": machine.bundle}
    assert core["changes"]["version"] == {"from": "v0.18.1", "to": "v0.23.10"}
    assert machine.read("core") == CORE

    applied = machine("apply", profile)
    assert outcome(applied) == outcome(planned)
    assert machine.read("core") == CORE.replace(b"v0.18.1", b"v0.23.10")
    for name in ("studio", "proxy"):
        body = (profile.parent / f"{name}.pem").read_text().split("-----")[2].strip()
        assert body.encode() in machine.read("bundle").replace(b"\r\n", b"\n")

    again = machine("plan", profile)
    assert again["changed"] is False and again["failed"] is False, again


def test_built_in_profile_is_right_for_the_system(machine):
    planned = machine("plan", "--set", "bundle_sources=", "--set", "bundle_sources=system")
    env, = (r for r in planned["results"] if r["type"] == "env")
    assert env["changes"]["value"]["to"] == {
        "linux": "/opt/trustmend/cacert.pem",
        "windows": r"C:\ProgramData\trustmend\cacert.pem"}[machine.system]
    assert env["error"] is None
