"""
Anchors in real certificate stores, Wine's: the documented recipe, several at once, kills, and
what other programs and other parts of the system did. What is there is looked up through the
API by a program of its own, windows/show_roots.c, in another process.
"""

import hashlib
import json
import os
import pathlib
import random
import ssl
import subprocess
import time

import pytest

from pki import CA, KEY_IDS
from wine import PATH

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
CACHE = pathlib.Path(os.environ.get("TRUSTMEND_CACHE")
                     or pathlib.Path.home() / ".cache/trustmend")
COMPANIONS = pathlib.Path(os.environ.get("TRUSTMEND_WINDOWS_TESTS")
                          or TOP / "build-portable/windows") / "tests"
STORES = r"HKLM\SOFTWARE\Microsoft\SystemCertificates"

# The article's certificate, and the thumbprint that it gives.
SFSROOTCAG2 = "builtin:starfield-services-root-g2"
THUMBPRINT = "925A8F8D2C6D04E0665F596AFF22D863E8256F3F"

# Purposes, as the certificate dialog keeps them.
SERVER, EMAIL, ANY = "1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.4", "2.5.29.37.0"


@pytest.fixture(scope="module")
def program(windows_program):
    return windows_program


def companion(name, directory):
    """The program that was built with the unit tests for Windows, or one of this session's own."""
    source = TOP / f"tests/integration/windows/{name}.c"
    built = COMPANIONS / f"{name}.exe"
    if built.exists() and built.stat().st_mtime >= source.stat().st_mtime:
        return built
    compilers = sorted(CACHE.glob("tools/*-x86_64-windows-gnu/trustmend-cc"))
    if not compilers:
        pytest.skip("there is no compiler for Windows: run scripts/build-portable windows")
    out = directory / f"{name}.exe"
    subprocess.run(
        [str(compilers[-1]), "-O1", "-s", "-o", str(out), str(source), "-lcrypt32"],
        check=True, env={"PATH": PATH, "ZIG_GLOBAL_CACHE_DIR": str(CACHE / "zig"),
                         "ZIG_LOCAL_CACHE_DIR": str(CACHE / "zig")})
    return out


@pytest.fixture(scope="module")
def witnesses(tmp_path_factory):
    """What other programs see: show_roots and python_roots."""
    directory = tmp_path_factory.mktemp("windows")
    return {name: companion(name, directory) for name in ("show_roots", "python_roots")}


