"""
States without Salt around them: what they ask the execution module for, which of them join, and
what they make of the report. `Salt` stands for its run of states.
"""

from unittest.mock import patch

import pytest

from salt.exceptions import CommandExecutionError
from salt.utils.immutabletypes import freeze
from saltext.trustmend.states import trustmend


@pytest.fixture
def configure_loader_modules():
    return {trustmend: {"__opts__": {"test": False}, "__context__": {}, "__salt__": {}}}


def result(kind, name, **more):
    """A result of the program: something that changed, unless it is said otherwise."""
    return {
        "type": kind,
        "name": name,
        "changed": True,
        "changes": {"state": {"from": "absent", "to": "present"}},
        "state": {},
        "warnings": [],
        "error": None,
        **more,
    }


def error(kind="not_found", message="cannot open", path=None, hint=None):
    return {"kind": kind, "message": message, "path": path, "hint": hint}


def wrong(resource, **more):
    return result(
        resource["type"], resource["name"], changed=False, changes={}, error=error(**more)
    )


class Program:
    """In the place of trustmend.run. `answers` say by name what is not just changed."""

    def __init__(self):
        self.runs = []
        self.answers = {}
        self.refuses = set()

    def __call__(self, verb, resources=None, profile=None, variables=None, **options):
        self.runs.append((verb, [self.name(resource) for resource in resources or []]))
        self.asked = {"resources": resources, "profile": profile, "variables": variables, **options}
        for resource in resources or []:
            if self.name(resource) in self.refuses:
                raise CommandExecutionError(f"cannot send {self.name(resource)}")
        results = [self.answer(resource) for resource in resources or []]
        return {"verb": verb, "results": results}

    @staticmethod
    def name(resource):
        return resource[trustmend.KEYS[resource["type"]]]

    def answer(self, resource):
        name = self.name(resource)
        answer = self.answers.get(name, result(resource["type"], name))
        return answer(resource) if callable(answer) else answer


class Salt:
    """A run of states in their order, as State.call_chunks has it, without requisites of its own."""

    def __init__(self, program, chunks, test=False):
        self.program = program
        self.chunks = [
            {
                "state": "trustmend",
                "fun": "env",
                "name": chunk["__id__"],
                "__sls__": "some",
                "__env__": "base",
                "order": 10000 + index,
                **chunk,
            }
            for index, chunk in enumerate(chunks)
        ]
        self.running = {}
        self.test = test
        self.instance = str(id(self))

    def tag(self, name):
        (chunk,) = (chunk for chunk in self.chunks if chunk["__id__"] == name)
        return trustmend._tag(chunk)

    def call(self, name, **more):
        """One state at its turn; `more` is added to its low chunk, as Salt does for prereq."""
        (chunk,) = (chunk for chunk in self.chunks if chunk["__id__"] == name)
        chunk.update(more)
        own = {key: value for key, value in chunk.items() if key not in trustmend.PLAIN}
        if chunk["state"] != "trustmend":
            ret = {"name": name, "result": True, "changes": {}, "comment": "", **own.get("ret", {})}
        else:
            own = {
                key: value
                for key, value in own.items()
                if key not in trustmend.STATE_INTERNAL_KEYWORDS
            }
            with patch.multiple(
                trustmend,
                create=True,
                __low__=freeze(chunk),
                __running__=freeze(self.running),
                __lowstate__=freeze(self.chunks),
                __instance_id__=self.instance,
                __env__=chunk["__env__"],
                __salt__={"trustmend.run": self.program},
                __opts__={"test": self.test or bool(chunk.get("__prereq__")), **self.options},
            ):
                ret = getattr(trustmend, chunk["fun"])(chunk["name"], **own)
        if not chunk.get("__prereq__"):
            self.running[trustmend._tag(chunk)] = ret
        chunk.pop("__prereq__", None)
        return ret

    options = {}

    def all(self):
        return [self.call(chunk["__id__"]) for chunk in self.chunks]


