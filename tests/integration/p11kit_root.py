"""
The store of Red Hat's family in a Debian root: the real p11-kit, told to read that family's
directories, and an os-release that says so. Only update-ca-trust is a stand-in; it makes the calls
that the real script makes, and `trust`, which does all the work and has all the rules, is real.
"""

SOURCE = "/etc/pki/ca-trust/source"
ANCHORS = SOURCE + "/anchors"
EXTRACTED = "/etc/pki/ca-trust/extracted"
TLS_BUNDLE = EXTRACTED + "/pem/tls-ca-bundle.pem"
HASHED = EXTRACTED + "/pem/directory-hash"
PROGRAM = "/usr/bin/update-ca-trust"
VENDOR = "/usr/share/pki/ca-trust-source"

UPDATE_CA_TRUST = f"""#!/bin/sh
# A stand-in for Red Hat's update-ca-trust, for tests: the same seven calls.
set -e
out={EXTRACTED}
extract() {{ /usr/bin/trust extract --overwrite --comment "$@"; }}
anchors() {{ extract --filter=ca-anchors --format=$1 --purpose=$2 $out/$3; }}
extract --filter=certificates --format=openssl-bundle $out/openssl/ca-bundle.trust.crt
anchors pem-bundle server-auth pem/tls-ca-bundle.pem
anchors pem-bundle email pem/email-ca-bundle.pem
anchors pem-bundle code-signing pem/objsign-ca-bundle.pem
anchors java-cacerts server-auth java/cacerts
anchors edk2-cacerts server-auth edk2/cacerts.bin
anchors pem-directory-hash server-auth pem/directory-hash
"""

DIRECTORIES = [ANCHORS, f"{SOURCE}/blocklist", f"{SOURCE}/blacklist", f"{VENDOR}/anchors",
               f"{VENDOR}/blocklist", *(f"{EXTRACTED}/{d}" for d in ("openssl", "pem", "java",
                                                                   "edk2"))]
MOZILLA = ("ISRG_Root_X1.crt", "Amazon_Root_CA_1.crt")


def make_it_red(root):
    for name in DIRECTORIES:
        root.outside(name).mkdir(parents=True, exist_ok=True)
        root.outside(name).chmod(0o755)
    module = root.outside("/usr/share/p11-kit/modules/p11-kit-trust.module")
    lines = [line for line in module.read_text().splitlines()
             if not line.startswith("x-init-reserved")]
    module.write_text("\n".join(lines) + f"\nx-init-reserved: paths={SOURCE}:{VENDOR}\n")
    root.outside("/etc/os-release").unlink()
    root.write("/etc/os-release", 'ID="rocky"\nVERSION_ID="9.4"\nID_LIKE="rhel centos fedora"\n')
    root.write(PROGRAM, UPDATE_CA_TRUST, 0o755)
    for name in MOZILLA:
        root.write(f"{VENDOR}/anchors/{name}",
                   root.text(f"/usr/share/ca-certificates/mozilla/{name}"))
    root.run(PROGRAM)
