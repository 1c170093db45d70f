"""
The conformance cases, and what is the same for every tool that goes through them: what a case
finds, what has to be told of it, and what has to be there afterwards. A tool is one class with
`run`; README.md has the keys of a case.
"""

import json
import os
import pathlib
import re
import stat

import yaml

from integration.anchor_tools import fingerprints

FILES = sorted(pathlib.Path(__file__).resolve().parent.glob("*.yml"))
LOCK = "/run/trustmend.lock"  # stays; that of Windows goes
BATCH, SINGLE = "batch", "single"
USER = 12345  # the number of a case's first user; one who is not root makes them all himself

# The kind of an error of which a tool has a message alone, because it did not ask the program.
TOLD = "told"
BEFORE_ASKING = ("invalid_input", "refused")

# Errors that are told in other words of where the wish or the file came from.
WORDED = ("invalid_input", "not_found")

KEYS = {"summary", "systems", "machine", "one_run", "one_plan", "may_refuse_all", "certificates",
        "users", "before", "rebuilt", "caller", "resources", "profile", "variables", "changes",
        "errors", "messages", "after", "bundles", "modes", "trusted", "untrusted"}


# ---- what a tool is given, and gives ----

class Run:
    """
    What a tool is asked for at once. `way` is BATCH: `resources` all in one run of the program; or
    SINGLE: each in a run of its own, in their order. Where `profile` is not None it is that with
    its `variables`, and always a BATCH. `root` is the machine. `name` is another one for each run
    that a tool is given together.
    """

    def __init__(self, name, way, root):
        self.name = name
        self.way = way
        self.root = root
        self.resources = None
        self.profile = None
        self.variables = {}


class Outcome:
    """
    What a tool says of one resource: its `changes` as the report has them, the kind of its `error`
    or None, and the `message` of that. `shown` is whatever else it shows of the result, by the
    report's names: that has to be what the command line says.
    """

    def __init__(self, changes, error=None, message="", shown=None):
        self.changes = changes
        self.error = error
        self.message = message
        self.shown = shown or {}

    def __repr__(self):
        return f"{self.error or 'no error'} {self.message!r} {self.changes}"


class Tool:
    """A way to run trustmend."""

    def named(self, run, path):
        """What resources call a file of whoever starts the tool, which the tool has to bring along."""
        del run
        return str(path)

    def run(self, verb, runs):
        """`plan` or `apply` for each of `runs`: a list of lists, one Outcome for each resource."""
        raise NotImplementedError


# ---- a case ----

class Case:
    def __init__(self, path):
        self.name = path.stem
        self.data = yaml.safe_load(path.read_text())
        unknown = set(self.data) - KEYS
        assert not unknown, f"{path}: unknown keys: {', '.join(sorted(unknown))}"
        self.systems = self.data.get("systems", ["linux", "windows"])
        self.machine = self.data.get("machine", "empty")
        assert ("resources" in self.data) != ("profile" in self.data), f"{path}: resources or profile?"
        count = len(self.data.get("resources", self.data["changes"]))
        self.errors = self.data.get("errors", [None] * count)
        self.messages = self.data.get("messages", [None] * count)
        self.may_refuse_all = "may_refuse_all" in self.data and count > 1
        for listed in (self.data["changes"], self.errors, self.messages):
            assert len(listed) == count, f"{path}: {count} resources, and {len(listed)} of {listed}"

    def __repr__(self):
        return self.name

    @property
    def ways(self):
        return [BATCH] if {"one_run", "profile"} & self.data.keys() else [BATCH, SINGLE]


CASES = [Case(path) for path in FILES]


def groups(cases=None):
    """Cases with a trust store and others: for tools that start slowly, and take many runs at once."""
    found = {}
    for case in CASES if cases is None else cases:
        found.setdefault("files" if case.machine == "empty" else "stores", []).append(case)
    return found


# ---- machines ----