@pytest.fixture
def program():
    return Program()


def env(name, **more):
    return {"__id__": name, "value": "x", **more}


def other(name, **more):
    return {"__id__": name, "state": "test", "fun": "nop", **more}


# ---- what is asked for ----


def call(program, function, name, test=False, **attributes):
    with patch.multiple(trustmend, __salt__={"trustmend.run": program}, __opts__={"test": test}):
        return getattr(trustmend, function)(name, **attributes)


@pytest.mark.parametrize(
    "function, key",
    [("anchor", "certificate"), ("bundle", "path"), ("core_api", "path"), ("env", "name")],
)
def test_the_name_is_which_resource_it_is(function, key):
    wish = trustmend._wish(function, {"name": "this"}, "", "base")
    assert wish["resource"] == {"type": function, key: "this"}


def test_the_attribute_for_it_stands_before_the_name():
    wish = trustmend._wish("anchor", {"name": "studio", "certificate": "/ca.pem"}, "", "base")
    assert wish["resource"]["certificate"] == "/ca.pem" and "name" not in wish["resource"]


def test_what_is_not_given_is_left_to_the_program(program):
    call(program, "env", "A", value="x", ensure=None, targets=None)
    assert program.asked["resources"] == [{"type": "env", "name": "A", "value": "x"}]


def test_root_and_environment_of_files_are_handed_on(program):
    with patch.object(trustmend, "__env__", "dev", create=True):
        call(program, "env", "A", value="x", root="/image")
    assert (program.asked["root"], program.asked["saltenv"]) == ("/image", "dev")


@pytest.mark.parametrize(
    "wrong_name, near", [("valeu", "value"), ("scpoe", "scope"), ("requre", "require")]
)
def test_an_unknown_attribute_is_an_error_that_names_the_nearest(program, wrong_name, near):
    ret = call(program, "env", "A", **{wrong_name: "x"})
    assert ret["result"] is False and ret["changes"] == {} and program.runs == []
    assert ret["comment"] == f"trustmend.env has no attribute '{wrong_name}': did you mean {near}?"


def test_an_unknown_attribute_that_is_like_none_is_told_with_all(program):
    ret = call(program, "env", "A", colour=None)
    assert "it has name, value, ensure" in ret["comment"]


def test_a_mode_that_is_a_number_is_an_error_that_says_what_to_do(program):
    ret = call(program, "bundle", "/b", mode=420)
    assert ret["result"] is False and "quote it, '0644'" in ret["comment"] and program.runs == []


def test_what_salt_adds_for_itself_is_no_attribute(program):
    assert call(program, "env", "A", value="x", __reqs__={})["result"] is True


# ---- what is told ----


def test_changes_have_old_and_new_and_say_ensure(program):
    ret = call(program, "env", "A", value="x")
    assert ret["result"] is True
    assert ret["changes"] == {"ensure": {"old": "absent", "new": "present"}}
    assert ret["comment"] == "Changed: ensure absent -> present"


def test_a_test_predicts_and_is_neither_true_nor_false(program):
    ret = call(program, "env", "A", value="x", test=True)
    assert ret["result"] is None and ret["changes"] and program.runs[0][0] == "plan"
    assert ret["comment"].startswith("Would change: ")


def test_nothing_to_do_is_true_without_changes(program):
    program.answers["A"] = result("env", "A", changed=False, changes={})
    for test in (False, True):
        ret = call(program, "env", "A", value="x", test=test)
        assert (ret["result"], ret["changes"], ret["comment"]) == (True, {}, "As wished for")


def test_it_is_told_when_a_change_counts_and_once(program):
    program.answers["A"] = result(
        "env",
        "A",
        state={"effective_from": "next login"},
        warnings=["A: programs that run keep what they have; it counts from: next login", "odd"],
    )
    ret = call(program, "env", "A", value="x")
    assert ret["comment"].endswith("; counts from: next login")
    assert ret["warnings"] == ["env A: odd"]


