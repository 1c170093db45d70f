"""
The CA trust of a whole fleet, asked for on the master.

.. code-block:: bash

    salt-run trustmend.fleet
    salt-run trustmend.fleet 'render*' everything=True
    salt-run trustmend.fleet 'os:Debian' tgt_type=grain --out=json
"""

import salt.client
from salt.exceptions import SaltInvocationError

__virtualname__ = "trustmend"

NO_ANSWER = "the minion does not answer"


def __virtual__():
    return __virtualname__


def fleet(tgt="*", tgt_type="glob", everything=False, timeout=None, **wanted):
    """
    Compares minions with what is wanted of them, and lists which resources are not so, and why. It
    changes nothing and needs no returner. A minion that does not answer, or cannot tell, is listed
    as well.

    tgt, tgt_type
        The minions, as for ``salt``.
    everything
        List resources that are as wanted one by one; without it they are one line for each minion.
    timeout
        Seconds to wait for a minion; without it, those of the master's configuration.
    wanted
        ``profile`` and ``variables``, or ``resources``, as for ``trustmend.drift``. Without them
        each minion is compared with what its pillar wants.

    CLI Example:

    .. code-block:: bash

        salt-run trustmend.fleet
        salt-run trustmend.fleet 'render*' everything=True --out=json
    """
    wanted = {name: value for name, value in wanted.items() if not name.startswith("__")}
    rows = []
    for minion, answer in sorted(_answers(tgt, tgt_type, timeout, wanted).items()):
        for resource, state, why in _lines(answer, everything):
            rows.append({"minion": minion, "resource": resource, "state": state, "why": why})
    return {"outputter": "table", "data": rows}


def _answers(tgt, tgt_type, timeout, wanted):
    answers = {}
    with salt.client.get_local_client(mopts=__opts__) as client:
        for part in client.cmd_iter(
            tgt,
            "trustmend.drift",
            timeout=timeout,
            tgt_type=tgt_type,
            kwarg=wanted,
            expect_minions=True,
        ):
            answers.update(part)
    if not answers:
        raise SaltInvocationError(
            f"no minion is known to the master that matches '{tgt}' ({tgt_type})"
        )
    return answers


def _lines(answer, everything):
    """(resource, state, why) of one minion's answer."""
    if "ret" not in answer:
        return [("", "unknown", NO_ANSWER)]
    found = answer["ret"]
    if not isinstance(found, dict) or "resources" not in found:
        return [("", "unknown", _one_line(found))]
    resources = found["resources"]
    lines = [
        (f"{one['type']} {one['name']}", one["state"], one["why"])
        for one in resources
        if everything or one["state"] != "converged"
    ]
    rest = len(resources) - len(lines)
    if rest:
        lines.append((_others(rest, bool(lines)), "converged", ""))
    return lines


def _others(count, further):
    words = [str(count), "further" if further else "", "resource" if count == 1 else "resources"]
    return " ".join(filter(None, words))


def _one_line(text):
    """What a minion said that is no answer, without Salt's own word before it."""
    text = " ".join(str(text).split())
    return text[7:] if text.startswith("ERROR: ") else text
