"""A real Puppet server and agents on loopback, each with a Debian root of its own."""

import subprocess

import yaml

from integration.fleet import PATH, Namespace, free_ports, wait_for

CODE = "/etc/puppet/code"
CONFIGURATION = "/etc/puppet/puppet.conf"
REPORT = "/var/cache/puppet/state/last_run_report.yaml"
READY = "Puppet Server has successfully started and is now ready to handle requests"
# Of a server that lives for a minute: compiling for later, and checking byte code of the distribution's
# own, cost more than they save.
JAVA = ("-Xms512m -Xmx1g -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:+UnlockDiagnosticVMOptions "
        "-XX:-BytecodeVerificationRemote -Djruby.compile.mode=OFF "
        "-Djruby.logger.class=com.puppetlabs.jruby_utils.jruby.Slf4jLogger")


class Loader(yaml.SafeLoader):
    """Of reports, whose objects are read as mappings."""


Loader.add_multi_constructor("!ruby/", lambda loader, _tag, node: plain(loader, node))


def plain(loader, node):
    if isinstance(node, yaml.MappingNode):
        return loader.construct_mapping(node, deep=True)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_scalar(node)


class Run:
    """What one run of an agent came to."""

    def __init__(self, done, report):
        self.status = done.returncode
        self.output = done.stdout
        self.report = report

    def resources(self, which):
        return {name for name, status in self.report["resource_statuses"].items() if status[which]}

    def events(self):
        """{resource: {property: (before, after, status)}}, of this module's types."""
        found = {}
        for name, status in self.report["resource_statuses"].items():
            for event in status["events"] if name.startswith("Trustmend_") else ():
                found.setdefault(name, {})[event["property"]] = (
                    event["previous_value"], event["desired_value"], event["status"])
        return found

    def predicted(self):
        """The same without what became of it."""
        return {name: {key: event[:2] for key, event in events.items()}
                for name, events in self.events().items()}

    def messages(self):
        return [log["message"] for log in self.report["logs"]]


class Agent:
    def __init__(self, fleet, name, kind):
        self.fleet = fleet
        self.name = name
        self.root = fleet.machine(name, kind)
        self.root.write(CONFIGURATION, f"[main]\nserver = localhost\nserverport = {fleet.port}\n"
                        f"certname = {name}\nstrict = error\n"
                        "strict_variables = true\ninclude_legacy_facts = false\n")

    def command(self, *options):
        return ["chroot", self.root.path, "puppet", "agent", "--test", "--color=false", *options]

    def run(self, *options):
        self.root.outside(REPORT).unlink(missing_ok=True)
        done = self.fleet.run(*self.command(*options), check=False, env={"LC_ALL": "C.UTF-8"})
        assert self.root.exists(REPORT), done.stdout
        return Run(done, yaml.load(self.root.text(REPORT), Loader))

    def start(self, *options):
        return subprocess.Popen(
            self.fleet.inside(*self.command(*options)), stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env={"PATH": PATH, "LC_ALL": "C.UTF-8"})

    def kill(self):
        """Ends the agent and all that it started, at once."""
        self.fleet.kill(self.root.path)


class PuppetFleet(Namespace):
    """`suite` is that of a root of scripts/make-root with a server; `tarball` is the module."""

    def __init__(self, suite, tarball):
        super().__init__()
        self.suite = suite
        self.tarball = tarball
        self.port, = free_ports(1)
        self.server = self.log = None

    def machine(self, name, kind):
        """A root in which programs find what they ask the kernel for."""
        root = self.root(name, kind)
        self.run("mount", "-t", "proc", "proc", root.path / "proc")
        for name in ("/dev", "/sys"):
            self.run("mount", "--rbind", name, f"{root.path}{name}")
        root.write("/etc/hosts", "127.0.0.1 localhost\n")
        return root

    def start_server(self):
        self.server = root = self.machine("server", f"{self.suite}-puppetserver")
        root.write(CONFIGURATION, "[main]\ncertname = localhost\nserver = localhost\n"
                   "autosign = true\ndns_alt_names = localhost\n")
        root.write("/etc/puppet/puppetserver/conf.d/webserver.conf",
                   "webserver: {\n  client-auth: want\n  ssl-host: 127.0.0.1\n"
                   f"  ssl-port: {self.port}\n}}\n")
        root.outside("/tmp/module.tar.gz").write_bytes(self.tarball.read_bytes())
        root.run("puppet", "module", "install", "--ignore-dependencies", "/tmp/module.tar.gz")
        self.manifest("")
        defaults = root.text("/etc/default/puppetserver").splitlines()
        root.write("/etc/default/puppetserver", "\n".join(
            f'JAVA_ARGS="{JAVA}"' if line.startswith("JAVA_ARGS=") else line
            for line in defaults) + "\n")
        self.log = self.directory / "server.log"
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                self.inside("chroot", root.path, "puppetserver", "foreground"),
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={"PATH": PATH, "HOME": "/root"})
        wait_for(self.is_up, lambda: self.log.read_text()[-3000:])

    def is_up(self):
        assert self.process.poll() is None, self.log.read_text()[-3000:]
        return READY in self.log.read_text(errors="replace")

    def manifest(self, text):
        """What all agents are to be, from their next run on."""
        self.server.write(f"{CODE}/environments/production/manifests/site.pp", f"{text}\n")

    def serve(self, name, content):
        """As puppet:///modules/site/NAME."""
        self.server.write(f"{CODE}/modules/site/files/{name}", content)

    def agent(self, name, kind):
        return Agent(self, name, kind)