class Anchors:
    """trustmend on one side, another program on the other; both in one Wine."""

    def __init__(self, prefix, program, witnesses):
        self.prefix = prefix
        self.program = program
        self.show_roots = witnesses["show_roots"]
        self.python_roots = witnesses["python_roots"]

    def thumbprints(self, store="Root", location="LocalMachine"):
        done = self.prefix.run(self.show_roots, location, store)
        assert done.status == 0, repr(done)
        return done.stdout.split()

    def python_loads(self):
        """The certificates that Python's default context is given, as DER."""
        done = self.prefix.run(self.python_roots)
        assert done.status == 0, repr(done)
        return [bytes.fromhex(line) for line in done.stdout.split()]

    def only_for(self, certificate, *purposes, store="Root"):
        """Somebody else restricts it to these purposes in the certificate dialog."""
        done = self.prefix.run(self.show_roots, "LocalMachine", store, "only",
                               certificate.sha1.upper(), *purposes)
        assert done.status == 0, repr(done)

    def has(self, certificate, store="Root", location="LocalMachine"):
        return certificate.sha1.upper() in self.thumbprints(store, location)

    def put(self, certificate, store="Root", location="LocalMachine"):
        """Somebody else adds it."""
        file = certificate.pem.with_suffix(".der")
        file.write_bytes(certificate.der)
        done = self.prefix.run(self.show_roots, location, store, "add", file)
        assert done.status == 0, repr(done)

    def words(self, verb, certificate, attributes):
        given = {"certificate": getattr(certificate, "pem", certificate), **attributes}
        return ["anchor", verb, "--diff"] + [
            f"{name}={self.prefix.path(value) if isinstance(value, pathlib.Path) else value}"
            for name, value in given.items()]

    def run(self, verb, certificate, **attributes):
        """One anchor; the answer has the result's parts besides the protocol's."""
        done = self.prefix.run(self.program, *self.words(verb, certificate, attributes))
        done.result, = done.json["results"]
        done.error = done.result["error"]
        done.state = done.result["state"]
        done.changed = done.json["changed"]
        return done

    def start(self, verb, certificate, **attributes):
        """The same, not waited for. The process is the Windows program itself."""
        return subprocess.Popen(
            [str(self.prefix.launcher), str(self.program),
             *self.words(verb, certificate, attributes)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={"PATH": PATH})

    def run_many(self, verb, *resources):
        done = self.prefix.run(self.program, verb, "--input", "-",
                               stdin=json.dumps({"resources": resources}))
        return done

    def converge(self, certificate, state="present", **attributes):
        """Applies; what plan said must come true, and a second run must find nothing to do."""
        planned = self.run("plan", certificate, state=state, **attributes)
        applied = self.run("apply", certificate, state=state, **attributes)
        assert applied.status == 0 and applied.error is None and applied.changed, repr(applied)
        assert planned.result["changes"] == applied.result["changes"]
        assert planned.result["diff"] == applied.result["diff"]
        again = self.run("apply", certificate, state=state, **attributes)
        assert again.status == 0 and not again.changed, repr(again)
        assert not again.result["changes"]
        return applied


@pytest.fixture(scope="module")
def prefix(wine_template, tmp_path_factory):
    """A Windows whose stores hold nothing but what Wine itself puts there."""
    with wine_template.copy_to(tmp_path_factory.mktemp("wine-anchors")) as made:
        yield made


@pytest.fixture
def anchors(prefix, program, witnesses):
    return Anchors(prefix, program, witnesses)


# ---- the recipe ----

def test_the_articles_recipe(anchors):
    before = anchors.thumbprints()
    assert THUMBPRINT not in before
    got = anchors.run("get", SFSROOTCAG2)
    assert got.state["state"] == "absent" and got.result["backend"] == "windows"

    planned = anchors.run("plan", SFSROOTCAG2, sha1=THUMBPRINT)
    assert planned.status == 0 and planned.changed
    assert planned.result["changes"]["state"] == {"from": "absent", "to": "present"}
    assert planned.result["diff"]["path"] == "LocalMachine/Root"
    assert THUMBPRINT in planned.result["diff"]["after"]
    assert anchors.thumbprints() == before

    applied = anchors.run("apply", SFSROOTCAG2, sha1=THUMBPRINT)
    assert applied.status == 0 and applied.changed, repr(applied)
    assert applied.result["changes"] == planned.result["changes"]
    assert applied.state["sha1"] == THUMBPRINT
    assert applied.state["state"] == "present" and applied.state["effective"] is True
    assert applied.state["where"] == ["LocalMachine/Root (.Default)"]
    assert sorted(anchors.thumbprints()) == sorted([*before, THUMBPRINT])

    again = anchors.run("apply", SFSROOTCAG2, sha1=THUMBPRINT)
    assert again.status == 0 and not again.changed and not again.result["changes"]

    gone = anchors.run("apply", SFSROOTCAG2, state="absent")
    assert gone.status == 0 and gone.changed, repr(gone)
    assert sorted(anchors.thumbprints()) == sorted(before)
    assert not anchors.run("apply", SFSROOTCAG2, state="absent").changed


def test_what_is_added_is_there_after_a_restart(anchors, prefix, pki):
    root = pki.root("Restart Root")
    anchors.converge(root)
    prefix.restart()
    assert anchors.has(root)
    anchors.converge(root, "absent")
    prefix.restart()
    assert not anchors.has(root)


def test_the_thumbprint_copied_from_the_dialog_is_taken(anchors):
    spaced = " ".join(THUMBPRINT[i:i + 2] for i in range(0, 40, 2)).lower()
    planned = anchors.run("plan", SFSROOTCAG2, sha1="\u200e" + spaced)
    assert planned.status == 0 and planned.error is None, repr(planned)
    wrong = anchors.run("plan", SFSROOTCAG2, sha256=THUMBPRINT)
    assert wrong.error["kind"] == "invalid_input" and "sha1" in wrong.error["hint"]


def test_plan_get_and_list_write_nothing(anchors, prefix, pki):
    root, held = pki.root("Planned Root"), pki.root("Held Root")
    anchors.put(held)
    # Wine makes keys for stores that are looked at for the first time.
    for store in ("Root", "CA", "Disallowed"):
        for location in ("LocalMachine", "CurrentUser"):
            anchors.thumbprints(store, location)
    before = prefix.registry_export(STORES)
    users = prefix.registry_export(r"HKCU\Software\Microsoft\SystemCertificates")
    assert held.sha1.upper() in before
    for store in ("system", "CurrentUser/Root", "LocalMachine/CA", "LocalMachine/Disallowed"):
        anchors.run("get", root, store=store)
        assert anchors.run("plan", root, store=store).changed
    assert anchors.run("plan", held, state="absent").changed
    assert anchors.run("plan", held, state="distrusted").changed
    assert prefix.run(anchors.program, "anchor", "list").status == 0
    assert prefix.registry_export(STORES) == before
    assert prefix.registry_export(r"HKCU\Software\Microsoft\SystemCertificates") == users


# ---- exactly that certificate ----

@pytest.mark.parametrize("brought_by_us", [True, False])
def test_absent_leaves_a_root_of_the_same_name_and_serial_number(anchors, pki, brought_by_us):
    root = pki.root("Twin Root", serial=7)
    twin = pki.root("Twin Root", serial=7)
    if brought_by_us:
        anchors.converge(root)
        anchors.converge(twin)
    else:
        anchors.put(twin)
        anchors.put(root)
    anchors.converge(root, "absent")
    assert not anchors.has(root) and anchors.has(twin)
    assert anchors.run("get", twin).state["effective"] is True
    anchors.converge(root)
    anchors.converge(twin, "absent")
    assert anchors.has(root) and not anchors.has(twin)


# ---- several at once, and kills ----

def test_six_processes_add_six_roots(anchors, pki):
    before = anchors.thumbprints()
    roots = [pki.root(f"Root {number}") for number in range(6)]
    for wish in ("present", "absent"):
        runs = [anchors.start("apply", root, state=wish) for root in roots]
        answers = [run.communicate(timeout=600)[0] for run in runs]
        assert [run.returncode for run in runs] == [0] * 6, answers
        assert all(json.loads(answer)["changed"] for answer in answers)
        wanted = {root.sha1.upper() for root in roots} if wish == "present" else set()
        assert sorted(anchors.thumbprints()) == sorted({*before, *wanted})


def test_a_kill_leaves_old_or_new_and_the_next_run_converges(anchors, pki):
    root, bystander = pki.root("Killed Root"), pki.root("Bystander Root")
    anchors.put(bystander)
    others = sorted(anchors.thumbprints())
    begun = time.monotonic()
    anchors.run("plan", root)
    usual = time.monotonic() - begun
    random.seed(4)
    left = []
    for number in range(10):
        wish = "absent" if number % 2 else "present"
        run = anchors.start("apply", root, state=wish)
        time.sleep(random.uniform(0.2, 1.3) * usual)
        run.kill()
        run.communicate()
        found = anchors.thumbprints()
        assert found.count(root.sha1.upper()) <= 1
        assert sorted(t for t in found if t != root.sha1.upper()) == others
        left.append((root.sha1.upper() in found) == (wish == "present"))
        answer = anchors.run("apply", root, state=wish)
        assert answer.status == 0, repr(answer)
        assert anchors.has(root) is (wish == "present")
        assert not anchors.run("plan", root, state=wish).changed
    anchors.run("apply", root, state="absent")


# ---- distrust ----

def test_distrusted_is_in_disallowed_and_present_takes_it_back(anchors, pki):
    root = pki.root("Doubtful Root")
    anchors.converge(root)
    anchors.put(root, "CA")
    answer = anchors.converge(root, "distrusted")
    assert answer.state["distrusted_by"] == ["LocalMachine/Disallowed (.Default)"]
    assert answer.state["effective"] is False
    assert anchors.has(root, "Disallowed")
    assert root.der not in anchors.python_loads()
    answer = anchors.converge(root)
    assert root.der in anchors.python_loads()
    assert "taken from that list" in "\n".join(answer.result["warnings"])
    assert not anchors.has(root, "Disallowed") and anchors.has(root)
    assert answer.state["effective"] is True


def test_disallowed_can_be_named_itself(anchors, pki):
    root = pki.root("Banned Root")
    answer = anchors.converge(root, store=r"cert:\LocalMachine\Disallowed")
    assert answer.state["store"] == "LocalMachine/Disallowed"
    assert anchors.has(root, "Disallowed")
    assert anchors.run("get", root).state["state"] == "distrusted"
    anchors.converge(root, "absent", store="LocalMachine/Disallowed")
    assert not anchors.has(root, "Disallowed")


# ---- the user's stores ----

def test_a_users_root_is_not_the_machines(anchors, pki):
    root = pki.root("User Root")
    answer = anchors.converge(root, store="CurrentUser/Root")
    assert answer.state["where"] == ["CurrentUser/Root (.Default)"]
    assert anchors.has(root, location="CurrentUser") and not anchors.has(root)
    assert anchors.run("get", root).state["state"] == "absent"
    anchors.converge(root, "absent", store="CurrentUser/Root")
    assert not anchors.has(root, location="CurrentUser")


def test_the_machines_root_is_never_removed_through_a_users_store(anchors, pki):
    root = pki.root("Shared Root")
    anchors.converge(root)
    anchors.converge(root, store="CurrentUser/Root")
    refused = anchors.run("apply", root, state="absent", store="CurrentUser/Root")
    assert refused.status == 1 and refused.error["kind"] == "conflict", repr(refused)
    assert refused.error["path"] == "CurrentUser/Root (.LocalMachine)"
    assert anchors.has(root)
    anchors.converge(root, "absent")
    assert not anchors.has(root) and anchors.has(root, location="CurrentUser")
    anchors.converge(root, "absent", store="CurrentUser/Root")


# ---- what other programs did ----

def test_a_root_that_was_restricted_to_mail_has_no_effect(anchors, pki):
    root = pki.root("Mail Root")
    anchors.put(root)
    anchors.only_for(root, EMAIL)
    answer = anchors.run("plan", root)
    assert answer.state["effective"] is False
    assert "other purposes" in "\n".join(answer.state["reasons"])
    assert answer.error["kind"] == "conflict" and "certlm.msc" in answer.error["hint"]
    anchors.converge(root, "absent")


@pytest.mark.parametrize("extensions, purposes, windows_takes_it", [
    ("", [], True),
    ("", [SERVER], True),
    ("", [ANY], True),
    ("", [EMAIL], False),
    ("extendedKeyUsage = serverAuth\n", [], True),
    ("extendedKeyUsage = anyExtendedKeyUsage\n", [], True),
    ("extendedKeyUsage = emailProtection\n", [], False),
])
def test_effective_is_what_python_loads_and_windows_takes(anchors, pki, extensions, purposes,
                                                          windows_takes_it):
    root = pki.root("Purposeful Root", CA + KEY_IDS + extensions)
    anchors.put(root)
    if purposes:
        anchors.only_for(root, *purposes)
    state = anchors.run("get", root).state
    loaded = root.der in anchors.python_loads()
    assert state["effective"] is (loaded and windows_takes_it), state
    if not state["effective"]:
        assert any("Python" in reason for reason in state["reasons"]), state
    anchors.converge(root, "absent")


def test_a_root_in_ca_is_loaded_by_python_and_told_to_be_no_root_for_windows(anchors, pki):
    root = pki.root("Root In CA")
    answer = anchors.converge(root, store="LocalMachine/CA")
    assert root.der in anchors.python_loads()
    assert answer.state["effective"] is False
    assert any("Windows does not trust it" in reason for reason in answer.state["reasons"])
    anchors.converge(root, "absent", store="LocalMachine/CA")


def test_an_intermediate_counts_with_its_root(anchors, pki):
    root = pki.root("Root Of It")
    middle = pki.intermediate(root, "Middle Of It")
    answer = anchors.converge(middle)
    assert answer.state["effective"] is False
    assert any("Root Of It" in reason for reason in answer.state["reasons"])
    anchors.converge(root)
    assert anchors.run("get", middle).state["effective"] is True
    anchors.converge(root, "absent")
    anchors.converge(middle, "absent")


# ---- what OpenSSL cannot read ----

def padded(certificate):
    """The same certificate, with a zero too many before its serial number."""
    der = bytearray(certificate.der)
    outer, inner = 4, 4 if certificate.der[5] == 0x82 else 3
    serial = outer + inner + 5
    assert der[1] == 0x82 and der[serial] == 2 and der[serial + 2] < 0x80
    der[serial + 1:serial + 1] = bytes([der[serial + 1] + 1, 0])
    del der[serial + 3]
    for length in (3, outer + inner - 1):
        der[length] += 1  # the test would fail below if it ran over
    return bytes(der)


def test_a_certificate_that_openssl_cannot_read_is_named_everywhere(anchors, prefix, pki):
    root, neighbour = pki.root("Padded Root"), pki.root("Neighbour Root")
    file = root.pem.with_suffix(".cer")
    file.write_bytes(padded(root))
    sha1 = hashlib.sha1(file.read_bytes()).hexdigest().upper()
    anchors.converge(neighbour)
    assert prefix.run(anchors.show_roots, "LocalMachine", "Root", "add", file).status == 0

    # What Python makes of it, for which this machine's own has to serve.
    loaded = anchors.python_loads()
    assert file.read_bytes() in loaded
    with pytest.raises(ssl.SSLError):
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=b"".join(loaded))

    warnings = "\n".join(anchors.run("get", neighbour).result["warnings"])
    assert "LocalMachine/Root" in warnings and sha1 in warnings, warnings
    done = prefix.run(anchors.program, "anchor", "list")
    listed, = [r for r in done.json["results"] if r["state"]["sha1"] == sha1]
    assert "Padded Root" in listed["name"] and listed["state"]["effective"] is False
    assert listed["state"]["reasons"]
    text = prefix.run(anchors.program, "anchor", "list", "--output", "text")
    assert "cannot read" in text.stdout, repr(text)
    exported = prefix.run(anchors.program, "anchor", "list", "--output", "dsc")
    assert sha1 in exported.stdout, repr(exported)
    bundle = anchors.run_many("plan", {"type": "bundle", "path": "C:\\padded\\cacert.pem",
                                       "sources": ["system"], "requires": []})
    assert sha1 in "\n".join(bundle.json["results"][0]["warnings"]), repr(bundle)

    refused = anchors.run("plan", file)
    assert refused.error["kind"] == "refused", repr(refused)
    gone = anchors.run_many("apply", {"type": "anchor", "state": "absent",
                                      "certificate": listed["state"]["certificate"]})
    assert gone.status == 0 and gone.json["changed"], repr(gone)
    assert sha1 not in anchors.thumbprints()
    assert not anchors.run("get", neighbour).result["warnings"]
    anchors.converge(neighbour, "absent")