class Machine:
    """What a case's root is made of. This one is empty."""

    compiled = ()  # directories of what a trust store makes of its inputs
    programs = ()  # directories that nothing writes to
    dated = ()  # compiled files that hold the time

    def make(self, root):
        root.mkdir()

    def rebuild(self, root):
        """Compiles the store, with the system's own program."""
        raise NotImplementedError

    def fingerprints(self, root):
        """SHA-256 of all that the compiled store holds."""
        raise NotImplementedError

    def trusts(self, root, certificate):
        """By all ways that its programs have of reading the store? And by any?"""
        raise NotImplementedError


EMPTY = {"empty": Machine()}


# ---- certificates and other names that a case uses ----

class Certificates:
    """Those that cases declare, made once. `vendor` gives one of the distribution, by its name."""

    def __init__(self, pki, vendor=None):
        self.pki = pki
        self.vendor = vendor
        self.made = {}

    def of(self, case):
        declared = case.data.get("certificates", {})
        return {name: self.make(name, declared) for name in declared}

    def make(self, name, declared):
        wanted = dict(declared[name] or {})
        issuer = wanted.pop("issuer", None)
        key = json.dumps([name, wanted, declared.get(issuer)], sort_keys=True)
        if "vendor" in wanted:
            self.made[key] = self.vendor(wanted["vendor"])
        if key not in self.made:
            make = getattr(self.pki, wanted.pop("kind", "root"))
            issuers = [self.make(issuer, declared)] if issuer else []
            self.made[key] = make(*issuers, wanted.pop("name", f"trustmend {name}"), **wanted)
        return self.made[key]


PARTS = {
    None: lambda certificate: certificate.text,
    "crlf": lambda certificate: certificate.text.replace("\n", "\r\n"),
    "key": lambda certificate: pathlib.Path(certificate.key).read_text(),
    "sha256": lambda certificate: certificate.sha256,
    "sha1": lambda certificate: certificate.sha1,
    "short": lambda certificate: certificate.sha256[:16].upper(),
    "own": lambda certificate: f"trustmend-{certificate.sha256[:16]}",
}


class Names:
    """What stands in <brackets>: <ROLE> a certificate, <ROLE.PART> of it, <caller>/NAME a file."""

    def __init__(self, certificates, caller):
        self.certificates = certificates
        self.caller = caller  # of a name, what it is called

    def in_text(self, text):
        text = re.sub(r"<caller>/([^,]+)", lambda found: self.caller(found[1]), text)
        return re.sub(r"<(\w+)(?:\.(\w+))?>", self.part, text)

    def part(self, found):
        return PARTS[found[2]](self.certificates[found[1]])

    def content(self, given):
        """Of a file bytes; of a link where it leads to, a text."""
        if isinstance(given, dict):
            return given["link"]
        found = re.fullmatch(r"<(\w+)\.der>", given)
        return self.certificates[found[1]].der if found else self.in_text(given).encode()

    def inside(self, value):
        if isinstance(value, str):
            return self.in_text(value)
        if isinstance(value, list):
            return [self.inside(item) for item in value]
        if isinstance(value, dict):
            return {self.inside(key): self.inside(item) for key, item in value.items()}
        return value


# ---- files ----

def write(directory, files, names):
    for name, content in files.items():
        path = directory / names.in_text(name).lstrip("/")
        (path if content is None else path.parent).mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            path.symlink_to(content["link"])
        elif content is not None:
            path.write_bytes(names.content(content))


def add_users(root, users):
    """Each with a home of its own, and whatever the case put there."""
    lines = ["root:x:0:0::/root:/bin/sh"]
    for number, name in enumerate(users):
        uid, gid = (USER + number,) * 2 if os.geteuid() == 0 else (os.getuid(), os.getgid())
        home = root / "home" / name
        home.mkdir(parents=True, exist_ok=True)
        for path in [home, *home.rglob("*")]:
            os.chown(path, uid, gid)
        lines.append(f"{name}:x:{uid}:{gid}::/home/{name}:/bin/sh")
    if users:
        (root / "etc").mkdir(exist_ok=True)
        (root / "etc/passwd").write_text("\n".join(lines) + "\n")


def tree(root, programs=()):
    """
    Everything below a directory, as it is; the lock file aside. Of directories of programs only
    whether anything came or went.
    """
    found = {}
    for directory, directories, files in os.walk(root):
        for name in [*directories, *files]:
            path = os.path.join(directory, name)
            place = "/" + os.path.relpath(path, root).replace(os.sep, "/")
            if place in programs:
                directories.remove(name)
                found[place] = os.lstat(path).st_mtime_ns
            elif place not in (LOCK, os.path.dirname(LOCK)):
                found[place] = entry(path)
    return found


