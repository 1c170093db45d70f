"""A real Salt master and minions on loopback, each minion with a Debian root of its own."""

import json
import os
import pathlib
import subprocess

from integration.fleet import LIMIT, PATH, TOP, Namespace, Unavailable, free_ports, wait_for


def programs_of(series):
    """The directory of Salt's programs, of a series of releases."""
    made = subprocess.run([str(TOP / "scripts/salt"), series], text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, check=False)
    if made.returncode != 0:
        raise Unavailable(f"scripts/salt {series} failed: {made.stderr.strip()[-300:]}")
    return pathlib.Path(made.stdout.strip())


class Minion:
    """A salt-minion whose `trustmend.root` is a root of its own, unless it shares another's."""

    def __init__(self, fleet, name, root, options):
        self.fleet = fleet
        self.name = name
        self.root = root
        self.directory = fleet.directory / name
        self.options = options
        self.process = None
        self.read = 0  # characters of the log, before the last start

    def start(self, *prefix):
        """`prefix` is what the minion is started through."""
        for part in ("etc", "pki", "cache", "run"):
            (self.directory / part).mkdir(parents=True, exist_ok=True)
        self.fleet.configure(self.directory / "etc/minion", {
            **self.fleet.common(self.directory), "id": self.name, "master": "127.0.0.1",
            "master_port": self.fleet.ports[1], "publish_port": self.fleet.ports[0],
            "acceptance_wait_time": 1, "random_reauth_delay": 0, "recon_max": 1000,
            "recon_default": 100, "tcp_authentication_retries": -1, "loop_interval": 1,
            "enable_fqdns_grains": False, "enable_gpu_grains": False, "mine_enabled": False,
            "grains_cache": False, "trustmend.root": str(self.root.path), **self.options})
        (self.directory / "run/pid").unlink(missing_ok=True)
        self.read = len(self.log())
        self.process = self.fleet.daemon("salt-minion", self.directory, *prefix)

    def kill(self, everything=False):
        """Ends the minion at once; with `everything`, what it started in its root as well."""
        self.fleet.kill(self.directory / "etc", *([self.root.path] if everything else []))
        self.process.wait()

    def is_up(self):
        assert self.process.poll() is None, f"{self.name} has ended: {self.log()[self.read:]}"
        return "is ready to receive requests" in self.log()[self.read:]

    def log(self):
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def cached(self, name):
        return self.directory / "cache" / name


