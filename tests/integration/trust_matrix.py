"""
What real releases of shotgun_api3 trust, asked from real interpreters: a cell is a release, an
interpreter and what a process is given; trust_program.py uses the API and says what it accepted.
"""

import io
import itertools
import json
import os
import pathlib
import subprocess
import tarfile
import zlib

from integration.trust_site import LAX, PARTIAL, SOURCES, STRANGER, WRONG_NAME

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = pathlib.Path(__file__).with_name("trust_program.py")

PINNED = "3.0.14 3.0.34 3.2.2 3.6.2 3.8.1 3.8.5 3.9.0 3.10.3"
RELEASES = tuple(os.environ.get("TRUSTMEND_RELEASES", PINNED).split())
INTERPRETERS = {"2.7": ("bullseye", "/usr/bin/python2.7"), "3.11": ("bookworm", "/usr/bin/python3.11"),
                "3.13": ("trixie", "/usr/bin/python3.13")}

USES = ("api", "form", "storage_upload", "site_download", "storage_download",
        "storage_download_after")

BASE = "/opt/trust"  # inside the roots
HOME = f"{BASE}/home"
USER = "render"
INSIDE = f"{BASE}/program.py"
PATH = "/usr/bin:/bin"

MODULE = """import os


def %s():
    return os.path.join(os.path.dirname(os.path.abspath(__file__)), "cacert.pem")
"""

# What each setting of a process can be. None: it is not given.
ARGUMENT = {"none": None, "empty": "", "file": f"{BASE}/argument.pem", "missing": f"{BASE}/no.pem"}
VARIABLE = {"unset": None, "set": f"{BASE}/variable.pem", "empty": "", "missing": f"{BASE}/no.pem",
            "html": f"{BASE}/page.html", "directory": HOME, "damaged": f"{BASE}/damaged.pem",
            "tilde": "~/home.pem", "relative": "relative.pem"}
HTTPLIB2 = {"unset": None, "set": f"{BASE}/httplib2.pem", "stale": f"{BASE}/no.pem", "empty": "",
            "directory": HOME}
CERT_FILE = {"unset": None, "set": f"{BASE}/cert-file.pem", "missing": f"{BASE}/no.pem"}
CERT_DIR = {"unset": None, "set": f"{BASE}/cert-dir", "missing": f"{BASE}/no-directory"}
MODULES = {"none": None, "certifi": f"{BASE}/certifi", "locater": f"{BASE}/locater"}
OTHER = {"none": {}, "proxy": {"https_proxy": "{proxy}"}, "unverified": {"PYTHONHTTPSVERIFY": "0"}}

SETTINGS = {"argument": ARGUMENT, "variable": VARIABLE, "httplib2": HTTPLIB2, "cert_file": CERT_FILE,
            "cert_dir": CERT_DIR, "modules": MODULES, "other": OTHER}
VARIABLES = {"variable": "SHOTGUN_API_CACERTS", "httplib2": "HTTPLIB2_CA_CERTS",
             "cert_file": "SSL_CERT_FILE", "cert_dir": "SSL_CERT_DIR"}
PLAIN = {name: next(iter(values)) for name, values in SETTINGS.items()}

# Which source a file is; the files of the package are named like their sources.
FILES = {f"{BASE}/argument.pem": "argument", f"{BASE}/variable.pem": "SHOTGUN_API_CACERTS",
         f"{BASE}/httplib2.pem": "HTTPLIB2_CA_CERTS", f"{BASE}/cert-file.pem": "SSL_CERT_FILE",
         f"{BASE}/certifi/certifi/cacert.pem": "certifi", f"{HOME}/home.pem": "home",
         f"{BASE}/locater/cacert.pem": "ca_certs_locater",
         f"{BASE}/work/relative.pem": "SHOTGUN_API_CACERTS"}


def every_setting():
    """All combinations of what can be given, and what few_settings() has besides."""
    short = {**SETTINGS, "httplib2": ("unset", "set", "stale"), "cert_file": ("unset", "set"),
             "cert_dir": ("unset", "set"), "other": ("none",)}
    return distinct(combined(short) + few_settings())


def combined(settings):
    return [dict(zip(settings, words)) for words in itertools.product(*settings.values())]


