"""
A stand-in for a Windows host, as a connection plugin of Ansible: no PowerShell runs anywhere in
here. It takes apart what ansible-core really sends (the bootstrap wrapper on the command line, the
module with its utilities and its arguments on standard input), insists that this is the module
windows_program.ps1 with everything that it requires, does in Python what that file says, and
answers as a module does. The program itself is the real trustmend.exe, which runs in Wine.

So it shows that the plugins on the controller are right, and that the module would get what it
needs. It shows nothing of the PowerShell in it: scripts/lint powershell parses that, no more.

The tests copy this file to where Ansible looks for connection plugins, as `standin.py`. What it
has to know comes through the environment: STANDIN is a JSON object, see Settings.
"""

import base64
import dataclasses
import hashlib
import json
import os
import pathlib
import re
import shutil
import sys
import uuid

from ansible.errors import AnsibleConnectionFailure, AnsibleError
from ansible.plugins.connection import ConnectionBase

DOCUMENTATION = """
name: standin
short_description: Stands in for a Windows host
description: See the top of the file.
author: the trustmend authors
options: {}
"""

MODULE = "trustmend.trustmend.windows_program"
SEPARATOR = b"\0\0\0\0"
ENCODED = re.compile(r"PowerShell -NoProfile -NonInteractive -ExecutionPolicy Unrestricted "
                     r"-EncodedCommand ([A-Za-z0-9+/=]+)")
# Scripts of the shell plugin: mkdtemp of 2.14 (later ones send a script on standard input), remove.
MAKE = re.compile(r"ExpandEnvironmentVariables\('([^']*)'\)\s*\n"
                  r"\$tmp = New-Item -Type Directory -Path \$tmp_path -Name '([^']*)'")
REMOVE = re.compile(r"^Remove-Item '([^']*)' -Force -Recurse;$", re.M)
REQUIRES = re.compile(r"^#Requires -Module (\S+)$", re.M)

OPTIONS = {"arguments", "keep", "program", "programs", "request", "version"}


@dataclasses.dataclass
class Settings:
    tests: str  # the directory of wine.py
    launcher: str  # of the WinePrefix
    drive: str  # its drive C:
    collection: str  # where the collection is installed
    log: str  # a line of JSON for each thing that the connection is asked for
    architecture: str = "AMD64"
    trouble: str = ""  # "powershell": there is none; "network": nobody answers


def settings(name):
    """Those of all hosts, and what the host of that name has of its own."""
    given = json.loads(os.environ["STANDIN"])
    own = given.pop("hosts").get(name, {})
    return Settings(**{**given, **own})


class Sent:
    """A script that ansible-core has sent through its bootstrap wrapper."""

    def __init__(self, data):
        head, _separator, body = data.partition(SEPARATOR)
        manifest = json.loads(body)
        if "module_entry" in manifest:
            self._of_2_14(manifest)
        else:
            assert json.loads(head)["name"] == "exec_wrapper", head[:200]
            self._of_2_19(manifest)

    def _of_2_14(self, manifest):
        self.actions = manifest["actions"]
        assert self.actions[-1] == "module_powershell_wrapper", self.actions
        self.source = base64.b64decode(manifest["module_entry"])
        self.utilities = {*manifest["powershell_modules"], *manifest["csharp_utils_module"]}
        self.arguments = manifest["module_args"]
        assert self.utilities <= {*manifest["powershell_modules"], *manifest["csharp_utils"]}

    def _of_2_19(self, manifest):
        last = manifest["actions"][-1]
        self.actions = [action["name"].removesuffix(".ps1") for action in manifest["actions"]]
        if self.actions[-1] != "module_wrapper":
            self.source, self.utilities = None, set()
            self.arguments = last["params"]
            return
        params = last["params"]
        utilities = params["CSharpModules"] + params["PowerShellModules"]
        assert set(utilities) <= set(manifest["scripts"])
        self.source = base64.b64decode(manifest["scripts"][params["Script"]]["script"])
        self.utilities = {name.rpartition(".")[0] for name in utilities}
        variable, = params["Variables"]
        assert variable["Name"] == "complex_args", variable
        self.arguments = variable["Value"]

    def check_is_our_module(self, collection):
        ours = pathlib.Path(collection) / "plugins/modules/windows_program.ps1"
        assert self.arguments["_ansible_module_name"] == MODULE, self.arguments
        assert self.source == ours.read_bytes(), "this is not windows_program.ps1"
        required = set(REQUIRES.findall(self.source.decode()))
        assert required and required <= self.utilities, (required, self.utilities)