# ---- several resources of one run ----

def test_a_bundle_of_the_run_holds_the_anchors_of_the_run(anchors, prefix, pki):
    root = pki.root("Bundled Root")
    unwanted = pki.root("Unwanted Root")
    anchors.put(unwanted)
    bundle = prefix.drive_c / "studio" / "cacert.pem"
    resources = [
        {"type": "anchor", "certificate": root.text},
        {"type": "anchor", "certificate": unwanted.text, "state": "distrusted"},
        {"type": "bundle", "path": "C:\\studio\\cacert.pem", "sources": ["system"],
         "requires": [root.sha256]},
    ]
    planned = anchors.run_many("plan", *resources)
    applied = anchors.run_many("apply", *resources)
    assert applied.status == 0, repr(applied)
    assert [r["changes"] for r in planned.json["results"]] == \
        [r["changes"] for r in applied.json["results"]]
    text = bundle.read_text()
    assert root.text.strip() in text and unwanted.text.strip() not in text
    assert not anchors.run_many("apply", *resources).json["changed"]
    anchors.converge(root, "absent")
    # Distrusting took it out of Root as well.
    anchors.converge(unwanted, "absent", store="LocalMachine/Disallowed")


def test_a_bundle_with_the_defaults_of_linux_converges(anchors, prefix, pki):
    bundle = {"type": "bundle", "path": "C:\\shared\\cacert.pem", "requires": [],
              "sources": [pki.root("Shared Root").text], "mode": "0644", "owner": "root",
              "group": "root"}
    applied = anchors.run_many("apply", bundle)
    assert applied.status == 0 and applied.json["changed"], repr(applied)
    assert not anchors.run_many("apply", bundle).json["changed"]
    private = dict(bundle, path="C:\\private\\cacert.pem", mode="0600")
    for verb in ("plan", "apply"):
        refused, = anchors.run_many(verb, private).json["results"]
        assert refused["error"]["kind"] == "unsupported", refused
    assert not (prefix.drive_c / "private").exists()


