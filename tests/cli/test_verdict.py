"""Which CA file a process with the Python API uses: copies of every era, values, stores, cores, fixes."""

import os
import ssl
import subprocess

import pytest

from conftest import TOP

pytestmark = pytest.mark.posix_only("the roots have interpreters, OpenSSL and paths as on Linux")

VARIABLE = "SHOTGUN_API_CACERTS"
GOOD = "/etc/studio/good.pem"
USES = ["api", "form", "storage_upload", "site_download", "storage_download",
        "storage_download_after"]
TXT = "lib/httplib2/cacerts.txt"
CERTIFI = "lib/certifi/cacert.pem"
SYSTEM = "/etc/pki/tls/cert.pem"


@pytest.fixture(scope="module")
def amazon():
    """A bundle that holds a root that is required."""
    return ssl.DER_cert_to_PEM_cert((TOP / "core/x509/data/amazon-root-ca-1.der").read_bytes())


def put(root, path, text):
    path = root / path.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


@pytest.fixture
def root(tmp_path, amazon):
    """A machine with an OpenSSL that looks into /etc/pki/tls, and a good bundle."""
    put(tmp_path, "usr/lib64/libcrypto.so.3", b'\0OPENSSLDIR: "/etc/pki/tls"\0')
    put(tmp_path, SYSTEM, amazon)
    put(tmp_path, GOOD, amazon)
    return tmp_path


def place(root, version, text, where="opt/api"):
    """A copy as its release lays it out."""
    number = tuple(int(part) for part in version.split("."))
    files = [CERTIFI] if number >= (3, 2, 6) else []
    if (3, 1, 0) <= number < (3, 9, 0):
        files += ["lib/httplib2/python2/cacerts.txt", "lib/httplib2/python3/cacerts.txt"]
    if number < (3, 1, 0) or number >= (3, 4, 0):
        files.append(TXT)
    package = f"{where}/shotgun_api3/"
    put(root, package + "__init__.py", "")
    put(root, package + "shotgun.py", f'__version__ = "{version}"\n')
    for name in files:
        put(root, package + name, text)


def verdict(tm, root, *words, subject="python_api=/opt/api", **environment):
    variables = [f"environment={name}={value}" for name, value in environment.items()]
    return tm("trustmend", "verdict", "get", "--output", "json", subject, *words, *variables,
              root=root)


def judged(tm, root, *words, **more):
    answer = verdict(tm, root, *words, **more)
    assert answer.status == 0, answer
    return answer.state


def sources(state):
    return [state[use].get("source", "-") for use in USES]


def states(state):
    return [state[use]["state"] for use in USES]


# ---- eras ----

S, V, P = "system", VARIABLE, "package"
ERAS = [
    # release, Python, without anything: sources and file of API calls, with the variable
    ("3.0.14", "2.7", [P, S, "-", S, S, S], TXT, [P, S, "-", S, S, S]),
    ("3.0.34", "2.7", [P, S, S, S, S, S], TXT, [V, S, S, S, S, S]),
    ("3.0.37", "2.7", [P, S, S, S, S, S], TXT, [V, V, S, V, S, V]),
    ("3.2.2", "2.7", [P, S, S, S, S, S], "lib/httplib2/python2/cacerts.txt", [V, V, V, V, S, V]),
    ("3.2.2", "3.11", [P, S, S, S, S, S], "lib/httplib2/python3/cacerts.txt", [V, V, V, V, S, V]),
    ("3.6.0", "3.11", [P, P, P, P, S, P], CERTIFI, [V, V, V, V, S, V]),
    ("3.8.1", "3.11", [P] * 6, CERTIFI, [V] * 6),
    ("3.8.5", "3.11", [P, S, S, S, S, S], CERTIFI, [V, S, S, S, S, S]),
    ("3.10.3", "3.13", [P] * 6, CERTIFI, [V] * 6),
]


@pytest.mark.parametrize("release,python,bare,file,with_variable", ERAS)
def test_each_era_has_its_own_file_for_each_use(tm, root, amazon, release, python, bare, file,
                                                with_variable):
    place(root, release, amazon)
    state = judged(tm, root, f"python={python}")
    assert sources(state) == bare and state["works"] is True
    assert state["python_api_version"] == release and state["basis"] == "predicted"
    assert state["api"]["file"] == "/opt/api/shotgun_api3/" + file
    assert {state[use]["file"] for use in USES if sources(state)[USES.index(use)] == S} <= {SYSTEM}
    assert sources(judged(tm, root, f"python={python}", **{VARIABLE: GOOD})) == with_variable


