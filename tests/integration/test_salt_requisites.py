"""
Requisites: in each situation a state of ours must be told as Salt's own `file.managed` is in the
same one, in a test and for real, and must have been carried out or not as that.
"""

import pytest

from integration.salt_local import SaltLocal, in_each_series

pytestmark = pytest.mark.native_only("Salt takes the program for this machine")


salt = in_each_series(SaltLocal)


# ---- a state, as ours and as Salt's own ----

REFERS = {"require", "require_any", "watch", "watch_any", "onchanges", "onchanges_any", "onfail",
          "onfail_any", "onfail_all", "prereq", "listen", "require_in", "watch_in", "onchanges_in",
          "onfail_in", "prereq_in", "listen_in"}


class Side:
    """One of two equal worlds. A state of ours is called as the situation calls it, `SIDE_NAME`."""

    def __init__(self, name, module, directory):
        self.name = name
        self.module = module
        self.directory = directory
        directory.mkdir()

    def called(self, name):
        return f"{self.name}_{name}"

    def states(self, situation):
        return {self.called(name): self.state(name, dict(words))
                for name, words in situation.items()}

    def state(self, name, words):
        what = words.pop("what", "new")
        function, own = self.function(name, what) if isinstance(what, str) else what
        for word in REFERS & words.keys():
            words[word] = [self.reference(reference) for reference in words[word]]
        return {function: [{key: value} for key, value in {**own, **words}.items()]}

    def reference(self, reference):
        """`A` is one of ours, `test: X` another; `id: A` leaves the module out."""
        if isinstance(reference, str):
            reference = {self.module: reference}
        (module, name), = reference.items()
        return self.called(name) if module == "id" else {module: self.called(name)}


class Ours(Side):
    """Variables in /etc/environment."""

    def __init__(self, directory):
        super().__init__("T", "trustmend", directory)
        self.file = directory / "etc/environment"
        self.file.parent.mkdir()

    def prepare(self, situation):
        there = [name for name, words in situation.items() if words.get("what") == "same"]
        self.file.write_text("".join(f"{self.called(name)}=x\n" for name in there))

    def function(self, name, what):
        value = {"new": "x", "same": "x", "bad": "x#y"}[what]
        return "trustmend.env", {"value": value, "root": str(self.directory),
                                 "targets": ["etc_environment"]}

    def done(self, name):
        return f"{self.called(name)}=" in self.file.read_text()


class Salts(Side):
    """Files."""

    def __init__(self, directory):
        super().__init__("F", "file", directory)

    def prepare(self, situation):
        for name, words in situation.items():
            if words.get("what") == "same":
                self.file(name).write_text("x\n")

    def file(self, name):
        return self.directory / self.called(name)

    def function(self, name, what):
        own = {"source": "/nowhere/at/all"} if what == "bad" else {"contents": "x"}
        if name.startswith("many"):
            return "file.managed", own
        return "file.managed", {"name": str(self.file(name)), **own}

    def done(self, name):
        return self.file(name).exists()


# ---- what is compared ----

def how(ret):
    """Was it run, or why not? In Salt's own words, without what differs from state to state."""
    comment = ret["comment"] if isinstance(ret["comment"], str) else "".join(ret["comment"])
    for words in ("State was not run because", "One or more requisite failed", "onlyif condition",
                  "unless condition", "No changes detected", "Attempt 1", "would be retried",
                  "creates", "check_cmd", "Recursive requisite", "Watch statement"):
        if words in comment:
            return words
    return "run"


def told(answer, side, situation):
    """Of each state what Salt says; nothing where it did not come to it."""
    assert isinstance(answer, dict), answer
    own = {}
    for ret in answer.values():
        name = ret["__id__"]
        if name.startswith(f"{side.name}_"):
            own[name[2:]] = (ret["result"], bool(ret["changes"]), how(ret))
    return {name: own.get(name) for name in situation}


def compare(salt, tmp_path, situation, apart=False):
    """
    Tells what file.managed was told in the real run. `apart`: a failure of one side ends it all, so
    that each has a run of its own.
    """
    sides = [Ours(tmp_path / "ours"), Salts(tmp_path / "salts")]
    for side in sides:
        side.prepare(situation)
    before = [{name: side.done(name) for name in situation} for side in sides]
    for test in (True, False):
        parts = [side.states(situation) for side in sides]
        if apart:
            answers = [salt.apply(part, test) for part in parts]
        else:
            answers = [salt.apply({**parts[0], **parts[1]}, test)] * 2
        ours, salts = (told(answer, side, situation) for answer, side in zip(answers, sides))
        assert ours == salts, f"test={test}: {answers}"
        done = [{name: side.done(name) for name in situation} for side in sides]
        assert done[0] == done[1]
        assert not test or done == before, "a test wrote something"
    return salts


def foreign(function, **words):
    return {"what": (f"test.{function}", {}), **words}