def test_an_error_is_its_message_path_and_hint_on_one_line(program):
    program.answers["A"] = lambda resource: wrong(
        resource, message="resources[3]: it\nfailed", path="/etc/x", hint="use state=absent"
    )
    ret = call(program, "env", "A", value="x")
    assert ret["comment"] == "it failed: /etc/x (use ensure=absent)"
    assert ret["result"] is False and ret["changes"] == {} and ret["error"]["kind"] == "not_found"


def test_what_was_changed_before_an_error_is_told(program):
    program.answers["A"] = result("env", "A", error=error("not_converged"))
    ret = call(program, "env", "A", value="x")
    assert ret["result"] is False and "ensure" in ret["changes"]


def test_hidden_characters_are_shown(program):
    program.answers["A"] = lambda resource: wrong(resource, message="a\x1b[2Jb\u202e")
    assert call(program, "env", "A")["comment"] == "a\\x1b[2Jb\\u202e"


def test_a_run_that_cannot_be_is_a_result_and_no_exception(program):
    program.refuses = {"A"}
    ret = call(program, "env", "A", value="x")
    assert ret["result"] is False and ret["comment"] == "cannot send A"


def test_what_salt_is_to_mask_is_in_nothing_else(program):
    program.answers["A"] = lambda resource: {**wrong(resource), "warnings": ["secret"]}
    with patch.object(trustmend, "__low__", {"no_log": True}, create=True):
        with patch.object(trustmend, "_tag", return_value=""):
            ret = call(program, "env", "A", value="secret")
    assert set(ret) == {"name", "result", "changes", "comment"}


def test_a_problem_that_a_warning_tells_is_told_once(program):
    state = {"problems": ["odd", "worse"]}
    program.answers["A"] = result(
        "env", "A", changed=False, changes={}, state=state, warnings=["odd"]
    )
    ret = call(program, "env", "A", value="x")
    assert ret["comment"] == "As wished for. With a problem: worse"
    assert ret["warnings"] == ["env A: odd"]


def test_certificates_are_not_printed(program):
    change = {"extra": {"from": None, "to": "-----BEGIN CERTIFICATE-----\nMII"}}
    program.answers["A"] = result("env", "A", changes=change)
    assert call(program, "env", "A")["comment"] == "Changed: extra (none) -> (PEM text)"


# ---- joining ----


def test_neighbours_are_one_run(program):
    rets = Salt(program, [env("A"), env("B"), env("C")]).all()
    assert program.runs == [("apply", ["A", "B", "C"])]
    assert [ret["name"] for ret in rets] == ["A", "B", "C"]
    assert all(ret["changes"] for ret in rets)


def test_a_result_is_used_once(program):
    salt = Salt(program, [env("A"), env("B")])
    salt.all()
    salt.call("B")
    assert program.runs == [("apply", ["A", "B"]), ("apply", ["B"])]


def test_a_resource_fails_alone(program):
    program.answers["B"] = wrong
    rets = Salt(program, [env("A"), env("B"), env("C")]).all()
    assert [ret["result"] for ret in rets] == [True, False, True]
    assert len(program.runs) == 1


def test_another_state_between_ends_it(program):
    Salt(program, [env("A"), other("X"), env("B")]).all()
    assert program.runs == [("apply", ["A"]), ("apply", ["B"])]


@pytest.mark.parametrize(
    "require",
    [
        ["A"],
        [{"trustmend": "A"}],
        [{"trustmend": "B"}],
        [{"trustmend.env": "A"}],
        [{"sls": "some"}],
        ["*"],
    ],
)
def test_nothing_joins_its_own_requisite(program, require):
    Salt(program, [env("A"), env("B"), env("C", require=require)]).all()
    assert program.runs == [("apply", ["A", "B"]), ("apply", ["C"])]


