"""
Ansible as a tool: a batch is one task of `apply`, a resource by itself one of its type's module.
All runs go into one playbook.
"""

from conformance.cases import BATCH, TOLD, Outcome, Tool


class Ansible(Tool):
    def __init__(self, local, directory):
        self.local = local
        self.directory = directory

    def run(self, verb, runs):
        listed = [self.tasks(run) for run in runs]
        answers = iter(self.local.tasks(self.directory, sum(listed, []), verb == "plan"))
        return [[outcome for _task in tasks for outcome in self.outcomes(next(answers))]
                for tasks in listed]

    @staticmethod
    def tasks(run):
        root = str(run.root)
        if run.profile is not None:
            return [{"trustmend.trustmend.apply": {
                "root": root, "profile": run.profile, "variables": run.variables}}]
        if run.way == BATCH:
            return [{"trustmend.trustmend.apply": {"root": root, "resources": run.resources}}]
        return [{f"trustmend.trustmend.{resource['type']}": {
            "root": root, **{name: value for name, value in resource.items() if name != "type"}}}
                for resource in run.resources]

    @staticmethod
    def outcomes(answer):
        if "resources" not in answer:  # the module was not satisfied with what it got
            assert answer["failed"] and not answer["changed"], answer
            return [Outcome({}, TOLD, answer["msg"])]
        resources = answer["resources"]
        assert answer["failed"] == any(resource["error"] for resource in resources)
        assert answer["changed"] == any(resource["changed"] for resource in resources)
        return [Outcome(resource["changes"], resource["error"] and resource["error"]["kind"],
                        answer["msg"], resource) for resource in resources]