CHANGING = foreign("succeed_with_changes")
STEADY = foreign("succeed_without_changes")
FAILING = foreign("fail_without_changes")
NEW, SAME, BAD = {"what": "new"}, {"what": "same"}, {"what": "bad"}

SITUATIONS = {
    "nothing special": {"A": NEW, "B": SAME, "C": BAD, "D": NEW},
    "require, met": {"A": NEW, "B": {"require": ["A"]}},
    "require, nothing to do": {"A": SAME, "B": {"require": ["A"]}},
    "require, failed": {"A": BAD, "B": {"require": ["A"]}, "C": NEW},
    "require, failed, neighbours before it": {"A": NEW, "B": BAD, "C": {"require": ["B"]}},
    "require, failed, two steps away": {"A": BAD, "B": {"require": ["A"]},
                                        "C": {"require": ["B"]}, "D": NEW},
    "require, later in the file": {"A": {"require": ["B"]}, "C": NEW, "B": NEW, "D": NEW},
    "require, later in the file, failed": {"A": {"require": ["B"]}, "C": NEW, "B": BAD},
    "require by ID alone": {"A": BAD, "B": {"require": [{"id": "A"}]}},
    "require of another module, failed": {"X": FAILING, "A": NEW, "B": {"require": [{"test": "X"}]}},
    "require of another module, met": {"X": CHANGING, "A": NEW, "B": {"require": [{"test": "X"}]}},
    "require_in": {"A": NEW, "B": {"what": "bad", "require_in": ["A"]}, "C": NEW},
    "require_any, one of two": {"A": BAD, "B": NEW, "C": {"require_any": ["A", "B"]}},
    "require_any, none": {"A": BAD, "X": FAILING, "C": {"require_any": ["A", {"test": "X"}]}},
    "another state requires ours, failed": {"A": BAD, "X": {**STEADY, "require": ["A"]}, "B": NEW},
    # Salt loads all of its modules to find out about these: a second each time, so they are together.
    "watch of another module": {
        "X": CHANGING, "A": {"what": "same", "watch": [{"test": "X"}]}, "B": NEW,
        "C": {"watch": [{"test": "X"}]}, "D": NEW,
        "Y": STEADY, "E": {"what": "same", "watch": [{"test": "Y"}]},
        "Z": FAILING, "F": {"watch": [{"test": "Z"}]}, "G": NEW,
        "H": {"what": "same"}, "W": {**CHANGING, "watch_in": ["H"]}, "I": NEW},
    "watch of ours": {"A": NEW, "B": {"what": "same", "watch": ["A"]}, "C": NEW},
    "onchanges, changed": {"A": NEW, "B": {"onchanges": ["A"]}, "C": NEW},
    "onchanges, not changed": {"A": SAME, "B": {"onchanges": ["A"]}, "C": NEW},
    "onchanges, failed": {"A": BAD, "B": {"onchanges": ["A"]}, "C": NEW},
    "onchanges of another module": {"X": STEADY, "A": {"onchanges": [{"test": "X"}]}, "B": NEW},
    "onchanges_any": {"A": SAME, "B": NEW, "C": {"onchanges_any": ["A", "B"]}},
    "onfail, failed": {"A": BAD, "B": {"onfail": ["A"]}, "C": NEW},
    "onfail, succeeded": {"A": NEW, "B": {"onfail": ["A"]}, "C": NEW},
    "onlyif, unless, creates": {
        "A": NEW, "B": {"onlyif": "true"}, "C": NEW, "D": {"onlyif": "false"}, "E": NEW,
        "F": {"unless": "true"}, "G": NEW, "H": {"unless": "false"}, "I": NEW,
        "J": {"creates": "/etc/passwd"}, "K": NEW},
    "prereq, something to do": {"A": {"prereq": ["B"]}, "B": NEW, "C": NEW},
    "prereq, nothing to do": {"A": {"prereq": ["B"]}, "B": SAME, "C": NEW},
    "prereq, failed": {"A": {"what": "bad", "prereq": ["B"]}, "B": NEW, "C": NEW},
    "prereq of another module": {"A": NEW, "X": {**CHANGING, "prereq": ["B"]}, "B": NEW, "C": NEW},
    "prereq later in the file": {"A": NEW, "B": NEW, "X": {**FAILING, "prereq": ["B"]}, "C": NEW},
    "prereq_in": {"A": NEW, "B": {"prereq_in": ["C"]}, "C": SAME, "D": NEW},
    "retry, failing": {"A": NEW, "B": {"what": "bad", "retry": {"attempts": 2, "interval": 0}},
                       "C": NEW},
    "retry, at once": {"A": NEW, "B": {"retry": {"attempts": 2, "interval": 0}}, "C": NEW},
    "order": {"A": {"order": "last"}, "B": NEW, "C": {"order": "first"}, "D": NEW},
    "parallel": {"A": {"parallel": True}, "B": {"parallel": True}, "C": {"require": ["A"]}},
    "parallel, failing": {"A": {"what": "bad", "parallel": True}, "B": {"require": ["A"]}, "C": NEW},
}
ENDING = {
    "failhard": {"A": NEW, "B": {"what": "bad", "failhard": True}, "C": NEW},
    "failhard, in front": {"A": {"what": "bad", "failhard": True}, "B": NEW, "C": NEW},
    "failhard, nothing wrong": {"A": NEW, "B": {"failhard": True}, "C": NEW},
    "failhard of another module": {"A": NEW, "X": {**FAILING, "failhard": True}, "B": NEW},
}