def test_what_follows_one_that_does_not_join_waits_for_its_turn(program):
    Salt(program, [env("A"), env("B", require=["A"]), env("C")]).all()
    assert program.runs == [("apply", ["A"]), ("apply", ["B", "C"])]


@pytest.mark.parametrize("require", [{"test": "X"}, {"test.nop": "X"}, "X", {"sls": "first"}])
def test_it_joins_when_its_requisite_has_succeeded(program, require):
    chunks = [other("X", __sls__="first"), env("A"), env("B", require=[require])]
    Salt(program, chunks).all()
    assert program.runs == [("apply", ["A", "B"])]


def test_in_a_test_a_pending_requisite_will_succeed(program):
    chunks = [other("X", ret={"result": None}), env("A"), env("B", require=["X"])]
    Salt(program, chunks, test=True).all()
    assert program.runs == [("plan", ["A", "B"])]


@pytest.mark.parametrize("ret", [{"result": False}, {"result": None}])
def test_it_does_not_join_when_its_requisite_failed_or_still_runs(program, ret):
    salt = Salt(program, [other("X", ret=ret), env("A"), env("B", require=[{"test": "X"}])])
    salt.call("X")
    salt.call("A")
    assert program.runs == [("apply", ["A"])]


def test_it_does_not_join_when_nobody_knows_its_requisite(program):
    Salt(program, [env("A"), env("B", require=[{"test": "nobody"}])]).call("A")
    assert program.runs == [("apply", ["A"])]


@pytest.mark.parametrize(
    "words",
    [
        {"unless": "true"},
        {"onlyif": "true"},
        {"creates": "/x"},
        {"retry": True},
        {"parallel": True},
        {"prereq": [{"test": "X"}]},
        {"prerequired": [{"test": "X"}]},
        {"onchanges": [{"test": "X"}]},
        {"onfail": [{"test": "X"}]},
        {"watch": [{"test": "X"}]},
        {"onchanges_any": []},
        {"require_any": []},
        {"check_cmd": "true"},
        {"failhard": True},
        {"prereq_in": [{"test": "X"}]},
        {"reload_modules": True},
        {"runas": "root"},
        {"valeu": "misspelt"},
        {"root": "/image"},
        {"saltenv": "dev"},
        {"fun": "profile"},
        {"__prereq__": True},
        {"__umask__": "077"},
    ],
    ids=lambda words: next(iter(words)),
)
def test_what_salt_decides_about_a_state_keeps_it_and_what_follows_apart(program, words):
    Salt(program, [env("A"), env("B", **words), env("C")]).call("A")
    assert program.runs == [("apply", ["A"])]


@pytest.mark.parametrize(
    "words",
    [
        {"require_in": [{"test": "X"}]},
        {"watch_in": [{"test": "X"}]},
        {"listen": [{"test": "X"}]},
        {"fire_event": True},
        {"onchanges_in": [{"test": "X"}]},
    ],
    ids=lambda words: next(iter(words)),
)
def test_what_others_want_of_a_state_does_not_keep_it_apart(program, words):
    Salt(program, [env("A"), env("B", **words), env("C")]).call("A")
    assert program.runs == [("apply", ["A", "B", "C"])]


@pytest.mark.parametrize(
    "words",
    [{"parallel": True}, {"retry": True}, {"failhard": True}, {"__prereq__": True}],
    ids=lambda words: next(iter(words)),
)
def test_nothing_joins_a_state_that_runs_elsewhere_again_or_decides(program, words):
    Salt(program, [env("A", **words), env("B")]).call("A")
    assert [names for _verb, names in program.runs] == [["A"]]


@pytest.mark.parametrize("options", [{"failhard": True}, {"global_state_conditions": {"*": []}}])
def test_nothing_joins_where_the_minion_has_a_say_in_every_state(program, options):
    salt = Salt(program, [env("A"), env("B")])
    salt.options = options
    salt.call("A")
    assert program.runs == [("apply", ["A"])]


