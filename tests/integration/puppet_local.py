"""
The types of the Puppet module, out of the sources, through `puppet apply` in a Debian root. The
program that the tests are about is the portable one, which trustmend.yaml names.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess

import yaml

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
MODULE = TOP / "plugins/puppet"
SERIES = {"7": "bookworm-puppet", "8": "trixie-puppet"}
PROGRAM = "/usr/local/lib/trustmend-test/trustmend"
COUNTING = "/usr/local/lib/trustmend-test/counting"
COUNT = "/tmp/runs"
REPORT = "/tmp/report.yaml"
LOCALE = {"LC_ALL": "C.UTF-8"}
LIMIT = 1200  # seconds for one run of Puppet
COUNT_AND_RUN = f'#!/bin/sh\necho "$*" >>{COUNT}\nexec {PROGRAM} "$@"\n'


class Loader(yaml.CSafeLoader):
    """A report of Puppet, whose objects are mappings."""


Loader.add_multi_constructor("!ruby/", lambda loader, _tag, node: (
    loader.construct_mapping(node, deep=True) if isinstance(node, yaml.MappingNode)
    else loader.construct_scalar(node)))


class Applied:
    """One run of `puppet apply`: how it ended, what it printed, and its report."""

    def __init__(self, status, output, report):
        self.status = status
        # What facter cannot find out in a root is none of ours.
        self.output = "".join(line for line in output.splitlines(True) if "Facter: " not in line)
        self.resources = report["resource_statuses"]
        self.logs = report["logs"]

    def __repr__(self):
        return f"status {self.status}\n{self.output}"

    def __getitem__(self, ref):
        return self.resources[ref]

    def events(self, ref):
        """(property, status, message) of each event but those of an audit."""
        return [(event["property"], event["status"], event["message"])
                for event in self.resources[ref]["events"] if not event["audited"]]

    def outcome(self, ref):
        """What became of a resource, in a word."""
        status = self.resources[ref]
        for word in ("failed", "skipped", "changed"):
            if status[word]:
                return word
        return "noop" if status["out_of_sync"] else "in sync"

    def outcomes(self):
        return {ref: self.outcome(ref) for ref in self.resources
                if not ref.startswith(("Schedule[", "Filebucket[", "Whit[", "Class[", "Stage["))}

    def messages(self, level, ref=""):
        return [str(log["message"]) for log in self.logs
                if str(log["level"]).lstrip(":") == level and ref in str(log["source"])]


class PuppetLocal:
    """An agent in a Debian root, which is of a series."""

    def __init__(self, root):
        self.root = root
        self.root.mount("/proc")
        self.install_module()
        self.root.write(PROGRAM, portable().read_bytes(), mode=0o755)
        self.root.write(COUNTING, COUNT_AND_RUN, mode=0o755)
        self.root.write("/etc/puppet/trustmend.yaml", f"program: {COUNTING}\n")

    def install_module(self):
        place = self.root.outside("/etc/puppet/code/modules/trustmend")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(MODULE, place, ignore=shutil.ignore_patterns("bin", "spec"))

    def directory(self, name):
        """An empty directory: (its path outside, its path inside)."""
        path = self.root.outside(f"/srv/{name}")
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path, f"/srv/{name}"

    def inside(self, path):
        return "/" + os.path.relpath(path, self.root.path)

    def apply(self, manifest, *options, noop=False, may_be_refused=False):
        """`puppet apply --detailed-exitcodes`, strict, and without facts, which take half its time."""
        self.root.write("/tmp/manifest.pp", manifest)
        self.root.outside(REPORT).unlink(missing_ok=True)
        self.root.outside(COUNT).unlink(missing_ok=True)
        done = self.root.run(
            "puppet", "apply", "--detailed-exitcodes", "--strict=error", "--color=false",
            "--facts_terminus", "memory", "--lastrunreport", REPORT,
            "--no-exclude_unchanged_resources",
            "--modulepath", "/etc/puppet/code/modules", *options,
            *(["--noop"] if noop else []), "/tmp/manifest.pp", check=False, timeout=LIMIT, env=LOCALE)
        if may_be_refused and "Applied catalog" not in done.stdout:
            return "".join(line for line in done.stdout.splitlines(True)
                           if line.startswith("Error: ") and "Facter: " not in line)
        assert self.root.outside(REPORT).exists(), done.stdout
        return Applied(done.returncode, done.stdout,
                       yaml.load(self.root.outside(REPORT).read_text(), Loader))

    def refused(self, manifest):
        """What is said of a catalog that cannot be applied at all."""
        self.root.write("/tmp/manifest.pp", manifest)
        done = self.root.run("puppet", "apply", "--strict=error", "--color=false",
                             "--facts_terminus", "memory", "--modulepath", "/etc/puppet/code/modules", "/tmp/manifest.pp", check=False,
                             timeout=LIMIT, env=LOCALE)
        assert done.returncode == 1, done.stdout
        return done.stdout

    def resource(self, *words, check=True):
        return self.root.run("puppet", "resource", "--color=false", "--modulepath",
                             "/etc/puppet/code/modules", *words, check=check, timeout=LIMIT,
                             env=LOCALE).stdout

    @property
    def runs(self):
        """The verbs of the program's runs since the last `apply` began."""
        path = self.root.outside(COUNT)
        lines = path.read_text().splitlines() if path.exists() else []
        return [re.search(r"\b(get|plan|apply|list)\b", line)[1] for line in lines]


def portable():
    directory = pathlib.Path(os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist")
    return directory / f"trustmend-linux-{os.uname().machine}"


def literal(value):
    """A value as a manifest has it."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal(k)} => {literal(v)}" for k, v in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(map(literal, value)) + "]"
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return "undef"
    if isinstance(value, int):
        return str(value)
    text = "".join(character if 31 < ord(character) < 127 and character not in '"\\$'
                   else f"\\u{{{ord(character):x}}}" for character in str(value))
    return f'"{text}"'


def resource(kind, title, **attributes):
    words = "".join(f"  {name} => {value if isinstance(value, Code) else literal(value)},\n"
                    for name, value in attributes.items())
    return f"{kind} {{ {literal(title)}:\n{words}}}\n"


class Code(str):
    """Of a manifest, as it is."""


def debug_results(applied):
    """(verb, resource, result) of what the program said, from a run with --debug."""
    for log in applied.logs:
        found = re.match(r"(get|plan|apply): (\{.*)", str(log["message"]), re.DOTALL)
        if found and "Trustmend_" in str(log["source"]):
            yield found[1], str(log["source"]), json.loads(found[2])
