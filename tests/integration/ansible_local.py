"""
The collection on this machine itself: built, installed, and run with `connection: local` on
directories. A program that it stages lands in a mount namespace that ends with the run.
"""

import json
import os
import pathlib
import subprocess

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
COLLECTION = "ansible_collections/trustmend/trustmend"

# Root stages below /var/lib, and must not on this machine.
PRIVATE = ["unshare", "-m", "sh", "-c", 'mount -t tmpfs none /var/lib && exec "$@"', "sh"]


def printed(*command, **environment):
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True,
                          env={**os.environ, **environment})
    return done.stdout.strip()


class Local:
    """An ansible-core, and a directory with the collection installed from its tarball."""

    def __init__(self, directory, which="newest"):
        self.directory = directory
        self.programs = printed(TOP / "scripts/ansible-core", which)
        self.installed = directory / COLLECTION
        self.environment = {
            **os.environ, "PATH": f"{self.programs}:{os.environ['PATH']}",
            "HOME": str(directory), "ANSIBLE_HOME": str(directory / "home"), "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(directory), "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_LOCALHOST_WARNING": "False", "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3"}
        # What the tests run against was built before; see scripts/build-collection.
        subprocess.run([TOP / "scripts/build-collection", directory], check=True,
                       capture_output=True,
                       env={**self.environment,
                            "HOME": os.environ.get("HOME", "/root"),
                            "TRUSTMEND_PROGRAMS": os.environ.get("TRUSTMEND_PROGRAMS",
                                                                 str(TOP / "dist"))})
        tarball, = directory.glob("trustmend-trustmend-*.tar.gz")
        self.call("ansible-galaxy", "collection", "install", "-p", directory, tarball)

    def call(self, *command, cwd=None, check=True):
        private = PRIVATE if os.geteuid() == 0 else []
        done = subprocess.run(private + [str(word) for word in command], text=True, cwd=cwd,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=600,
                              env=self.environment, check=False)
        assert done.returncode == 0 or not check, f"{command}\n{done.stdout}"
        return done

    def tasks(self, directory, tasks, check_mode=False):
        """Runs tasks, failing ones too, and gives what each returned, in their order."""
        book = directory / "play.json"  # JSON is YAML
        answers = directory / "answers"
        answers.mkdir(exist_ok=True)
        listed = []
        for index, task in enumerate(tasks):
            listed += [
                {"name": f"Task {index}", **task, "register": "answer", "ignore_errors": True},
                {"name": "Keep", "check_mode": False, "no_log": False, "ansible.builtin.copy": {
                    "dest": str(answers / str(index)), "mode": "0644",
                    "content": "{{ answer | to_json }}"}}]
        book.write_text(json.dumps(
            [{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": listed}]))
        self.call("ansible-playbook", "-i", "localhost,", *(["--check"] if check_mode else []), book)
        return [json.loads((answers / str(index)).read_text()) for index in range(len(tasks))]
