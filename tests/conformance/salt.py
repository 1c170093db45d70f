"""
Salt as a tool: resources are states. A batch is states that follow each other, which become one run
of the program; a resource by itself is a state with another one in front. All runs go into one SLS file,
where the next root ends a batch.
"""

from conformance.cases import BATCH, TOLD, Outcome, Tool


NOTHING = {"test.nop": []}


class Salt(Tool):
    """`as_profile`: a batch is one state, `trustmend.profile`, with all resources."""

    def __init__(self, local, as_profile=False):
        self.local = local
        self.as_profile = as_profile

    def named(self, run, path):
        """A file of the master, salt://NAME/…: the caller's directory stands in the tree."""
        caller = run.root.parent / "caller"
        link = self.local.tree / run.name
        if not link.is_symlink():
            link.symlink_to(caller)
        return "/".join((f"salt://{run.name}", *path.relative_to(caller).parts))

    def run(self, verb, runs):
        states = [(run, state) for run in runs for state in self.states(run)]
        answer = self.local.apply({str(number): state for number, (_, state) in enumerate(states)},
                                  test=verb == "plan")
        assert isinstance(answer, dict) and len(answer) == len(states), answer
        rets = {int(tag.split("_|-")[1]): ret for tag, ret in answer.items()}
        outcomes = {run.name: [] for run in runs}
        for number, (run, state) in enumerate(states):
            if state != NOTHING:
                outcomes[run.name] += self.outcomes(verb, rets[number])
        return list(outcomes.values())

    def states(self, run):
        if run.profile is not None:
            return [self.profile(run, name=run.profile, variables=run.variables)]
        if run.way == BATCH and self.as_profile:
            return [self.profile(run, resources=run.resources)]
        states = [self.state(run, resource) for resource in run.resources]
        return states if run.way == BATCH else [one for state in states for one in (NOTHING, state)]

    @staticmethod
    def profile(run, **words):
        return {"trustmend.profile": [{name: value} for name, value in words.items()]
                + [{"root": str(run.root)}]}

    @staticmethod
    def state(run, resource):
        words = {"ensure" if name == "state" else name: value for name, value in resource.items()}
        return {f"trustmend.{words.pop('type', 'nothing')}":
                [{name: value} for name, value in {**words, "root": str(run.root)}.items()]}

    def outcomes(self, verb, ret):
        done = None if verb == "plan" else True
        failed = [resource["error"] for resource in ret.get("resources", [])] or [ret.get("error")]
        if ret["result"] is False and not any(failed):
            assert not ret["changes"], ret
            return [Outcome({}, TOLD, ret["comment"])]
        assert ret["result"] is (False if any(failed) else done if ret["changes"] else True), ret
        if "resources" not in ret:
            return [self.outcome(ret["changes"], ret.get("error"), ret["comment"])]
        return [self.outcome(ret["changes"].get(resource["name"], {}), resource["error"],
                             ret["comment"]) for resource in ret["resources"]]

    @staticmethod
    def outcome(changes, error, comment):
        """In the report's words. What failed and changed nothing has no changes here."""
        changes = {"state" if name == "ensure" else name: {"from": change["old"], "to": change["new"]}
                   for name, change in changes.items()}
        shown = {"error": error}
        if changes or not error:
            shown |= {"changed": bool(changes), "changes": changes}
        return Outcome(changes, error and error["kind"], comment.replace("ensure=", "state="), shown)
