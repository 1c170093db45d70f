"""
The command line as a tool: a batch is one document for `trustmend`, a resource by itself one for
the program of its type.
"""

from conformance.cases import BATCH, Outcome, Tool


class CommandLine(Tool):
    def __init__(self, tm):
        self.tm = tm

    def named(self, run, path):
        return self.tm.path(path)

    def run(self, verb, runs):
        return [self.batch(verb, run) if run.way == BATCH else self.single(verb, run)
                for run in runs]

    def batch(self, verb, run):
        if run.profile is None:
            return self.ask([verb], run.root, {"resources": run.resources})
        return self.ask([verb], run.root, {"profile": run.profile, "variables": run.variables})

    def single(self, verb, run):
        outcomes = []
        for resource in run.resources:
            program = f"trustmend-{resource['type'].replace('_', '-')}"
            outcomes += self.ask([program, verb], run.root, resource)
        return outcomes

    def ask(self, words, root, document):
        report = self.tm(*words, "--input", "-", root=root, stdin=document).json
        if report.get("error"):
            return [self.outcome({"changes": {}, "error": report["error"]})]
        assert report["changed"] == any(result["changed"] for result in report["results"])
        assert report["failed"] == any(result["error"] for result in report["results"])
        return [self.outcome(result) for result in report["results"]]

    @staticmethod
    def outcome(result):
        error = result["error"] or {"kind": None, "message": "", "path": None, "hint": None}
        return Outcome(result["changes"], error["kind"],
                       f"{error['message']}: {error['path']} ({error['hint']})", result)