# ---- values ----

def loads(path):
    """Python's own answer."""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(os.fspath(path))
    except OSError:
        return False
    return True


def verifies(anchors, leaf, *chain, strict):
    """OpenSSL's own answer: with the flags of a strict context of Python 3.13, or without."""
    flags = ["-x509_strict", "-partial_chain"] if strict else []
    untrusted = [word for certificate in chain for word in ("-untrusted", certificate.pem)]
    done = subprocess.run(["openssl", "verify", "-no-CApath", "-no-CAstore", *flags, "-CAfile",
                           anchors, *untrusted, leaf.pem], capture_output=True, check=False)
    return done.returncode == 0


def test_what_a_value_leads_to_is_judged_as_openssl_loads_it(tm, root, amazon):
    place(root, "3.10.3", amazon)
    (root / "etc/dir").mkdir()
    put(root, "/etc/page.pem", "<html><body>not found</body></html>")
    put(root, "/etc/empty.pem", "")
    put(root, "/etc/damaged.pem", amazon + amazon.replace("MII", "M*I", 1))
    put(root, "/etc/crlf.pem", amazon.replace("\n", "\r\n"))
    put(root, "/etc/bom.pem", "\ufeff" + amazon)
    put(root, "/etc/utf16.pem", amazon.encode("utf-16"))
    for value, state, why in [
            ("/etc/dir", "broken", "is a directory"), ("/etc/none.pem", "broken", "no file"),
            ("/etc/page.pem", "broken", "does not load"), ("/etc/empty.pem", "broken", "does not load"),
            ("/etc/damaged.pem", "broken", "does not load"),
            ("/etc/utf16.pem", "broken", "does not load"),
            ("/etc/crlf.pem", "works", None), ("/etc/bom.pem", "works", None),
            (GOOD + " ", "broken", "the blank at the end"), ("~/good.pem", "broken", "no ~"),
            ("$HOME/good.pem", "broken", "no variable"), (f'"{GOOD}"', "broken", "the quotes"),
            ("good.pem", "unsure", "no whole path")]:
        found = judged(tm, root, "python=3.11", **{VARIABLE: value})
        assert states(found) == [state] * 6, (value, found)
        assert value[0] != "/" or loads(root / value[1:]) is (state == "works"), value
        assert why is None or why in found["form"]["why"], found["form"]
        assert found["works"] is {"works": True, "broken": False, "unsure": None}[state]
    inside = judged(tm, root, "python=3.11", "directory=/etc/studio", **{VARIABLE: "good.pem"})
    assert inside["works"] is True and inside["api"]["file"] == GOOD


def test_an_empty_value_and_an_empty_argument_count(tm, root, amazon):
    place(root, "3.10.3", amazon)
    for state in [judged(tm, root, "python=3.13", **{VARIABLE: ""}),
                  judged(tm, root, "python=3.13", "ca_certs=", **{VARIABLE: GOOD})]:
        assert sources(state) == [P] + [S] * 5
        assert state["api"]["file"].endswith(TXT)
    place(root, "3.0.37", amazon)
    state = judged(tm, root, "python=2.7", **{VARIABLE: ""})
    assert state["api"]["source"] == "nothing" and state["api"]["state"] == "broken"
    assert state["form"]["state"] == "works"


def test_a_constructor_that_calls_the_site_takes_transfers_along(tm, root, amazon):
    for release, form in [("3.0.34", "broken"), ("3.0.37", "works")]:
        place(root, release, amazon)
        state = judged(tm, root, "python=2.7", **{VARIABLE: ""})
        assert state["form"]["state"] == form


