"""
The grain ``trustmend``: what a minion's CA trust came to.

.. code-block:: yaml

    trustmend:
      version: 0.1.0
      effective: true
      digest: 6f0c…

``effective`` says whether the roots of the built-in profile are trusted, and whether the variable
that ``shotgun_api3`` reads names a file that works. ``digest`` changes whenever anything of that
does; minions with the same digest are in the same state.

The grain is there once the program is: installed, in the wheel, or staged by a state. It is read
anew after five minutes, or after a state changed something; a run of the program takes some ten
milliseconds, and is stopped after ten seconds. Options of the minion:

.. code-block:: yaml

    trustmend.grain: false            # no grain, and no run
    trustmend.grain_age: 3600         # seconds before it is read anew
    trustmend.variables: {}           # of the profile; grains know of no pillar

Grains are loaded before anything else and have no ``__salt__``, so this module stands alone.
"""

import glob
import hashlib
import json
import logging
import os
import platform
import subprocess
import time

log = logging.getLogger(__name__)

AGE = 300
TIME_LIMIT = 10
INSTALLED = ("/usr/local/bin/trustmend", "/usr/bin/trustmend", "/opt/trustmend/bin/trustmend")
FROM_ENVIRONMENT = ("SystemRoot", "TEMP", "TMP")  # what Windows cannot do without


def trustmend():
    """Gives the grain, or none."""
    if __opts__.get("trustmend.grain") is False:
        return {}
    program = _program()
    if program is None:
        return {}
    path = os.path.join(__opts__["cachedir"], "trustmend", "grain.json")
    asked = _asked(program)
    grain = _kept(path, asked)
    if grain is None:
        grain = _read(program)
        _keep(path, asked, grain)
    return {"trustmend": grain} if grain else {}


def _program():
    """The one that is configured, installed, in the wheel or staged, in this order."""
    configured = __opts__.get("trustmend.program")
    return next(filter(os.path.isfile, [configured] if configured else _programs()), None)


def _programs():
    system, machine = platform.system().lower(), platform.machine().lower().replace(
        "amd64", "x86_64"
    )
    suffix = ".exe" if system == "windows" else ""
    package = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bin")
    name = f"trustmend-{system}-{machine}{suffix}"
    staged = glob.glob(os.path.join(__opts__["cachedir"], "trustmend", "*", name))
    return [
        *INSTALLED,
        os.path.join(package, name),
        *sorted(staged, key=os.path.getmtime, reverse=True),
    ]


def _asked(program):
    """What a kept answer has to agree with."""
    info = os.stat(program)
    options = [__opts__.get("trustmend.root"), __opts__.get("trustmend.variables")]
    return [program, info.st_size, info.st_mtime_ns, options]


def _kept(path, asked):
    """What was read a short while ago; nothing where the clock was turned back."""
    try:
        with open(path, encoding="utf-8") as file:
            kept = json.load(file)
        age = time.time() - kept["time"]
        fresh = 0 <= age < __opts__.get("trustmend.grain_age", AGE)
        return kept["grain"] if fresh and kept["asked"] == asked else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _keep(path, asked, grain):
    try:
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        with open(f"{path}.new", "w", encoding="utf-8") as file:
            json.dump({"asked": asked, "time": time.time(), "grain": grain}, file)
        os.replace(f"{path}.new", path)
    except OSError as error:
        log.debug("the grain trustmend is not kept: %s", error)


def _read(program):
    """One run of the program. What cannot be read is an empty grain, and is kept like any other."""
    words = [program, "get", "--input", "-", "--output", "json"]
    if __opts__.get("trustmend.root"):
        words += ["--root", __opts__["trustmend.root"]]
    request = {"profile": "shotgrid-ssl", "variables": __opts__.get("trustmend.variables") or {}}
    environment = {name: os.environ[name] for name in FROM_ENVIRONMENT if name in os.environ}
    try:
        done = subprocess.run(
            words,
            input=json.dumps(request).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIME_LIMIT,
            cwd=os.path.abspath(os.sep),
            env=environment,
            check=False,
        )
        return _grain(json.loads(done.stdout))
    except (OSError, ValueError, KeyError, TypeError, subprocess.SubprocessError) as error:
        log.warning("no grain trustmend: %s does not answer: %s", program, error)
        return {}


def _grain(report):
    if "error" in report:
        raise ValueError(report["error"]["message"])
    results = [[one["type"], one["name"], one["state"], one["error"]] for one in report["results"]]
    text = json.dumps(results, sort_keys=True)
    return {
        "version": report["trustmend"],
        "effective": bool(results) and all(_works(one) for one in report["results"]),
        "digest": hashlib.sha256(text.encode()).hexdigest(),
    }


def _works(result):
    """Not whether it is as the profile says, which a pillar may say otherwise."""
    state = result["state"]
    if result["error"] or state.get("problems") or state.get("effective") is False:
        return False
    if result["type"] != "env":
        return True
    return state["state"] == "present" and None not in (state.get("per_target") or {}).values()