@pytest.mark.parametrize("situation", SITUATIONS)
def test_it_is_as_for_a_file(salt, tmp_path, situation):
    compare(salt, tmp_path, SITUATIONS[situation])


@pytest.mark.parametrize("situation", ENDING)
def test_what_ends_a_run_ends_it_as_for_a_file(salt, tmp_path, situation):
    told_of_files = compare(salt, tmp_path, ENDING[situation], apart=True)
    assert (None in told_of_files.values()) == ("nothing wrong" not in situation)


def test_names(salt, tmp_path):
    ours, salts = Ours(tmp_path / "ours"), Salts(tmp_path / "salts")
    ours.prepare({})
    files = [str(salts.file(name)) for name in "AB"]
    states = {
        "t": {"trustmend.env": [{"names": ["A", {"B": [{"value": "y"}]}]}, {"value": "x"},
                                {"targets": ["etc_environment"]}, {"root": str(ours.directory)}]},
        "f": {"file.managed": [{"names": [files[0], {files[1]: [{"contents": "y"}]}]},
                               {"contents": "x"}]}}
    for test in (True, False):
        answer = salt.apply(states, test)
        rets = {tag: (ret["result"], bool(ret["changes"])) for tag, ret in answer.items()}
        of_files, of_ours = ([value for tag, value in rets.items() if tag.startswith(module)]
                             for module in ("file", "trustmend"))
        assert len(of_ours) == 2 and of_ours == of_files
    assert ours.file.read_text() == "A=x\nB=y\n"
    assert [salts.file(name).read_text() for name in "AB"] == ["x\n", "y\n"]


@pytest.mark.parametrize("command, wanted", [("true", True), ("false", False)])
def test_check_cmd(salt, tmp_path, command, wanted):
    """file.managed has another check_cmd, of its own. This one is Salt's, as for all other states."""
    ours = Ours(tmp_path / "ours")
    situation = {"A": NEW, "B": {"what": "new", "check_cmd": [command]}, "C": {"require": ["B"]},
                 "X": {**CHANGING, "check_cmd": [command]}, "Y": {**STEADY, "require": [{"test": "X"}]}}
    ours.prepare({})
    got = told(salt.apply(ours.states(situation)), ours, situation)
    assert got["B"] == got["X"] and got["B"][0] is wanted
    assert (got["C"][0], got["C"][2]) == (got["Y"][0], got["Y"][2])
    assert ours.done("B") and ours.done("C") == wanted


@pytest.mark.parametrize("what", ["same", "new"])
def test_listen_looks_again_at_the_end(salt, tmp_path, what):
    """file.managed cannot listen: Salt finds no mod_watch there. The listener is to be as `test`'s."""
    ours = Ours(tmp_path / "ours")
    situation = {"A": {"what": what, "listen": [{"test": "X"}]}, "B": NEW, "X": CHANGING}
    ours.prepare(situation)
    for test in (True, False):
        answer = salt.apply(ours.states(situation), test)
        listener, = (ret for ret in answer.values() if ret["__id__"] == "listener_T_A")
        assert (listener["result"], listener["changes"]) == (True, {})
    assert ours.done("A") and ours.done("B")


def test_listen_in(salt, tmp_path):
    ours = Ours(tmp_path / "ours")
    situation = {"A": SAME, "X": {**CHANGING, "listen_in": ["A"]}}
    ours.prepare(situation)
    listener, = (ret for ret in salt.apply(ours.states(situation)).values()
                 if ret["__id__"] == "listener_T_A")
    assert listener["result"] is True and listener["changes"] == {}


def test_require_of_a_whole_file(salt, tmp_path):
    """All states stand in that file: each would be its own requisite, so that it is another one's."""
    ours, salts = Ours(tmp_path / "ours"), Salts(tmp_path / "salts")
    ours.prepare({})
    (salt.tree / "first.sls").write_text('{"first": {"test.fail_without_changes": []}}')
    states = {"include": ["first"]}
    for side in (ours, salts):
        states.update(side.states({"A": NEW, "B": NEW}))
    for name in ("T_B", "F_B"):
        function, = states[name]
        states[name][function].append({"require": [{"sls": "first"}]})
    for test in (True, False):
        answer = salt.apply(states, test)
        assert told(answer, ours, "AB") == told(answer, salts, "AB")
        assert told(answer, ours, "AB")["B"][0] is False
    assert (ours.done("A"), ours.done("B")) == (True, False)