def test_a_file_without_what_is_required_is_broken(tm, root, amazon, pki):
    place(root, "3.10.3", amazon)
    studio = pki.root("Studio")
    put(root, "/etc/studio.pem", studio.text)
    only = judged(tm, root, "python=3.11", **{VARIABLE: "/etc/studio.pem"})
    assert only["works"] is False and only["api"]["loads"] == "yes" and only["api"]["holds"] == "no"
    assert "lacks builtin:starfield-services-root-g2 or" in only["api"]["why"]
    over = pki.root("Over", end="20210101000000Z")
    put(root, "/etc/over.pem", over.text)
    expired = judged(tm, root, "python=3.11", f"requires={over.pem}", **{VARIABLE: "/etc/over.pem"})
    assert expired["works"] is False and "expired on 2021-01-01" in expired["api"]["why"]
    both = [f"requires={studio.pem}", "requires=builtin:amazon-root-ca-1"]
    assert judged(tm, root, "python=3.11", *both)["works"] is False
    put(root, "/etc/both.pem", studio.text + amazon)
    assert judged(tm, root, "python=3.11", *both, **{VARIABLE: "/etc/both.pem"})["works"] is True


def test_strict_roots_and_lone_intermediates_divide_calls_and_transfers(tm, root, amazon, pki):
    place(root, "3.10.3", amazon)
    lax = pki.root("Lax", extensions="basicConstraints = CA:TRUE\n")
    issuer = pki.root("Issuer")
    middle = pki.intermediate(issuer, "Middle")
    for file, certificate, chain, on_3_11, on_3_13 in [
            ("/etc/lax.pem", lax, [], ["works"] * 6, ["works"] + ["broken"] * 5),
            ("/etc/middle.pem", middle, [middle], ["broken"] * 6, ["broken"] + ["works"] * 5)]:
        put(root, file, certificate.text)
        leaf = pki.leaf(certificate)
        for strict, expected in [(False, on_3_13[0]), (True, on_3_13[1])]:
            assert verifies(root / file[1:], leaf, *chain, strict=strict) is (expected == "works")
        for python, expected in [("3.11", on_3_11), ("3.13", on_3_13)]:
            state = judged(tm, root, f"python={python}", f"requires={certificate.pem}",
                           **{VARIABLE: file})
            assert states(state) == expected, (file, python, state)
    assert "strict verification refuses it" in judged(
        tm, root, "python=3.13", f"requires={lax.pem}", **{VARIABLE: "/etc/lax.pem"})["form"]["why"]


# ---- import ----

def test_what_stops_the_import_is_told_and_how_to_go_on(tm, root, amazon):
    place(root, "3.8.5", amazon)
    state = judged(tm, root, "python=3.11", HTTPLIB2_CA_CERTS="/etc/gone.pem", **{VARIABLE: GOOD})
    assert states(state) == ["broken"] * 6 and "HTTPLIB2_CA_CERTS" in state["problems"][0]
    assert state["fixes"][0].startswith("remove HTTPLIB2_CA_CERTS")
    newer = judged(tm, root, "python=3.13")
    assert "Python 3.13 cannot import shotgun_api3 3.8.5" in newer["problems"][0]
    assert "3.10.3" in newer["fixes"][0]
    assert len(newer["problems"]) == 1  # six uses with one reason are one sentence


@pytest.mark.parametrize("release,python", [("3.10.4", "3.11"), ("3.11.0", "3.13"), ("3.10.3", "3.14"),
                                            ("3.10.3", None)])
def test_what_is_not_known_is_unsure(tm, root, amazon, release, python):
    place(root, release, amazon)
    state = judged(tm, root, *([f"python={python}"] if python else []))
    assert states(state) == ["unsure"] * 6 and state["works"] is None and not state["fixes"]


# ---- the system, and interpreters ----

def test_ssl_cert_file_and_dir_stand_for_a_part_of_the_system_each(tm, root, amazon):
    place(root, "3.8.5", amazon)
    put(root, SYSTEM, "")
    none = judged(tm, root, "python=3.11")
    assert none["form"]["state"] == "broken" and none["api"]["state"] == "works"
    by_file = judged(tm, root, "python=3.11", SSL_CERT_FILE=GOOD)
    assert by_file["works"] is True and by_file["form"]["directory"] == "/etc/pki/tls/certs"
    put(root, "/etc/pki/tls/certs/ce5e74ef.0", amazon)  # Amazon Root CA 1 by its hash
    assert judged(tm, root, "python=3.11")["works"] is True
    assert judged(tm, root, "python=3.11", SSL_CERT_DIR="/etc/other")["works"] is False
    assert judged(tm, root, "python=3.11", SSL_CERT_FILE="/etc/none.pem")["works"] is True