def distinct(settings):
    return list({json.dumps(setting): setting for setting in settings}.values())


def few_settings():
    """Each value of each setting alone, some again beside a file that works, and a few mixed ones."""
    found = [{**PLAIN, name: word} for name, words in SETTINGS.items() for word in words]
    found += [{**PLAIN, "variable": "set", name: word} for name in ("argument", "httplib2", "other")
              for word in SETTINGS[name]]
    found += [{**PLAIN, "argument": "empty", name: word} for name, word in
              (("variable", "set"), ("httplib2", "set"), ("modules", "certifi"),
               ("modules", "locater"), ("cert_file", "set"))]
    found += [s for s in combined(SETTINGS) if zlib.crc32(json.dumps(s).encode()) % 1500 == 0]
    return distinct(found)


def environment_of(setting, proxy="http://127.0.0.1:1"):
    wanted = {"HOME": HOME}
    for name, variable in VARIABLES.items():
        if SETTINGS[name][setting[name]] is not None:
            wanted[variable] = SETTINGS[name][setting[name]]
    for name, value in OTHER[setting["other"]].items():
        wanted[name] = value.format(proxy=proxy)
    return wanted


def arguments_of(setting):
    value = ARGUMENT[setting["argument"]]
    return {} if value is None else {"ca_certs": value}


def path_of(setting):
    directory = MODULES[setting["modules"]]
    return [directory] if directory else []


def cell_of(setting, proxy):
    """What trust_program.py needs to know. Sources that nothing of the cell names cannot be found."""
    named = {"argument": "argument", "httplib2": "HTTPLIB2_CA_CERTS", "cert_file": "SSL_CERT_FILE",
             "cert_dir": "SSL_CERT_DIR", "variable": "SHOTGUN_API_CACERTS"}
    absent = {source for name, source in named.items() if setting[name] == PLAIN[name]}
    absent |= {"certifi", "ca_certs_locater"} if setting["modules"] == "none" else set()
    absent |= {"home"} if setting["variable"] not in ("tilde", "directory") else set()
    return {"arguments": arguments_of(setting), "environment": environment_of(setting, proxy),
            "path": path_of(setting), "directory": f"{BASE}/work",
            "sources": [source for source in SOURCES if source not in absent]}


class Host:
    """A Debian root with the releases, the files, and an interpreter."""

    def __init__(self, root, python, sites, releases):
        self.path = root
        self.python = python
        self.sites = sites
        self.inside = ["/usr/sbin/chroot", str(root)]
        self.files = {}
        self.write_files(sites.authorities)
        self.write_system(sites.authorities)
        for release, directory in releases.items():
            self.add_release(release, directory)
        self.send()

    def write_files(self, authorities):
        self.files.update({name: authorities.text(source) for name, source in FILES.items()})
        text = authorities.text("SHOTGUN_API_CACERTS")
        self.files[f"{BASE}/damaged.pem"] = text + text.replace("\nMI", "\n")
        self.files[f"{BASE}/page.html"] = "<!DOCTYPE html><html><body>cacert</body></html>\n"
        for module, function in (("certifi/certifi/__init__", "where"),
                                 ("locater/ca_certs_locater", "get")):
            self.files[f"{BASE}/{module}.py"] = MODULE % function
        self.files["/etc/passwd"] = (pathlib.Path(self.path, "etc/passwd").read_text() +
                                     f"{USER}:x:1500:1500::{HOME}:/bin/sh\n")
        self.files["/etc/hosts"] = "127.0.0.1 localhost site.test storage.test\n"
        self.files[INSIDE] = PROGRAM.read_text()

    def write_system(self, authorities):
        self.files["/usr/lib/ssl/cert.pem"] = authorities.text("system file")
        for directory, source in (("/etc/ssl/certs", "system directory"),
                                  (f"{BASE}/cert-dir", "SSL_CERT_DIR")):
            for certificate in authorities.of(source):
                self.files[f"{directory}/{subject_hash(certificate)}.0"] = certificate.text

    def add_release(self, release, directory):
        for file in pathlib.Path(directory, "shotgun_api3").rglob("*"):
            source = str(file.relative_to(pathlib.Path(directory, "shotgun_api3")))
            if file.is_file():
                self.files[f"{BASE}/api/{release}/shotgun_api3/{source}"] = (
                    self.sites.authorities.text(source) if source in SOURCES else file.read_bytes())

    def send(self):
        """Unpacked inside, where the root's links lead to the root's own files."""
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for name, content in self.files.items():
                content = content.encode() if isinstance(content, str) else content
                member = tarfile.TarInfo(name.lstrip("/"))
                member.size = len(content)
                archive.addfile(member, io.BytesIO(content))
        subprocess.run([*self.inside, "tar", "-x", "-C", "/"], check=True, input=packed.getvalue(),
                       env={"PATH": PATH})

    def run(self, release, settings):
        """What the real API does in each of these settings."""
        cells = [cell_of(setting, self.sites.proxy_url) for setting in settings]
        request = {"api": f"{BASE}/api/{release}", "ports": self.sites.ports,
                   "control": self.sites.control, "cells": cells}
        done = subprocess.run([*self.inside, self.python, INSIDE], input=json.dumps(request),
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env={"PATH": PATH})
        answers = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(answers) == len(settings) and {"broken": True} not in answers, done.stderr[-3000:]
        return answers


