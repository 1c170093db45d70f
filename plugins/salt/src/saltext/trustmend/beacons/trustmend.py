"""
Tells when a minion's CA trust drifts from what is wanted.

What is compared is the outcome, as ``trustmend.drift`` does: a file that was dropped but never
compiled into the store is drift, a file that was touched but not changed is not.

Nothing is told before the minion has been seen converged, with nothing left to mend: mend it first.
From then on a resource that drifts is told once, and again only when something else is wrong with
it, or after it has been converged in between. What was told is kept in the minion's ``cachedir``,
so that a restart tells nothing twice, and a drift during it is told.

.. code-block:: yaml

    beacons:
      trustmend:
        - interval: 300
        - disable_during_state_run: true

Events have the tag ``salt/beacon/<minion>/trustmend/drift``, and under ``drifted`` a list of
resources with ``type``, ``name``, ``state`` and ``why``.

``interval`` (seconds) has to be given; it and ``disable_during_state_run`` are Salt's own. The
others are arguments of ``trustmend.drift``: ``profile``, ``variables``, ``resources``, ``root``,
``saltenv``. Without ``profile``, ``variables`` and ``resources`` it is what the minion's pillar
wants.
"""

import difflib
import hashlib
import json
import logging
import os

import salt.utils.beacons
import salt.utils.files
from salt.exceptions import CommandExecutionError

log = logging.getLogger(__name__)

__virtualname__ = "trustmend"

ARGUMENTS = {"profile": str, "variables": dict, "resources": list, "root": str, "saltenv": str}
OF_SALT = (
    "beacon_module",
    "disable_during_state_run",
    "enabled",
    "interval",
    "_beacon_name",
    "__beacon_name",
)


def __virtual__():
    if "trustmend.drift" not in __salt__:
        return False, "the execution module trustmend is missing: run saltutil.sync_all"
    return __virtualname__


def validate(config):
    """Says whether the configuration of this beacon is one."""
    if not isinstance(config, list) or not all(isinstance(item, dict) for item in config):
        return False, "trustmend: the configuration of this beacon is a list of mappings"
    options = salt.utils.beacons.list_to_dict(config)
    for name, value in options.items():
        wrong = _what_is_wrong(name, value)
        if wrong:
            return False, f"trustmend: {wrong}"
    if "interval" not in options:
        return (
            False,
            "trustmend: interval is missing: give the seconds between two looks, 300 for one",
        )
    if "resources" in options and ("profile" in options or "variables" in options):
        return False, "trustmend: resources excludes profile and variables: give one of them"
    return True, "trustmend: the configuration of this beacon is valid"


def _what_is_wrong(name, value):
    if name == "interval":
        number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return (
            ""
            if number and value > 0
            else f"interval: '{value}' is not a number of seconds above 0"
        )
    if name in ARGUMENTS:
        words = {str: "a text", dict: "a mapping", list: "a list"}
        right = isinstance(value, ARGUMENTS[name])
        return "" if right else f"{name}: '{value}' is not {words[ARGUMENTS[name]]}"
    if name in OF_SALT:
        return ""
    near = difflib.get_close_matches(name, [*ARGUMENTS, "interval", "disable_during_state_run"], 1)
    return f"there is no option {name}" + (f": did you mean {near[0]}?" if near else "")


def beacon(config):
    """Gives one event with every resource that has drifted since the last look."""
    options = salt.utils.beacons.list_to_dict(config)
    arguments = {name: options[name] for name in ARGUMENTS if options.get(name) is not None}
    path = _memory_path(arguments)
    known = _recall(path)
    try:
        found = __salt__["trustmend.drift"](**arguments)
    except CommandExecutionError as error:
        if known.get("error") != str(error):
            log.error("trustmend beacon: %s", error)
            _remember(path, {**known, "error": str(error)})
        return []
    seen = _sights(found["resources"])
    told = known.get("resources")
    if told is None and any(one["state"] == "drifted" for one in found["resources"]):
        return []  # never converged
    if seen != told or "error" in known:
        _remember(path, {"resources": seen})
    if told is None:
        return []
    drifted = [
        one
        for one, (name, sight) in zip(found["resources"], seen.items())
        if sight != "converged" and sight != told.get(name, sight)
    ]
    return [{"tag": "drift", "drifted": drifted}] if drifted else []


def _sights(resources):
    """What is seen of each, in their order. Two may be called the same: a variable of two users."""
    sights = {}
    for one in resources:
        key = f"{one['type']} {one['name']}"
        while key in sights:
            key += " (another)"
        sights[key] = "converged" if one["state"] == "converged" else _digest(one)
    return sights


def _digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


def _memory_path(arguments):
    """One for each configuration: another one is about other resources."""
    return os.path.join(__opts__["cachedir"], "trustmend", f"told-{_digest(arguments)[:16]}.json")


def _recall(path):
    try:
        with salt.utils.files.fopen(path, encoding="utf-8") as file:
            known = json.load(file)
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def _remember(path, known):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with salt.utils.files.fopen(f"{path}.new", "w", encoding="utf-8") as file:
        json.dump(known, file)
    os.replace(f"{path}.new", path)