class Fleet(Namespace):
    """
    A master, and minions that are added to it.

    `series` is one of scripts/salt; `libraries` are directories with Python packages for master and
    minions, such as an installed wheel; `settings` are further ones of the master.
    """

    def __init__(self, series, libraries=(), settings=None):
        super().__init__()
        self.programs = programs_of(series)
        self.libraries = libraries
        self.settings = settings or {}
        self.states, self.pillar = self.directory / "states", self.directory / "pillar"
        for part in (self.states, self.pillar, self.directory / "home"):
            part.mkdir()
        self.ports = free_ports(2)
        self.minions = {}

    def environment(self):
        python = {"PYTHONPATH": os.pathsep.join(str(path) for path in self.libraries)}
        return {"PATH": f"{self.programs}:{PATH}", "HOME": str(self.directory / "home"),
                "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1", **python}

    @staticmethod
    def configure(path, settings):
        path.write_text(json.dumps(settings, indent=1))  # JSON is YAML

    def common(self, directory):
        return {"user": "root", "root_dir": str(directory), "pki_dir": str(directory / "pki"),
                "cachedir": str(directory / "cache"), "sock_dir": str(directory / "run"),
                "pidfile": str(directory / "run/pid"), "log_file": str(directory / "log"),
                "log_level": "warning", "log_level_logfile": "info",
                "keysize": 2048, "ipv6": False}

    def daemon(self, program, directory, *prefix):
        with open(directory / "output", "ab") as output:
            return subprocess.Popen(
                self.inside(*prefix, self.programs / program, "-c", directory / "etc"),
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=self.environment())

    def start_master(self):
        self.master = self.directory / "master"
        for part in ("etc", "pki", "cache", "run"):
            (self.master / part).mkdir(parents=True)
        settings = {**self.common(self.master), "interface": "127.0.0.1", "auto_accept": True,
                    "publish_port": self.ports[0], "ret_port": self.ports[1],
                    "worker_threads": 3, "timeout": 120, "gather_job_timeout": 40,
                    "file_roots": {"base": [str(self.states)]},
                    "pillar_roots": {"base": [str(self.pillar)]},
                    "enable_fqdns_grains": False, "enable_gpu_grains": False,
                    "fileserver_interval": 3600, "loop_interval": 1, **self.settings}
        self.configure(self.master / "etc/master", settings)
        self.daemon("salt-master", self.master)

    def add(self, name, kind=None, root=None, **options):
        """A minion with a root of that kind, or with that of another; `options` are the minion's."""
        self.minions[name] = Minion(self, name, root or self.root(name, kind), options)
        self.minions[name].start()
        return self.minions[name]

    def wait_until_up(self, *names):
        names = set(names or self.minions)
        wait_for(lambda: all(self.minions[name].is_up() for name in names), self.logs)
        wait_for(lambda: set(self.salt(",".join(names), "test.ping")) == names, self.logs)

    def logs(self):
        return "\n".join(f"{path}:\n{path.read_text(errors='replace')[-2000:]}"
                         for path in sorted(self.directory.glob("*/output")))

    def command(self, program, *words, check=True, json_out=True):
        """What one of Salt's commands prints, taken for JSON."""
        options = ["--out=json", "--static"] if program == "salt" else ["--out=json"]
        done = subprocess.run(
            self.inside(self.programs / program, "-c", self.master / "etc",
                        *(options if json_out else ["--no-color"]), *words),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            timeout=LIMIT, env=self.environment(), check=False)
        if not json_out:
            return done
        try:
            return json.loads(done.stdout)
        except ValueError:
            assert not check, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
            return {}

    def start_command(self, program, *words):
        return subprocess.Popen(
            self.inside(self.programs / program, "-c", self.master / "etc", *words),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=self.environment())

    def record_events(self):
        """From now on, all that minions fire by their beacons."""
        with open(self.directory / "events", "wb") as events:
            subprocess.Popen(
                self.inside(self.programs / "salt-run", "-c", self.master / "etc", "state.event",
                            "salt/beacon/*", "count=-1"),
                stdin=subprocess.DEVNULL, stdout=events, stderr=subprocess.DEVNULL,
                env=self.environment())

    def events(self):
        """(tag, data) of each."""
        for line in (self.directory / "events").read_text().splitlines():
            tag, _tab, data = line.partition("\t")
            yield tag, json.loads(data)

    def call(self, minion, *words, pillar=None):
        """salt-call without a master, as another minion on the host of this one would."""
        directory = self.directory / f"{minion.name}-call"
        for part in ("etc", "pki", "cache", "run"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        self.configure(directory / "etc/minion", {
            **self.common(directory), "id": directory.name, "file_client": "local",
            "file_roots": {"base": [str(self.states)]}, "trustmend.root": str(minion.root.path),
            "enable_fqdns_grains": False, "enable_gpu_grains": False})
        done = self.run(self.programs / "salt-call", "-c", directory / "etc", "--local", "--out=json",
                        "-l", "quiet", *words, *([f"pillar={json.dumps(pillar)}"] if pillar else []),
                        check=False, env=self.environment(), errors=subprocess.DEVNULL)
        try:
            return json.loads(done.stdout)["local"]
        except (ValueError, KeyError):
            raise AssertionError(f"{words}: {done.returncode}\n{done.stdout}") from None

    def salt(self, target, *words, tgt="-L", timeout=None):
        """{minion: answer} of `salt`; those that did not answer are not in it."""
        limit = ["-t", str(timeout)] if timeout else []
        answer = self.command("salt", *limit, tgt, target, *words, check=False)
        return {name: said for name, said in answer.items() if said is not False}

    def run_runner(self, *words):
        return self.command("salt-run", *words)