def test_a_state_that_was_drawn_forward_takes_nobody_along(program):
    Salt(program, [other("X", require=[{"trustmend": "A"}]), env("A"), env("B")]).call("A")
    assert program.runs == [("apply", ["A"])]


def test_a_run_that_a_failure_ends_takes_nobody_along(program):
    """Salt 3006 still calls what it was about to, with a mark among the results that is none."""
    salt = Salt(program, [env("A"), env("B"), env("C")])
    salt.running["__FAILHARD__"] = True
    salt.call("A")
    assert program.runs == [("apply", ["A"])]
    salt = Salt(program, [env("A"), env("B")], test=True)
    program.answers["B"] = missing("/x")
    salt.call("A")
    salt.running["__FAILHARD__"] = True
    assert salt.call("B")["result"] is False


def test_one_that_ran_already_is_passed_over(program):
    salt = Salt(program, [env("A"), env("B"), env("C")])
    salt.running[salt.tag("B")] = {"result": True, "changes": {}}
    salt.call("A")
    assert program.runs == [("apply", ["A", "C"])]


@pytest.mark.parametrize(
    "ret, again", [({"changes": {"a": "b"}}, True), ({"result": False}, True), ({}, False)]
)
def test_it_looks_again_when_another_state_changed_something_between(program, ret, again):
    salt = Salt(program, [env("A"), env("B"), env("C")])
    salt.call("A")
    salt.running["test_|-X_|-X_|-nop"] = {"result": True, "changes": {}, **ret}
    program.answers = {
        "B": result("env", "B", changed=False, changes={}),
        "C": result("env", "C", changes={"state": {"from": "other", "to": "last"}}),
    }
    told = [salt.call(name) for name in "BC"]
    assert program.runs[1:] == ([("apply", ["B", "C"])] if again else [])
    assert told[0]["changes"] == {"ensure": {"old": "absent", "new": "present"}}
    assert told[1]["changes"]["ensure"] == {"old": "absent", "new": "last" if again else "present"}


def test_another_run_in_the_same_process_knows_nothing_of_it(program):
    first = Salt(program, [env("A"), env("B")])
    first.call("A")
    second = Salt(program, [env("A"), env("B")])
    second.instance = "".join([first.instance])  # the same address again, in another object
    second.running[second.tag("A")] = {"result": True, "changes": {}}
    second.instance = str(int(first.instance))
    assert second.instance == first.instance and second.instance is not first.instance
    second.call("B")
    assert program.runs == [("apply", ["A", "B"]), ("apply", ["B"])]


def test_one_that_cannot_be_sent_does_not_take_others_down(program):
    program.refuses = {"B"}
    rets = Salt(program, [env("A"), env("B"), env("C")]).all()
    assert [ret["result"] for ret in rets] == [True, False, True]


def test_a_run_that_fails_as_a_whole_is_not_tried_for_each(program):
    with patch.object(trustmend, "_report", side_effect=CommandExecutionError("no program")) as run:
        rets = Salt(program, [env(name) for name in "ABCDE"]).all()
    assert {ret["comment"] for ret in rets} == {"no program"} and run.call_count == 3


def test_a_lock_that_is_not_obtained_is_waited_for_once(program):
    busy = {"results": [], "error": error("busy", "another run holds the lock")}
    with patch.object(trustmend, "_report", return_value=busy) as run:
        rets = Salt(program, [env(name) for name in "ABC"]).all()
    assert run.call_count == 1 and {ret["result"] for ret in rets} == {False}


def test_a_plan_for_prereq_is_no_result_of_the_run(program):
    salt = Salt(program, [env("A"), env("B")])
    salt.call("A", __prereq__=True)
    salt.all()
    assert program.runs == [("plan", ["A"]), ("apply", ["A", "B"])]


def test_a_kept_result_is_no_answer_to_what_would_change(program):
    salt = Salt(program, [env("A"), env("B")])
    salt.call("A")
    assert salt.call("B", __prereq__=True)["result"] is None
    assert salt.call("B")["result"] is True
    assert program.runs == [("apply", ["A", "B"]), ("plan", ["B"])]


