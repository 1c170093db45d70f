"""A plan by somebody without rights says what would be done, and the command that does it."""

import json
import os
import shutil
import subprocess
import tempfile

import pytest

pytestmark = [
    pytest.mark.posix_only("Wine has one user"),
    pytest.mark.native_only("the other user runs the program itself"),
    pytest.mark.skipif(os.geteuid() != 0, reason="to become another user needs root")]

NOBODY = 65534
PROFILE = """trustmend: 1
variables:
  extra: []
resources:
  - type: bundle
    path: /opt/trustmend/cacert.pem
    sources: [seed.pem]
    extra: ${extra}
    requires: []
  - {type: env, name: SSL_CERT_FILE, value: /opt/trustmend/cacert.pem, targets: [etc_environment]}
"""


@pytest.fixture
def place(tm, pki):
    """A directory that everybody can read, with the program, a root and a profile."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        os.chmod(name, 0o755)
        os.makedirs(f"{name}/root/etc")
        shutil.copy(tm.program(), f"{name}/trustmend")
        for file, text in (("seed.pem", pki.root("One").text + pki.root("Two").text),
                           ("studio-root.pem", pki.root("Studio").text), ("p.yml", PROFILE),
                           ("root/etc/environment", "LANG=C\n")):
            with open(f"{name}/{file}", "w") as out:
                out.write(text)
        yield name


def call(tm, place, *words, user=NOBODY):
    return subprocess.run([f"{place}/trustmend", *words, "--root", f"{place}/root"], cwd=place,
                          user=user, group=user, extra_groups=[], capture_output=True, text=True,
                          env={**tm.environment(), "ASAN_OPTIONS": "detect_leaks=0"})


def test_the_outcome_is_planned_and_one_line_says_what_to_type(tm, place):
    done = call(tm, place, "plan", "p.yml", "--set", "extra=studio-root.pem", "--output", "text")
    lines = done.stdout.splitlines()
    assert "      count: 2 certificates from seed.pem, and studio-root" in lines, done
    assert "  + env SSL_CERT_FILE" in lines and "left alone" not in done.stdout
    assert "permission" not in done.stdout and "wanted" not in done.stdout
    assert lines[-2] == "plan: 2 resources, 2 to change, 0 unchanged, 0 failed"
    assert lines[-1] == ("needs root: sudo trustmend apply p.yml --set extra=studio-root.pem "
                         f"--root {place}/root")
    assert done.returncode == 1, "apply would fail, for this caller"


def test_the_command_does_what_was_planned(tm, place):
    planned = json.loads(call(tm, place, "plan", "p.yml", "--output", "json").stdout)
    assert [r["error"]["kind"] for r in planned["results"]] == ["permission", "permission"]
    assert not planned["changed"]
    done = json.loads(call(tm, place, "apply", "p.yml", "--output", "json", user=0).stdout)
    assert done["changed"] and not done["failed"], done
    assert [r["changes"] for r in done["results"]] == [r["changes"] for r in planned["results"]]
    again = call(tm, place, "plan", "p.yml", "--output", "text")
    assert again.returncode == 0 and "needs root" not in again.stdout, again


def test_an_apply_without_rights_touches_nothing_and_says_so(tm, place):
    done = json.loads(call(tm, place, "apply", "p.yml", "--output", "json").stdout)
    bundle, env = [r["error"] for r in done["results"]]
    assert bundle["kind"] == "permission" and env["kind"] == "conflict", done
    assert "rights" in env["hint"] and not done["changed"]
    assert os.listdir(f"{place}/root") == ["etc"]


def test_get_of_a_profile_ends_with_what_is_not_as_documented(tm, place):
    words = ["get", "p.yml", "--detailed-exitcode", "--output"]
    done = call(tm, place, *words, "text")
    assert done.returncode == 10 and "not as documented:\n  bundle " in done.stdout, done
    assert done.stdout.endswith("get: 2 resources, 0 as documented, 2 not, 0 failed\n")
    assert call(tm, place, *words, "json").returncode == 10
    assert call(tm, place, "apply", "p.yml", user=0).returncode == 0
    done = call(tm, place, *words, "text")
    assert done.returncode == 0 and "not as documented" not in done.stdout, done
    assert done.stdout.endswith("get: 2 resources, 2 as documented, 0 not, 0 failed\n")


def put_project(place, name, version="v0.23.8", owner=0):
    path = f"{place}/root/proj/{name}/config/core"
    os.makedirs(path)
    with open(f"{path}/core_api.yml", "w") as out:
        out.write(f"location: {{type: app_store, name: tk-core, version: {version}}}\n")
    for file in (path, f"{path}/core_api.yml"):
        os.chown(file, owner, owner)


def plan_projects(tm, place, path, user=NOBODY, output="text"):
    return call(tm, place, "core_api", "plan", f"path={path}", "version=v0.23.10", "--output",
                output, user=user)


def test_many_projects_are_planned_as_one_is(tm, place):
    put_project(place, "a")
    put_project(place, "b")
    for path in ("/proj/a", "/proj/*"):
        done = plan_projects(tm, place, path)
        assert "v0.23.8 -> v0.23.10" in done.stdout, done.stdout
        assert "by hand" not in done.stdout and "permission" not in done.stdout
        assert done.stdout.splitlines()[-1].startswith("needs root: sudo trustmend core_api apply ")
        assert done.returncode == 1
    planned = json.loads(plan_projects(tm, place, "/proj/*", output="json").stdout)["results"][0]
    assert planned["error"]["kind"] == "permission"
    asked = json.loads(plan_projects(tm, place, "/proj/*", user=0, output="json").stdout)
    assert planned["changes"] == asked["results"][0]["changes"]


def test_what_others_could_not_do_either_is_told_beside_it(tm, place):
    put_project(place, "a")
    put_project(place, "b", version="v0.24.0")
    done = plan_projects(tm, place, "/proj/*")
    assert "v0.23.8 -> v0.23.10" in done.stdout and "newer than" in done.stdout, done.stdout


def test_the_command_means_the_variable_of_who_asked(tm, place):
    """Run by root without a name, it would set root's."""
    with open(f"{place}/root/etc/passwd", "w") as out:
        out.write("root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/home/nobody:/bin/sh\n")
    os.makedirs(f"{place}/root/home/nobody")
    words = ("name=X", "value=1", "scope=user", "targets=profile_d")
    for given in ((), ("user=nobody",)):
        done = call(tm, place, "env", "plan", *words, *given, "--output", "text")
        last = done.stdout.splitlines()[-1]
        assert last == ("needs root: sudo trustmend env apply " + " ".join(words) +
                        f" user=nobody --root {place}/root"), done
    command = last.split("trustmend ")[1].split(" --root")[0]
    done = call(tm, place, *command.split(), user=0)
    assert done.returncode == 0, done
    assert os.path.exists(f"{place}/root/home/nobody/.profile"), done
    assert not os.path.exists(f"{place}/root/root")
    again = call(tm, place, "env", "plan", *words, "--output", "text")
    assert again.returncode == 0 and "needs root" not in again.stdout, again