def interpreter(root, prefix, version, name="python3"):
    put(root, f"{prefix}/bin/{name}", "")
    put(root, f"{prefix}/lib/python{version}/os.py", "")
    put(root, f"{prefix}/lib/python{version}/lib-dynload/_ssl.cpython.so", b"\0libcrypto.so.1.1\0")


def test_an_interpreter_is_told_by_the_files_around_it(tm, root, amazon):
    place(root, "3.8.5", amazon)
    interpreter(root, "opt/maya", "3.9", "mayapy")
    put(root, "opt/maya/lib/libcrypto.so.1.1", b'\0OPENSSLDIR: "/opt/maya/ssl"\0')
    state = judged(tm, root, "python=/opt/maya/bin/mayapy")
    assert state["python_version"] == "3.9" and state["form"]["file"] == "/opt/maya/ssl/cert.pem"
    assert "SSL_CERT_FILE" in state["fixes"][0]  # the system's store does not count for this one
    put(root, "venv/pyvenv.cfg", "home = /opt/maya/bin\nversion = 3.9.7\n")
    put(root, "venv/bin/python", "")
    state = judged(tm, root, "python=/venv/bin/python")
    assert state["python_version"] == "3.9.7" and state["form"]["directory"] == "/opt/maya/ssl/certs"
    place(root, "3.10.3", amazon, "venv/lib/python3.9/site-packages")
    state = judged(tm, root, subject="python_api=/venv/lib/python3.9/site-packages")
    assert state["python_version"] == "3.9.7" and state["works"] is True
    assert verdict(tm, root, "python=/opt/none").error["kind"] == "not_found"
    assert verdict(tm, root, "python=snake").error["kind"] == "invalid_input"


def test_modules_beside_the_api_count_where_nothing_is_set(tm, root, amazon):
    place(root, "3.2.2", amazon)
    put(root, "mods/certifi/__init__.py", "from .core import where\n")
    assert judged(tm, root, "python=3.11", PYTHONPATH="/mods")["api"]["state"] == "unsure"
    put(root, "mods/certifi/core.py", "def where():\n    return join(here, 'cacert.pem')\n")
    put(root, "mods/certifi/cacert.pem", amazon)
    state = judged(tm, root, "python=3.11", PYTHONPATH="/mods")
    assert state["api"]["source"] == "certifi" and state["api"]["file"] == "/mods/certifi/cacert.pem"
    put(root, "mods/certifi/core.py", f"def where():\n    return '{GOOD}'\n")
    assert judged(tm, root, "python=3.11", PYTHONPATH="/mods")["api"]["file"] == GOOD
    put(root, "mods/ca_certs_locater.py", "")
    assert judged(tm, root, "python=3.11", PYTHONPATH="/mods")["api"]["state"] == "unsure"
    assert judged(tm, root, "python=3.11", PYTHONPATH="/mods", **{VARIABLE: GOOD})["works"] is True


@pytest.mark.native_only("asks the Python of this machine")
def test_the_openssl_of_this_machine_is_found_where_python_says(tm, tmp_path, amazon):
    place(tmp_path, "3.8.5", amazon)
    state = tm("trustmend", "verdict", "get", "--output", "json", f"python_api={tmp_path}/opt/api",
               "python=/usr/bin/python3", "requires=").state
    said = subprocess.run(["/usr/bin/python3", "-c", "import ssl; print(ssl.get_default_verify_paths())"],
                          check=True, capture_output=True, text=True, env={}).stdout
    assert f"openssl_cafile='{state['form']['file']}'" in said, said
    assert f"openssl_capath='{state['form']['directory']}'" in said, said


# ---- cores ----

def core(root, version, python=None, certificates=""):
    put(root, "core/info.yml", f'version: "{version}"\n')
    (root / "core/python/tank_vendor").mkdir(parents=True, exist_ok=True)
    if python:
        put(root, f"core/requirements/{python}/pkgs.zip", b"PK")
        put(root, f"core/requirements/{python}/certs/shotgun_api3/{CERTIFI}", certificates)