def test_what_prereq_asked_for_is_not_planned_on_top_of(program):
    salt = Salt(program, [env("A"), other("X"), env("B")])
    salt.call("A", __prereq__=True)
    salt.call("B", __prereq__=True)
    assert program.runs == [("plan", ["A"]), ("plan", ["B"])]


# ---- in a test ----


def test_a_test_joins_what_a_run_joins(program):
    Salt(program, [env("A"), env("B"), env("C", require=["A"])], test=True).all()
    assert program.runs[0] == ("plan", ["A", "B"])


def test_a_test_plans_on_top_of_what_comes_before(program):
    Salt(program, [env("A"), other("X"), env("B")], test=True).all()
    assert program.runs == [("plan", ["A"]), ("plan", ["A", "B"])]


def test_what_cannot_be_together_in_one_run_is_planned_alone(program):
    def clash(resource):
        joint = len(program.runs[-1][1]) > 1
        return wrong(resource, kind="invalid_input") if joint else result("env", "B")

    program.answers["B"] = clash
    rets = Salt(program, [env("A"), other("X"), env("B")], test=True).all()
    assert rets[-1]["result"] is None


def pending(program, ret, answer, state=None, **words):
    program.answers["A"] = answer
    chunks = [other("X", ret={"result": None, **ret}), {**(state or env("A")), **words}]
    return Salt(program, chunks, test=True).all()[-1]


def missing(path):
    return lambda resource: wrong(resource, message="no such file", path=path)


@pytest.mark.parametrize(
    "ret, path",
    [
        ({"name": "/srv/ca.pem"}, "/srv/ca.pem"),
        ({"name": "/srv"}, "/srv/ca/root.pem"),
        ({"name": "/srv/config/core"}, "/srv/config"),
        ({"name": "tree", "changes": {"/srv/ca.pem": {}}}, "/srv/ca.pem"),
    ],
)
def test_a_file_that_a_pending_state_brings_is_no_failure(program, ret, path):
    told = pending(program, ret, missing(path))
    assert told["result"] is None and "error" not in told
    assert told["comment"].startswith("Depends on a pending state, test.nop ")
    assert "no such file" in told["comment"]


def test_any_pending_requisite_may_bring_a_file(program):
    told = pending(program, {}, missing("/srv/nowhere"), require=[{"test": "X"}])
    assert told["result"] is None


def test_a_pending_state_that_brings_something_else_excuses_nothing(program):
    told = pending(program, {"name": "/etc/motd"}, missing("/srv/nowhere"))
    assert told["result"] is False


def test_a_pending_requisite_does_not_excuse_what_is_no_missing_file(program):
    told = pending(
        program, {}, lambda resource: wrong(resource, kind="invalid_input"), require=[{"test": "X"}]
    )
    assert told["result"] is False


def test_a_pending_state_of_ours_was_planned_with_it_and_excuses_nothing(program):
    program.answers["A"] = missing("/b.pem")
    bundle = {"__id__": "/b.pem", "fun": "bundle"}
    rets = Salt(program, [bundle, other("X"), env("A", require=["/b.pem"])], test=True).all()
    assert [ret["result"] for ret in rets] == [None, True, False]


def test_a_source_that_a_pending_state_changes_cannot_be_judged(program):
    same = result("bundle", "A", changed=False, changes={})
    for sources in (["/srv/ca.pem"], ["/srv/*.pem"], "/other.pem, /srv/ca.pem"):
        state = {"__id__": "A", "fun": "bundle", "sources": sources}
        for name, told in (("/srv/ca.pem", None), ("/srv/other", True), ("/srv", True)):
            ret = pending(program, {"name": name}, same, state=dict(state))
            assert ret["result"] is told and ret["changes"] == {}


# ---- watch ----