def subject_hash(certificate):
    return subprocess.run(["openssl", "x509", "-noout", "-subject_hash", "-in", certificate.pem],
                          check=True, text=True, stdout=subprocess.PIPE).stdout.strip()


def fetch(release):
    """The directory of a release from PyPI, or None: it cannot be had here."""
    how = [] if release in PINNED.split() else ["--unpinned"]
    done = subprocess.run([str(TOP / "scripts" / "python-api"), *how, release], text=True,
                          stdout=subprocess.PIPE)
    return done.stdout.strip() if done.returncode == 0 else None


# ---- as a table ----

def told(use):
    """One use of one cell in words."""
    if use is None:
        return "not there"
    if not use["trusted"]:
        return f"nothing: {use['why'][:90]}"
    if STRANGER in use["trusted"]:
        return "whatever comes" + (", by proxy" if use["proxy"] else "")
    words = [" and ".join(use["trusted"])]
    words += ["any name"] if use[WRONG_NAME] else []
    words += [] if use["sni"] else ["no SNI"]
    words += ["strict"] if not use[LAX] else []
    words += ["partial chains"] if use[PARTIAL] else []
    words += ["by proxy"] if use["proxy"] else []
    return ", ".join(words)


def lines(python, release, setting, answer):
    """A cell as lines of text: which authorities each use trusts, and how."""
    given = " ".join(f"{name}={word}" for name, word in setting.items() if word != PLAIN[name])
    yield f"{release} on Python {python}: {given or 'nothing set'}"
    if "fails" in answer:
        yield f"    fails: {answer['fails'][:100]}"
        return
    if answer["at_once"]:
        yield "    Shotgun() calls the site at once"
    by_text = {}
    for use in USES:
        by_text.setdefault(told(answer["uses"][use]), []).append(use)
    for text, uses in by_text.items():
        yield f"    {', '.join(uses)}: {text}"


# ---- what `trustmend verdict get` says of the same cells ----


def resource(release, python, setting, **more):
    """The same process, asked of trustmend."""
    environment = environment_of(setting)
    if path_of(setting):
        environment["PYTHONPATH"] = ":".join(path_of(setting))
    asked = {"type": "verdict", "python_api": f"{BASE}/api/{release}", "python": python,
             "environment": environment, "directory": f"{BASE}/work", "requires": [], **more}
    return {**asked, **({"ca_certs": ARGUMENT[setting["argument"]]}
                        if setting["argument"] != "none" else {})}


def source_of(path, release):
    inside = f"{BASE}/api/{release}/shotgun_api3/"
    return path[len(inside):] if path.startswith(inside) else FILES[path]


def system_sources(setting):
    """Whose certificates the system's file and directory are, where nothing says what they hold."""
    file = {"unset": "system file", "set": "SSL_CERT_FILE"}.get(setting["cert_file"])
    directory = {"unset": "system directory", "set": "SSL_CERT_DIR"}.get(setting["cert_dir"])
    return [source for source in SOURCES if source in (file, directory)]