class WindowsProgram:
    """What windows_program.ps1 does; its functions have the names that they have there."""

    def __init__(self, options, host, run):
        self.options = {"keep": False, "program": None, "request": "", **options}
        self.host = host
        self.run = run
        self.platform = f"Windows-{host.settings.architecture}"
        programs = dict(entry.split(":") for entry in self.options["programs"])
        self.hash = programs.get(self.platform, "")
        self.directory = host.path("C:\\Program Files\\trustmend") / self.hash
        self.staged = self.directory / "trustmend.exe"

    def answer(self):
        return {"changed": False, "platform": self.platform, **self.outcome()}

    def outcome(self):
        try:
            found = self.find_program()
            if found:
                return self.complete_run(found)
            if not self.hash:
                return {"outcome": "unsupported"}
            if not self.options["program"]:
                return {"outcome": "stage"}
            if self.options["keep"]:
                return self.complete_run(self.save_program())
            return self.invoke_once()
        except OSError as error:
            return {"outcome": "failed", "reason": str(error)}

    def find_program(self):
        installed = self.host.path("C:\\Program Files\\trustmend\\trustmend.exe")
        if installed.is_file():
            _status, stdout, _stderr = self.run(installed, ["--version"], b"")
            if stdout.decode().strip() == f"trustmend {self.options['version']}":
                return installed
        return self.staged if self.test_staged() else None

    def test_staged(self):
        return bool(self.hash) and self.staged.is_file() and self.is_right(self.staged)

    def is_right(self, path):
        return hashlib.sha256(path.read_bytes()).hexdigest() == self.hash

    def copy_program(self, path):
        shutil.copyfile(self.host.path(self.options["program"]), path)
        if not self.is_right(path):
            raise OSError(f"the program did not arrive whole in {path}")

    def save_program(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        for left in self.directory.glob("trustmend.new-*"):
            left.unlink()
        new = self.directory / f"trustmend.new-{os.getpid()}-{uuid.uuid4().hex}"
        try:
            self.copy_program(new)
            new.replace(self.staged)
        finally:
            new.unlink(missing_ok=True)
        return self.staged

    def invoke_once(self):
        work = self.host.path(f"C:\\Program Files\\trustmend-{uuid.uuid4().hex}")
        try:
            work.mkdir()
            self.copy_program(work / "trustmend.exe")
            return self.complete_run(work / "trustmend.exe")
        finally:
            shutil.rmtree(work)

    def complete_run(self, path):
        request = base64.b64decode(self.options["request"], validate=True)
        status, stdout, stderr = self.run(path, self.options["arguments"], request)
        return {"rc": status, "stdout": stdout.decode(), "stderr": stderr.decode(),
                "outcome": "run"}


class Host:
    """The drive of a Wine prefix, and what runs there."""

    def __init__(self, chosen):
        self.settings = chosen
        sys.path.insert(0, chosen.tests)
        from wine import PATH, run_to_files  # the tests' own; not there when Ansible loads this

        self.environment = {"PATH": PATH}
        self.run_to_files = run_to_files

    def path(self, name):
        assert name.upper().startswith("C:\\"), f"not a path of this host: {name}"
        return pathlib.Path(self.settings.drive).joinpath(*name[3:].split("\\"))

    def run(self, program, words, data):
        return self.run_to_files([self.settings.launcher, str(program), *words], data, timeout=600,
                                 env=self.environment, cwd=self.settings.drive)

    def log(self, what, **more):
        with open(self.settings.log, "a", encoding="utf-8") as file:
            file.write(json.dumps({"what": what, **more}) + "\n")

    def make_directory(self, parent, name):
        parent = parent.replace("%TEMP%", "C:\\windows\\temp")
        self.log("mkdtemp")
        self.path(parent).joinpath(name).mkdir()
        return f"{parent}\\{name}\r\n".encode()

    def remove_directory(self, name):
        self.log("remove")
        shutil.rmtree(self.path(name))
        return b""

    def module(self, sent):
        sent.check_is_our_module(self.settings.collection)
        options = {name: value for name, value in sent.arguments.items()
                   if not name.startswith("_ansible_")}
        self.log("module", options=options, actions=sent.actions,
                 no_log=sent.arguments["_ansible_no_log"])
        assert set(options) <= OPTIONS, f"unsupported parameters: {set(options) - OPTIONS}"
        return json.dumps(WindowsProgram(options, self, self.run).answer()).encode() + b"\r\n"


class Connection(ConnectionBase):
    transport = "standin"
    module_implementation_preferences = (".ps1", ".exe", "")
    has_pipelining = True
    allow_executable = False

    def __init__(self, *args, **kwargs):
        self.always_pipeline_modules = True
        self.has_native_async = True
        self._shell_type = "powershell"
        super().__init__(*args, **kwargs)
        self.host = Host(settings(self._play_context.remote_addr))

    def _connect(self):
        if self.host.settings.trouble == "network":
            raise AnsibleConnectionFailure("nobody answers on port 5986")
        self._connected = True
        return self

    def exec_command(self, cmd, in_data=None, sudoable=True):
        super().exec_command(cmd, in_data=in_data, sudoable=sudoable)
        if self.host.settings.trouble == "powershell":
            return 1, b"", b"'PowerShell' is not recognized as an internal or external command"
        encoded = ENCODED.fullmatch(cmd)
        if not encoded:
            raise AnsibleError(f"the stand-in does not know this command: {cmd[:200]}")
        return 0, self.answer(cmd, base64.b64decode(encoded[1]).decode("utf-16-le"), in_data), b""

    def answer(self, cmd, script, in_data):
        if in_data:
            sent = Sent(in_data)
            if sent.actions == ["powershell_mkdtemp"]:
                return self.host.make_directory(sent.arguments["Directory"],
                                                sent.arguments["Name"])
            assert cmd == self._shell.build_module_command("", None, "").strip()
            return self.host.module(sent)
        made, removed = MAKE.search(script), REMOVE.search(script)
        if made:
            return self.host.make_directory(*made.groups())
        if removed:
            return self.host.remove_directory(removed[1])
        raise AnsibleError(f"the stand-in does not know this script: {script[:200]}")

    def put_file(self, in_path, out_path):
        self.host.log("put")
        shutil.copyfile(in_path, self.host.path(out_path))

    def fetch_file(self, in_path, out_path):
        raise AnsibleError("the stand-in does not fetch files")

    def close(self):
        self._connected = False
