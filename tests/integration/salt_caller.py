"""
Runs states in one process, for tests that run many. A Salt's own Python starts it with a minion's
directory of configuration; each line of standard input is {"states": what an SLS holds, "test":
true or false}, and the answer is one line, what `state.apply` returns for it.
"""

import json
import os
import sys

import salt.client
import salt.config


def main(directory):
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what Salt prints is no answer
    options = salt.config.minion_config(os.path.join(directory, "minion"))
    caller = salt.client.Caller(mopts=options)
    for number, line in enumerate(sys.stdin):
        asked = json.loads(line)
        # JSON is YAML. A new name each time: Salt keeps files that it has read.
        with open(os.path.join(directory, "tree", f"run{number}.sls"), "w") as file:
            json.dump(asked["states"], file)
        told = caller.cmd("state.apply", f"run{number}", test=asked["test"])
        print(json.dumps(told, default=str), file=answers, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