def test_mod_watch_looks_again(program):
    program.answers["A"] = result("env", "A", changed=False, changes={})
    with patch.multiple(trustmend, __salt__={"trustmend.run": program}, __opts__={"test": False}):
        ret = trustmend.mod_watch("A", sfun="env", value="x", __reqs__={})
    assert program.runs == [("apply", ["A"])] and ret["result"] is True and ret["changes"] == {}


# ---- profiles ----


def profile(program, results, test=False, **more):
    report = {"results": results}
    with patch.multiple(
        trustmend,
        __salt__={"trustmend.run": lambda *_, **asked: report | asked},
        __opts__={"test": test},
    ):
        return trustmend.profile("shotgrid-ssl", **more)


def test_a_profile_tells_each_resource(program):
    ret = profile(program, [result("env", "A"), result("env", "B", changed=False, changes={})])
    assert ret["result"] is True and list(ret["changes"]) == ["env A"]
    assert ret["comment"] == "env A: Changed: ensure absent -> present"


def test_a_resource_of_a_profile_fails_among_others(program):
    bad = result("env", "B", changed=False, changes={}, error=error(path="/x"))
    ret = profile(program, [result("env", "A"), bad])
    assert ret["result"] is False and list(ret["changes"]) == ["env A"]
    assert ret["comment"].splitlines()[0] == "env B: cannot open: /x"
    assert [resource["error"] for resource in ret["resources"]] == [None, bad["error"]]


def test_many_changes_of_a_profile_are_counted_and_no_failure_is(program):
    bad = [
        result("env", f"B{index}", changed=False, changes={}, error=error()) for index in range(12)
    ]
    lines = profile(program, [result("env", f"A{index}") for index in range(12)] + bad)["comment"]
    assert lines.count("cannot open") == 12 and lines.endswith("and 2 more, see changes")


def test_two_resources_of_a_profile_about_one_thing_are_both_told(program):
    ret = profile(program, [result("env", "A"), result("env", "A")])
    assert list(ret["changes"]) == ["env A", "env A #2"]


@pytest.mark.parametrize("test, wanted", [(True, None), (False, False)])
def test_a_profile_may_depend_on_a_pending_state(program, test, wanted):
    bad = result("bundle", "/b", changed=False, changes={}, error=error(path="/srv/ca.pem"))
    running = {"file_|-X_|-/srv/ca.pem_|-managed": {"result": None, "name": "/srv/ca.pem"}}
    with patch.object(trustmend, "__running__", running, create=True):
        ret = profile(program, [bad], test=test)
        worse = result("bundle", "/c", changed=False, changes={}, error=error(path="/nowhere"))
        assert profile(program, [bad, worse], test=test)["result"] is False
    assert ret["result"] is wanted
    assert ret["comment"].startswith("Depends on a pending state, file.managed /srv/ca.pem") == test


def test_a_profile_under_test_is_pending(program):
    assert profile(program, [result("env", "A")], test=True)["result"] is None


def test_a_profile_without_changes(program):
    ret = profile(program, [result("env", "A", changed=False, changes={})])
    assert ret["comment"] == "1 resource as wished for"


def test_the_profile_state_asks_for_a_profile_or_for_resources(program):
    call(program, "profile", "shotgrid-ssl", variables=[{"bundle": "/b"}, {"roots": []}])
    assert (program.asked["profile"], program.asked["resources"]) == ("shotgrid-ssl", None)
    assert program.asked["variables"] == {"bundle": "/b", "roots": []}
    call(program, "profile", "mine", resources=[{"type": "env", "name": "A"}])
    assert program.asked["profile"] is None and program.runs[-1] == ("apply", ["A"])


def test_an_unknown_attribute_of_a_profile_is_an_error(program):
    ret = call(program, "profile", "shotgrid-ssl", varialbes={})
    assert (
        ret["comment"] == "trustmend.profile has no attribute 'varialbes': did you mean variables?"
    )
