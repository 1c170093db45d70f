"""
The collection built and installed, and used on this machine itself: run with `connection: local`
on directories. A program that it stages lands in a mount namespace that ends with the run.
"""

import json
import os
import pathlib
import subprocess

from integration.ansible_fleet import Unavailable

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
COLLECTION = "ansible_collections/trustmend/trustmend"

# Root stages below /var/lib, and must not on this machine.
PRIVATE = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /var/lib && exec "$@"', "sh"]


def build_collection(directory, top=TOP, **environment):
    """
    The tarball as it is handed out, of programs that were built before: in dist/, or where
    TRUSTMEND_PROGRAMS says.
    """
    programs = os.environ.get("TRUSTMEND_PROGRAMS") or TOP / "dist"
    done = subprocess.run([top / "scripts/build-collection", directory], text=True, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          env={**os.environ, "TRUSTMEND_PROGRAMS": str(programs), **environment})
    assert done.returncode == 0, done.stdout
    tarball, = pathlib.Path(directory).glob("trustmend-trustmend-*.tar.gz")
    return tarball


class Installed:
    """An ansible-core, and a directory with the collection installed from its tarball."""

    def __init__(self, directory, tarball, which):
        made = subprocess.run([TOP / "scripts/ansible-core", which], text=True, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        if made.returncode != 0:
            raise Unavailable(f"scripts/ansible-core {which}: {made.stderr.strip()[-200:]}")
        self.programs = pathlib.Path(made.stdout.strip())
        self.directory = directory
        self.installed = directory / COLLECTION
        subprocess.run([self.programs / "ansible-galaxy", "collection", "install", "--offline",
                        tarball, "-p", directory], check=True, stdout=subprocess.DEVNULL,
                       env={"PATH": f"{self.programs}:/usr/bin:/bin", "HOME": str(directory),
                            "LC_ALL": "C.UTF-8"})
        index = json.loads((self.installed / "plugins/module_utils/_bin/index.json").read_text())
        self.version = index["version"]
        self.hashes = {key: entry["sha256"] for key, entry in index["programs"].items()}


class Local(Installed):
    """One that runs playbooks on this machine."""

    def __init__(self, directory, which="newest"):
        super().__init__(directory, build_collection(directory), which)
        self.environment = {
            **os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(directory), "ANSIBLE_HOME": str(directory / "home"), "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(directory), "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"}

    def call(self, *command, cwd=None, check=True):
        private = PRIVATE if os.geteuid() == 0 else []
        done = subprocess.run(private + [str(word) for word in command], text=True, cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                              env=self.environment, check=False)
        assert done.returncode == 0 or not check, f"{command}\n{done.stdout}"
        return done

    def tasks(self, directory, tasks, check_mode=False):
        """Runs tasks, failing ones too, and gives what each returned, in their order."""
        book, answers = directory / "play.json", directory / "answers.json"
        listed = [{"name": f"Task {index}", **task, "register": f"answer_{index}",
                   "ignore_errors": True} for index, task in enumerate(tasks)]
        registered = ", ".join(task["register"] for task in listed)
        listed.append({"name": "Keep", "check_mode": False, "no_log": False,
                       "ansible.builtin.copy": {"dest": str(answers), "mode": "0600",
                                                "content": f"{{{{ [{registered}] | to_json }}}}"}})
        book.write_text(json.dumps(
            [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}]))
        self.call("ansible-playbook", "-i", "localhost,", *(["--check"] if check_mode else []), book)
        return json.loads(answers.read_text())