def test_three_cores_ignore_the_variable_and_later_ones_an_empty_one(tm, root, amazon):
    certificates = f"/core/requirements/3.11/certs/shotgun_api3/{CERTIFI}"
    for version, value, file in [("v0.23.8", GOOD, certificates), ("v0.23.10", GOOD, GOOD),
                                 ("v0.23.10", "", certificates), ("v0.24.0", GOOD, GOOD)]:
        core(root, version, "3.11", amazon)
        state = judged(tm, root, "python=3.11", subject="core=/core", **{VARIABLE: value})
        assert state["core_version"] == version and state["works"] is True
        assert {state[use]["file"] for use in USES} == {file}
    assert judged(tm, root, "python=3.9", subject="core=/core")["works"] is None
    core(root, "v0.25.0", "3.11", amazon)
    assert "v0.25.0" in judged(tm, root, "python=3.11", subject="core=/core")["problems"][0]


def test_a_core_is_found_through_a_configuration_and_its_api_is_in_it(tm, root, amazon, pki):
    put(root, "mnt/p/config/core/core_api.yml", "location: {type: app_store, version: v0.22.5}\n")
    put(root, "mnt/p/config/core/roots.yml", "")
    put(root, "mnt/p/install/core/_core_upgrader.py", "")
    put(root, "mnt/p/install/core/info.yml", 'version: "v0.22.5"\n')
    place(root, "3.8.4", pki.root().text, "mnt/p/install/core/python/tank_vendor")
    state = judged(tm, root, "python=3.11", subject="core=/mnt/p")
    assert state["core_version"] == "v0.22.5" and state["python_api_version"] == "3.8.4"
    assert sources(state) == [P] + [S] * 5 and state["api"]["state"] == "broken"
    assert any("v0.24.0" in fix for fix in state["fixes"])


# ---- fixes ----

FIXES = [
    # release, Python, what is given, the beginning of what is recommended first
    ("3.10.3", "3.13", {VARIABLE: "/etc/gone.pem"}, f"remove {VARIABLE}"),
    ("3.10.3", "3.13", {VARIABLE: "", "SSL_CERT_FILE": "/etc/gone.pem"}, f"remove {VARIABLE}"),
    ("3.0.14", "2.7", {}, "bring shotgun_api3 to 3.5.1"),
    ("3.6.1", "2.7", {VARIABLE: GOOD}, "bring shotgun_api3 to 3.5.1"),
    ("3.9.0", "3.6", {}, "bring shotgun_api3 to 3.5.1"),
    ("3.0.37", "2.7", {}, f"set {VARIABLE}"),
    ("3.8.5", "3.11", {VARIABLE: GOOD, "SSL_CERT_FILE": "/etc/gone.pem"},
     "mend the file that SSL_CERT_FILE names"),
]


@pytest.mark.parametrize("release,python,given,first", FIXES)
def test_the_first_fix_is_one_that_works_for_this_release(tm, root, amazon, pki, release, python,
                                                          given, first):
    place(root, release, pki.root().text if release < "3.1" else amazon)
    state = judged(tm, root, f"python={python}", **given)
    assert state["works"] is False and state["fixes"][0].startswith(first), state["fixes"]


def test_transfers_that_ignore_every_setting_are_never_told_to_set_one(tm, root, amazon):
    place(root, "3.8.5", amazon)
    put(root, SYSTEM, "")
    fixes = judged(tm, root, "python=3.11")["fixes"]
    assert fixes[0].startswith("trust the root in the store of the system")
    assert "3.10.3" in fixes[1] and len(fixes) == 2


# ---- many ----