@pytest.mark.parametrize("store, state", [
    (r"localmachine\root", "absent"),
    (r"Cert:\LocalMachine\Root", "distrusted"),
    ("LocalMachine/Disallowed", "present"),
    ("CurrentUser/Disallowed", "present"),
    ("CurrentUser/Root", "absent"),
])
def test_two_wishes_that_cannot_both_hold_are_refused_unwritten(anchors, pki, store, state):
    root = pki.root(f"Contradiction {store} {state}".replace("/", " "))
    done = anchors.run_many(
        "apply", {"type": "anchor", "certificate": root.text},
        {"type": "anchor", "certificate": root.text, "store": store, "state": state})
    assert done.status == 1
    for result in done.json["results"]:
        assert result["error"]["kind"] == "invalid_input", repr(done)
        assert "cannot both hold" in result["error"]["message"]
    assert not anchors.has(root) and not anchors.has(root, "Disallowed")
    assert not anchors.has(root, "Disallowed", "CurrentUser")


def test_one_wish_under_two_names_of_one_store_is_done_once(anchors, pki):
    root = pki.root("Wanted Twice")
    done = anchors.run_many(
        "apply", {"type": "anchor", "certificate": root.text},
        {"type": "anchor", "certificate": root.text, "store": r"Cert:\LocalMachine\Root"})
    assert done.status == 0, repr(done)
    assert [r["changed"] for r in done.json["results"]] == [True, False]
    assert anchors.has(root)