def test_a_profile_that_means_the_caller_says_so_before_root_is_called(tm, place):
    with open(f"{place}/root/etc/passwd", "w") as out:
        out.write("root:x:0:0::/root:/bin/sh\nnobody:x:65534:65534::/home/nobody:/bin/sh\n")
    wish = "{type: env, name: %s, value: '1', scope: user, targets: [profile_d]%s}"
    with open(f"{place}/u.yml", "w") as out:
        out.write("trustmend: 1\nresources:\n  - " + wish % ("X", "") + "\n  - " +
                  wish % ("Y", ", user: nobody") + "\n")
    done = call(tm, place, "plan", "u.yml", "--output", "text")
    lines = done.stdout.splitlines()
    assert lines[-2:] == [
        "the command below means another env X than that of user nobody: write user: nobody there "
        "first (u.yml:3)",
        f"needs root: sudo trustmend apply u.yml --root {place}/root"], done
    assert "another env Y" not in done.stdout
    with open(f"{place}/u.json", "w") as out:
        json.dump({"type": "env", "name": "X", "value": "1", "scope": "user"}, out)
    lines = call(tm, place, "env", "plan", "--input", "u.json", "--output", "text").stdout.splitlines()
    assert lines[-2].endswith("write user: nobody there first")
    root = call(tm, place, "plan", "u.yml", "--output", "text", user=0)
    assert "another env" not in root.stdout


def test_the_command_for_the_machine_names_no_place(tm, place):
    done = call(tm, place, "env", "plan", "name=X", "value=1", "--output", "text")
    assert done.stdout.splitlines()[-1] == (
        f"needs root: sudo trustmend env apply name=X value=1 --root {place}/root"), done