def test_list_finds_copies_and_cores_and_an_interpreter_for_each(tm, root, amazon):
    place(root, "3.10.3", amazon, "opt/tools")
    place(root, "3.8.5", amazon, "opt/venv/lib/python3.9/site-packages")
    place(root, "3.0.14", amazon, "opt/old")
    put(root, "opt/venv/pyvenv.cfg", "home = /usr/bin\nversion = 3.9.7\n")
    for name in ["opt/venv/bin/python", "opt/py/bin/python3.11", "opt/py/bin/python3.13"]:
        put(root, name, "")
        (root / name).chmod(0o755)
    core(root, "v0.23.8", "3.11", amazon)
    put(root, "core/python/tank/__init__.py", "")
    (root / "core").rename(root / "opt/core")
    listed = tm("trustmend", "verdict", "list", "--output", "json", "under=/opt", root=root)
    assert listed.status == 0, listed
    found = {r["name"]: r["state"] for r in listed.json["results"]}
    assert {name: (state.get("python"), state["works"]) for name, state in found.items()} == {
        "/opt/tools": ("/opt/py/bin/python3.13", True),
        "/opt/venv/lib/python3.9/site-packages": ("/opt/venv/bin/python", None),
        "/opt/old": (None, None),
        "/opt/core": ("/opt/py/bin/python3.11", True)}
    assert found["/opt/old"]["problems"] == [
        "unsure: which Python imports it is not known; shotgun_api3 3.0.14 is for Python 2.7"]


def test_explain_says_the_reasons_in_sentences(tm, root, amazon):
    place(root, "3.8.5", amazon)
    interpreter(root, "opt/py", "3.11", "python3.11")
    (root / "opt/py/bin/python3.11").chmod(0o755)
    (root / "usr/lib64/libcrypto.so.3").rename(root / "usr/lib64/libcrypto.so.1.1")
    put(root, "bin/sh", "")
    put(root, "etc/passwd", "studio:x:1000:1000::/home/studio:/bin/sh\n")
    put(root, "etc/environment", f"{VARIABLE}=/etc/gone.pem\n")
    told = tm("trustmend", "explain", "--output", "text", "--no-observe", "--under", "/opt",
              root=root).stdout
    assert "BROKEN  shotgun_api3 3.8.5 in /opt/api, Python 3.11" in told
    assert "API calls take /etc/gone.pem (from: SHOTGUN_API_CACERTS), which does not load" in told
    assert "To mend it: remove SHOTGUN_API_CACERTS" in told


# ---- the type ----

def test_nothing_but_reading_is_offered_and_a_profile_can_ask_for_it(tm, root, amazon, tmp_path):
    place(root, "3.8.5", amazon)
    profile = tmp_path / "profile.yml"
    profile.write_text("trustmend: 1\ndescription: x\nresources:\n"
                       "  - {type: verdict, python_api: /opt/api, python: '3.13'}\n")
    assert verdict(tm, root, "python=3.13").status == 0
    refused = tm("trustmend", "verdict", "plan", "--output", "json", "python_api=/opt/api", root=root)
    assert refused.error["kind"] == "invalid_input" and refused.error["hint"] == "get reads it"
    told = tm("trustmend", "get", "--output", "text", profile, root=root)
    assert "works: no -> yes" in told.stdout


def test_what_does_not_matter_of_an_environment_is_not_repeated(tm, root, amazon):
    place(root, "3.10.3", amazon)
    answer = verdict(tm, root, "python=3.11", API_KEY="geheim", https_proxy="http://u:geheim@p:1",
                     **{VARIABLE: GOOD})
    assert "geheim" not in answer.stdout + answer.stderr
    assert answer.state["environment"] == {VARIABLE: GOOD}
    assert "proxy" in answer.state["problems"][0]
    for words in [["python=/none"], ["python=snake"], ["user=no:body"]]:
        failed = verdict(tm, root, *words, API_KEY="geheim", https_proxy="http://u:geheim@p:1")
        assert failed.error and "geheim" not in failed.stdout + failed.stderr, failed


@pytest.mark.parametrize("words, why", [
    (["python=3.11"], "only the version is known"),
    ([], "no interpreter is known"),
    (["python=/usr/bin/python3.11", "--no-observe"], "--no-observe is given"),
    (["python=/usr/bin/python3.11", "environment=SHOTGUN_API_CACERTS=ca.pem"], "directory"),
])
def test_a_verdict_that_cannot_be_observed_is_predicted_and_says_why(tm, root, amazon, words, why):
    place(root, "3.10.3", amazon)
    put(root, "usr/bin/python3.11", "")
    state = judged(tm, root, "observe=true", *words)
    assert state["basis"] == "predicted"
    [problem] = [text for text in state["problems"] if text.startswith("not observed: ")]
    assert why in problem
    assert not any("not observed" in text for text in judged(tm, root, *words)["problems"])