# ---- the list ----

def test_list_has_every_certificate_of_the_store(anchors, prefix, pki):
    root, banned = pki.root("Listed Root"), pki.root("Banned and Listed Root")
    anchors.put(root)
    anchors.put(banned)
    anchors.put(banned, "Disallowed")
    done = prefix.run(anchors.program, "anchor", "list")
    assert done.status == 0, repr(done)
    states = [r["state"] for r in done.json["results"]]
    assert sorted(s["sha1"] for s in states) == sorted(set(anchors.thumbprints()))
    by_sha1 = {s["sha1"]: s for s in states}
    assert by_sha1[root.sha1.upper()]["state"] == "present"
    assert by_sha1[root.sha1.upper()]["effective"] is True
    assert by_sha1[banned.sha1.upper()]["state"] == "distrusted"
    assert by_sha1[banned.sha1.upper()]["effective"] is False
    assert by_sha1[root.sha1.upper()]["certificate"] == root.text
    again = anchors.run_many("plan", dict(by_sha1[root.sha1.upper()], type="anchor"))
    assert again.status == 0 and not again.json["changed"], repr(again)
    bans = prefix.run(anchors.program, "anchor", "list", "store=LocalMachine/Disallowed")
    assert [r["state"]["sha1"] for r in bans.json["results"]] == [banned.sha1.upper()]
    anchors.converge(banned, "absent", store="LocalMachine/Disallowed")


# ---- refusals ----

@pytest.mark.parametrize("store, kind, hint", [
    ("/etc/ssl/certs", "unsupported", "store=system"),
    ("bundle:/etc/ssl/certs/ca-certificates.crt", "unsupported", "store=system"),
    ("p11kit", "unsupported", "store=system"),
    ("LocalMachine/My", "invalid_input", "LocalMachine/Root"),
])
def test_stores_of_elsewhere_say_what_to_write(anchors, store, kind, hint):
    answer = anchors.run("plan", SFSROOTCAG2, store=store)
    assert answer.error["kind"] == kind and hint in answer.error["hint"], repr(answer)


def test_an_offline_root_has_no_certificate_store(anchors, prefix, tmp_path):
    done = prefix.run(anchors.program, "anchor", "plan", f"certificate={SFSROOTCAG2}",
                      "--root", tmp_path)
    assert done.status == 3, repr(done)
    assert "store=bundle:PATH" in done.json["results"][0]["error"]["hint"]
