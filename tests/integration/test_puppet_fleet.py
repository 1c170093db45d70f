"""
Real Puppet servers, 7 with an agent of 7, and 8 with agents of both, whose machines are mended from the
server. What does not depend on the series of the server is tried with 8 alone.
"""

import pathlib

import pytest

from integration import puppet_module
from integration.fleet import Unavailable, wait_for
from integration.puppet_fleet import PuppetFleet
from pki import Pki

pytestmark = pytest.mark.native_only("the module takes the program for this machine")

CORE = "/mnt/projects/demo/config/core/core_api.yml"
OLD_CORE = "location:\n  type: app_store\n  name: tk-core\n  version: v0.18.91\n"
BUNDLE = "/opt/trustmend/cacert.pem"
STORE = "/var/cache/puppet/trustmend"
STUDIO = "puppet:///modules/site/studio-ca.pem"
WANTED = f"""
class {{ 'trustmend::shotgrid_ssl':
  extra_ca     => ['{STUDIO}'],
  core_configs => ['/mnt/projects/demo'],
}}
"""
GONE = f"""
trustmend_anchor {{ '{STUDIO}': ensure => absent }}
trustmend_bundle {{ '{BUNDLE}': ensure => absent }}
trustmend_env {{ 'SHOTGUN_API_CACERTS': ensure => absent }}
"""
# An agent of 8 wants a server of 8.
AGENTS = {"bookworm": ["bookworm-puppet"], "trixie": ["bookworm-puppet", "trixie-puppet"]}


class Studio:
    """Its certification authority, and a certificate of a server that it signed."""

    def __init__(self, directory):
        pki = Pki(directory)
        self.root = pki.root("Studio CA")
        self.leaf = pki.leaf(self.root)


def servers(*suites):
    return [pytest.param(suite, marks=pytest.mark.xdist_group(f"puppetserver-{suite}")) for suite in suites]


NEWEST = pytest.mark.parametrize("fleet", servers("trixie"), indirect=True)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    return Studio(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="module", params=servers(*AGENTS))
def fleet(request, tmp_path_factory, studio):
    try:
        with PuppetFleet(request.param, puppet_module.built(tmp_path_factory.mktemp("dist"))) as fleet:
            fleet.start_server()
            fleet.serve("studio-ca.pem", studio.root.text)
            fleet.number = 0
            yield fleet
    except Unavailable as error:
        pytest.skip(str(error))


@pytest.fixture
def agents(fleet, studio):
    """Those that the server does not know yet, on machines that need mending; the newest is the last."""
    found = []
    for kind in AGENTS[fleet.suite]:
        fleet.number += 1
        agent = fleet.agent(f"node{fleet.number}", kind)
        agent.root.write(CORE, OLD_CORE)
        agent.root.write("/tmp/leaf.pem", studio.leaf.text)
        found.append(agent)
    return found


def state(agent):
    """What a run could have changed."""
    text = agent.root.run("sh", "-c", f"""
        find /etc /opt /mnt /usr/local -type f ! -path '/etc/puppet/*' | sort | xargs sha256sum
        ls -lR /etc/ssl/certs /usr/local/share/ca-certificates {pathlib.PurePath(CORE).parent}
    """).stdout
    return text


def works(agent):
    """As OpenSSL and a login say, and not as we do."""
    root = agent.root
    return (root.verifies("/tmp/leaf.pem"), root.verifies("/tmp/leaf.pem", "-no-CApath", "-CAfile", BUNDLE),
            f"SHOTGUN_API_CACERTS={BUNDLE}\n" in root.text("/etc/environment")
            if root.exists("/etc/environment") else False,
            "version: v0.23.10\n" in root.text(CORE))


def test_a_node_is_told_mended_kept_and_cleaned(fleet, agents):
    fleet.manifest(WANTED)
    for agent in agents:
        # The first noop run knows it all, and has the program.
        before = state(agent)
        told = agent.run("--noop")
        assert told.status == 0 and not told.resources("failed"), told.output
        assert state(agent) == before and works(agent) == (False, False, False, False)
        assert len(list(agent.root.outside(STORE).glob("*/trustmend-linux-*"))) == 1
        assert {status for events in told.events().values()
                for _, _, status in events.values()} == {"noop"}, told.events()

        done = agent.run()
        assert done.status == 2 and not done.resources("failed"), done.output
        assert done.predicted() == told.predicted()
        assert works(agent) == (True, True, True, True)
        again = agent.run()
        assert again.status == 0 and not again.events(), again.output

    # What somebody undid comes back.
    agent.root.run("sh", "-c", f"rm /usr/local/share/ca-certificates/* && update-ca-certificates && "
                   f"truncate -s 100 {BUNDLE}")
    assert works(agent)[:2] == (False, False)
    mended = agent.run()
    assert mended.status == 2 and works(agent) == (True, True, True, True), mended.output

    fleet.manifest(GONE)
    assert agent.run().status == 2
    assert works(agent) == (False, False, False, True)
    assert agent.run().status == 0


@NEWEST
def test_an_agent_that_is_killed_in_the_middle_mends_it_the_next_time(fleet, agents):
    """While the store is being rebuilt."""
    fleet.manifest(f"trustmend_anchor {{ '{STUDIO}': }}")
    agent = agents[-1]
    hook = "/etc/ca-certificates/update.d/slow"
    agent.root.write(hook, "#!/bin/sh\ntouch /tmp/begun\nexec sleep 600\n", mode=0o755)
    running = agent.start()
    wait_for(lambda: agent.root.exists("/tmp/begun"), "the store is not rebuilt")
    agent.kill()
    running.wait()
    agent.root.outside(hook).unlink()
    done = agent.run()
    assert done.status in (0, 2) and not done.resources("failed"), done.output
    assert agent.root.verifies("/tmp/leaf.pem")
    assert agent.run().status == 0


def test_a_program_that_the_server_does_not_have_is_told_once_and_for_its_resources_alone(fleet, agents):
    fleet.manifest(f"trustmend_anchor {{ '{STUDIO}': }}\nfile {{ '/tmp/other': ensure => file }}")
    files = fleet.server.outside("/etc/puppet/code/modules/trustmend/files/bin")
    files.rename(files.with_name("gone"))
    try:
        done = agents[-1].run()
    finally:
        files.with_name("gone").rename(files)
    assert done.resources("failed") == {f"Trustmend_anchor[{STUDIO}]"}, done.output
    assert agents[-1].root.exists("/tmp/other")
    assert "the server has no puppet:///modules/trustmend/bin/" in done.output
    assert "Traceback" not in done.output and ".rb:" not in done.output


def test_a_file_that_the_server_does_not_have_fails_alone(fleet, agents):
    fleet.manifest("trustmend_anchor { 'puppet:///modules/site/none.pem': }\n"
                   "trustmend_env { 'A': value => 'b' }")
    done = agents[-1].run()
    assert done.resources("failed") == {"Trustmend_anchor[puppet:///modules/site/none.pem]"}
    assert agents[-1].root.text("/etc/environment") == "A=b\n"


@NEWEST
def test_the_fact_reaches_the_server_once_there_is_a_program(fleet, agents):
    fleet.manifest("trustmend_env { 'A': value => 'b' }\n"
                   "notify { \"told: ${facts['trustmend'] =~ Hash}\": }")
    said = [next(text for text in agents[-1].run().messages() if text.startswith("told: "))
            for _ in range(2)]
    assert said == ["told: false", "told: true"]