def entry(path):
    status = os.lstat(path)
    if stat.S_ISLNK(status.st_mode):
        return os.readlink(path)
    content = pathlib.Path(path).read_bytes() if stat.S_ISREG(status.st_mode) else None
    return content, stat.S_IMODE(status.st_mode), status.st_uid, status.st_gid


def contents(found):
    """Of a tree, what files hold and where links lead to."""
    inside = {name: kept[0] if isinstance(kept, tuple) else kept for name, kept in found.items()}
    return {name: content for name, content in inside.items() if isinstance(content, (bytes, str))}


def differences(found, wanted):
    return {name: (found.get(name), wanted.get(name)) for name in {*found, *wanted}
            if found.get(name) != wanted.get(name)}


# ---- a case on its way through a tool ----

class Trial:
    """One case in one way, on a root of its own. What is not as the case says is in `problems`."""

    def __init__(self, case, way, tool, certificates, directory, machines=None):
        self.case = case
        self.machine = (machines or EMPTY)[case.machine]
        self.problems = []
        name = f"{case.name}-{way}"
        root, caller = directory / name / "root", directory / name / "caller"
        caller.mkdir(parents=True)
        self.machine.make(root)
        self.run = Run(name, way, root)
        self.names = Names(certificates.of(case),
                           lambda file: tool.named(self.run, caller / file))
        write(root, case.data["before"], self.names)
        write(caller, case.data.get("caller", {}), self.names)
        add_users(root, case.data.get("users", []))
        if case.data.get("rebuilt"):
            self.machine.rebuild(root)
        for wanted in ("resources", "profile", "variables"):
            if wanted in case.data:
                setattr(self.run, wanted, self.names.inside(case.data[wanted]))
        self.before = self.tree()
        self.held = self.machine.fingerprints(root) if self.machine.compiled else set()
        self.planned = self.applied = None
        self.refused = False

    @property
    def way_of_one_plan(self):
        return self.run.way == SINGLE and "one_plan" in self.case.data

    def tree(self):
        return tree(self.run.root, self.machine.programs)

    def expect(self, what, got, wanted):
        if got != wanted:
            self.problems.append(f"{self.run.name}: {what}: is\n  {got!r}\nand should be\n  {wanted!r}")

    def expect_unchanged(self, what, wanted):
        self.expect(f"{what}: files that changed", differences(self.tree(), wanted), {})

    def check_told(self, verb, outcomes):
        """Errors, what they name, and changes."""
        wanted = self.case.errors
        self.expect(f"{verb}: number of results", len(outcomes), len(wanted))
        for index, (outcome, error) in enumerate(zip(outcomes, wanted)):
            where = f"{verb}: resource {index}"
            if not (outcome.error == TOLD and error in BEFORE_ASKING):
                self.expect(f"{where}: error of {outcome}", outcome.error, error)
            for word in self.names.inside(self.case.messages[index] or []):
                self.expect(f"{where}: {word!r} in {outcome.message!r}", word in outcome.message, True)

    def check_changes(self, verb, outcomes):
        for index, (outcome, changes) in enumerate(zip(outcomes, self.case.data["changes"])):
            if changes is not None:
                self.expect(f"{verb}: changes of resource {index}", outcome.changes,
                            self.names.inside(changes))

    def check(self, phase, outcomes):
        self.refused = self.case.may_refuse_all and [o.error for o in outcomes] == [TOLD]
        if self.refused:
            words = [word for words in self.case.messages for word in words or []]
            self.expect(f"one of {words} in {outcomes[0].message!r}",
                        any(word in outcomes[0].message for word in words), True)
            self.expect_unchanged("a run that was refused", self.before)
        else:
            phase(self, outcomes)

    def after_plan(self, outcomes):
        self.expect_unchanged("plan", self.before)
        if self.way_of_one_plan:
            return
        self.check_told("plan", outcomes)
        self.check_changes("plan", outcomes)
        self.planned = [outcome.changes for outcome in outcomes]

    def after_apply(self, outcomes):
        self.check_told("apply", outcomes)
        self.check_changes("apply", outcomes)
        if self.planned is not None:
            self.expect("apply: changes, as planned", [o.changes for o in outcomes], self.planned)
        self.applied = self.tree()
        self.check_files()
        self.check_store()

    def check_files(self):
        after = {self.names.in_text(name): content for name, content in self.case.data["after"].items()}
        bundles, found = self.case.data.get("bundles", {}), contents(self.applied)
        for name, content in after.items():
            self.expect(f"apply: {name}", found.get(name),
                        None if content is None else self.names.content(content))
        for name, entries in differences(self.applied, self.before).items():
            came = name not in self.before and name not in found  # a directory of what is named
            if not (came or name in after or name in bundles or name.startswith(self.machine.compiled)):
                self.expect(f"apply: {name}", *entries)
        for name, roles in bundles.items():
            self.expect(f"apply: what {name} holds", sorted(fingerprints(found[name].decode())),
                        sorted(self.names.certificates[role].sha256 for role in roles))
        for name, mode in self.case.data.get("modes", {}).items():
            self.expect(f"apply: mode of {name}", f"{self.applied[name][1]:04o}", mode)

    def check_store(self):
        """What it compiled, and what programs make of that."""
        if not self.machine.compiled:
            return
        trusted, untrusted = ([self.names.certificates[role] for role in self.case.data.get(key, [])]
                              for key in ("trusted", "untrusted"))
        self.expect("apply: what the store holds", self.machine.fingerprints(self.run.root),
                    (self.held | {one.sha256 for one in trusted}) - {one.sha256 for one in untrusted})
        for certificate in trusted + untrusted:
            self.expect(f"apply: {certificate.pem} is trusted, by all ways and by any",
                        self.machine.trusts(self.run.root, certificate), (certificate in trusted,) * 2)

    def after_again(self, outcomes):
        self.check_told("second apply", outcomes)
        for index, outcome in enumerate(outcomes):
            if outcome.error is None:
                self.expect(f"second apply: changes of resource {index}", outcome.changes, {})
        self.expect_unchanged("second apply", self.applied)

    def compare(self, verb, outcomes, other, others):
        """
        With those of the command line, in its own trial of the case. A plan of one resource by itself
        may know of those before it.
        """
        if self.refused or verb == "plan" and self.way_of_one_plan:
            return
        for index, (outcome, told) in enumerate(zip(outcomes, others)):
            shown = {name: told.shown[name] for name in outcome.shown}
            self.expect(f"{verb}: resource {index}, as the command line tells it",
                        self.comparable(outcome, outcome.shown), other.comparable(told, shown))
        self.expect(f"{verb}: files, as the command line leaves them",
                    differences(self.comparable_files(), other.comparable_files()), {})

    def comparable_files(self):
        return {name: content for name, content in contents(self.tree()).items()
                if name not in self.machine.dated}

    def comparable(self, outcome, shown):
        """With one name for a file of the caller."""
        if outcome.error in WORDED and "error" in shown:
            shown = {**shown, "error": outcome.error}
        text = json.dumps(shown, sort_keys=True)
        return json.loads(text.replace(json.dumps(self.names.caller(""))[1:-1], "<caller>"))


PHASES = (("plan", Trial.after_plan), ("apply", Trial.after_apply), ("apply", Trial.after_again))


def examine(tool, trials, reference=None):
    """
    Takes trials through a tool. `reference` is (another tool, trials of the same cases and ways):
    what the first one shows must be what the other one says. Fails with everything that is wrong.
    """
    for verb, phase in PHASES:
        answers = tool.run(verb, [trial.run for trial in trials])
        assert len(answers) == len(trials)
        for trial, outcomes in zip(trials, answers):
            trial.check(phase, outcomes)
        if reference:
            other, others = reference
            told = other.run(verb, [trial.run for trial in others])
            for trial, outcomes, twin, results in zip(trials, answers, others, told):
                trial.compare(verb, outcomes, twin, results)
    problems = [problem for trial in trials for problem in trial.problems]
    assert not problems, "\n".join(problems)