def trusted_sources(use, setting, release):
    """The authorities that a use trusts after what the verdict says."""
    if use["source"] == "system":
        return system_sources(setting)
    if use["source"] == "unverified":
        return [STRANGER]
    if not use.get("file") or use["loads"] != "yes":
        return []
    return [source_of(use["file"], release)]


def foretold(use, setting, release):
    """A use of the verdict in the words of told(), without what a verdict does not say."""
    if use["state"] == "not there":
        return "not there"
    if "source" not in use:
        return f"{use['state']}: {use['why']}"
    if use["source"] == "ca_certs_locater":
        return "unsure: ca_certs_locater"
    words = trusted_sources(use, setting, release)
    if not words:
        return "nothing"
    if words == [STRANGER]:
        return "whatever comes"
    words = [" and ".join(words)]
    words += {"ignored": ["any name", "no SNI"], "checked, without SNI": ["no SNI"]}.get(
        use["host_names"], [])
    words += ["strict", "partial chains"] if use["strict"] == "yes" else []
    return ", ".join(words)


def really(use):
    """What told() says, without the reason of a failure, the proxy, and what trustmend cannot know."""
    text = told(use).partition(": ")[0].replace(", by proxy", "")
    return "unsure: ca_certs_locater" if text.startswith("ca_certs_locater") else text


def differences(release, setting, answer, state):
    """Where the verdict on a cell says other things than the API did, one line each."""
    if "fails" in answer:
        wrong = [use for use in USES if state[use]["state"] != "broken"]
        return [f"{use}: {state[use]} but really fails: {answer['fails']}" for use in wrong]
    pairs = [(use, foretold(state[use], setting, release), really(answer["uses"][use]))
             for use in USES]
    return [f"{use}: predicted {said!r} but really {done!r}" for use, said, done in pairs
            if said != done]


# ---- what core/resources/verdict/observing.py sees of them ----

OBSERVING = TOP / "core/resources/verdict/observing.py"


def observe(host, release, setting):
    """Its answer: lines of NAME=VALUE for each use."""
    argument = arguments_of(setting).get("ca_certs")
    command = [host.python, "-B", "-c", OBSERVING.read_text(), f"{BASE}/api/{release}",
               "" if argument is None else f"={argument}", f"{BASE}/work"]
    environment = {"PATH": PATH, **environment_of(setting)}
    if path_of(setting):
        environment["PYTHONPATH"] = path_of(setting)[0]
    done = subprocess.run([*host.inside, *command], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env=environment)
    assert done.returncode == 0, done.stderr
    uses = {}
    for line in done.stdout.splitlines():
        if line.startswith("[") and line.endswith("]"):
            uses[line[1:-1]] = []
            continue
        uses[list(uses)[-1]].append(line)
    return uses


def observed(seen, setting, release):
    """A use as observed in the words of told()."""
    says = dict(line.split("=", 1) for line in seen)
    if "absent" in says:
        return "not there"
    if "error" in says:
        return "nothing"
    if says["verify"] == "no":
        return "whatever comes"
    files = [os.path.join(f"{BASE}/work", line[5:]) for line in seen if line.startswith("file=")]
    found = [source_of(file, release) for file in files]
    found += system_sources(setting) if "system" in says else []
    if not found:
        return "nothing"
    words = [" and ".join(source for source in SOURCES if source in found)]
    words += ["any name"] if says["names"] == "no" else []
    words += ["no SNI"] if says["sni"] == "no" else []
    words += ["strict"] if says["strict"] == "yes" else []
    words += ["partial chains"] if says["partial"] == "yes" else []
    words += ["by proxy"] if says["proxy"] == "yes" else []
    return ", ".join(words)


def observed_differences(release, setting, answer, seen):
    if "fails" in answer or "fails" in seen:
        same = ("fails" in answer) == ("fails" in seen)
        return [] if same else [f"really {answer} but observed {seen}"]
    pairs = [(use, observed(seen[use], setting, release), told(answer["uses"][use]).partition(": ")[0])
             for use in USES]
    return [f"{use}: observed {saw!r} but really {done!r}" for use, saw, done in pairs
            if saw != done.replace("whatever comes, by proxy", "whatever comes")]
