"""What a run asks of the system, counted in system calls: no clock decides here."""

import json
import os
import re
import subprocess

CORE = "location:\n  type: git\n  path: /x\n  version: v0.1.2\n"


def calls(tm, tmp_path, count, verb):
    """System calls of one run over so many pipeline configurations, all with an old core."""
    root = tmp_path / f"{count}-{verb}"
    for number in range(count):
        file = root / str(number) / "core/core_api.yml"
        file.parent.mkdir(parents=True)
        file.write_text(CORE)
    document = tmp_path / f"{count}.json"
    document.write_text(json.dumps({"resources": [
        {"type": "core_api", "path": f"/{number}", "version": "v0.23.10"}
        for number in range(count)]}))
    trace = tmp_path / "trace"
    done = subprocess.run(
        ["strace", "-f", "-o", trace, tm.program("trustmend"), verb, "--input", document, "--root",
         root, "--output", "json"], stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    report = json.loads(done.stdout)
    assert done.returncode == 0 and len([r for r in report["results"] if r["changed"]]) == count
    return trace.read_text().count("\n")


def test_ten_times_the_resources_are_at_most_ten_times_the_work(tm, needs, tmp_path):
    """Each resource was once looked up anew for each of the others: a hundred times the work."""
    needs("strace")
    for verb in ("plan", "apply"):
        few, many = (calls(tm, tmp_path, count, verb) for count in (20, 200))
        assert many <= 10 * few, (verb, few, many)


def test_fifty_variables_in_sync_are_little_more_than_one(tm, needs, tmp_path):
    """Every file that a variable may stand in was read anew for each, some of them four times."""
    needs("strace")
    root = tmp_path / "root"
    (root / "usr/lib/systemd").mkdir(parents=True)
    (root / "usr/lib/systemd/systemd").touch()
    (root / "etc").mkdir()
    documents = {}
    for count in (1, 50):
        documents[count] = tmp_path / f"{count}.json"
        documents[count].write_text(json.dumps({"resources": [
            {"type": "env", "name": f"V{number}", "value": f"/opt/{number}"}
            for number in range(count)]}))
    command = [tm.program("trustmend"), "apply", "--root", root, "--output", "json", "--input"]
    subprocess.run(command + [documents[50]], stdout=subprocess.PIPE, check=True, env={})
    effort = {}
    for count, document in documents.items():
        trace = tmp_path / "trace"
        done = subprocess.run(["strace", "-f", "-o", trace] + command + [document],
                              stdout=subprocess.PIPE, check=True,
                              env={"PATH": os.environ["PATH"]})
        assert not any(result["changed"] for result in json.loads(done.stdout)["results"])
        effort[count] = trace.read_text().count("\n")
    assert effort[50] <= 1.2 * effort[1], effort


# ---- a trust store ----

VENDOR = "/usr/share/ca-certificates/mozilla"


def opened(tm, root, tmp_path, verb, certificates, state):
    """Names that trustmend itself opens, rebuilds aside, in one run over these anchors."""
    document = tmp_path / "anchors.json"
    document.write_text(json.dumps({"resources": [
        {"type": "anchor", "certificate": str(certificate.pem), "state": state}
        for certificate in certificates]}))
    trace = tmp_path / "trace"
    done = subprocess.run(
        ["strace", "-e", "trace=openat,openat2", "-o", trace, tm.program("trustmend"), verb,
         "--input", document, "--root", root.path, "--output", "json"],
        stdout=subprocess.PIPE, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stdout
    return re.findall(r'^openat2?\([^"]*"([^"]*)"', trace.read_text(), re.MULTILINE)


def test_removing_five_anchors_opens_little_more_than_removing_one(tm, needs, pki, debian,
                                                                   tmp_path):
    """The store was once read anew for each of them: 8.3 times as much."""
    needs("strace")
    certificates = [pki.root() for _ in range(5)]
    counts = []
    for wanted in certificates[:1], certificates:
        root = debian(whole=True)
        opened(tm, root, tmp_path, "apply", certificates, "present")
        counts.append(len(opened(tm, root, tmp_path, "apply", wanted, "absent")))
    assert counts[1] <= 1.2 * counts[0], counts


def test_an_input_is_read_once_for_each_look_at_the_store(tm, needs, pki, debian, tmp_path):
    """
    To plan, to plan again under the lock, and twice around the rebuild, with two opens for each:
    to find it and to read it. It was once read for every question, thirty times.
    """
    needs("strace")
    root = debian(whole=True)
    names = [path.name for path in root.outside(VENDOR).iterdir()]
    opens = opened(tm, root, tmp_path, "apply", [pki.root()], "present")
    assert len(names) > 100
    assert max(opens.count(name) for name in names) <= 8, max(names, key=opens.count)


def test_fifty_anchors_in_sync_cost_no_look_at_the_inputs(tm, needs, pki, debian12, tmp_path):
    needs("strace")
    certificates = [pki.root() for _ in range(50)]
    opened(tm, debian12, tmp_path, "apply", certificates, "present")
    opens = opened(tm, debian12, tmp_path, "plan", certificates, "present")
    assert opens.count("ca-certificates.crt") <= 4
    assert opens.count("os-release") <= 4, "the system is looked at once"
    assert not [name for name in opens if name == "mozilla"]


def test_a_kernel_that_opens_one_directory_at_a_time_shows_the_same(tm, needs, pki, debian12,
                                                                    tmp_path):
    """Linux before 5.6 has no openat2(), and some sandboxes forbid what they do not know."""
    needs("strace")
    command = [tm.program("trustmend"), "anchor", "plan", "--root", debian12.path, "--output",
               "json", f"certificate={pki.root().pem}"]
    environment = {"PATH": os.environ["PATH"]}
    plain = subprocess.run(command, stdout=subprocess.PIPE, env=environment)
    for error in ("ENOSYS", "EPERM"):
        trace = tmp_path / error
        old = subprocess.run(["strace", "-f", "-e", f"inject=openat2:error={error}", "-o", trace]
                             + command, stdout=subprocess.PIPE, env=environment)
        assert "INJECTED" in trace.read_text()
        assert json.loads(old.stdout)["results"] == json.loads(plain.stdout)["results"]
