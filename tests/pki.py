"""Throw-away certificate authorities and leaf certificates, made with the openssl command."""

import hashlib
import itertools
import ssl
import subprocess

CONFIG = """
[ca]
default_ca = here
[here]
dir = {dir}
database = {dir}/index.txt
serial = {dir}/serial
new_certs_dir = {dir}
default_md = sha256
policy = any
unique_subject = no
email_in_dn = no
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
[name]
[extensions]
{extensions}
"""

CA = "basicConstraints = critical,CA:TRUE\nkeyUsage = critical,keyCertSign,cRLSign\n"
KEY_IDS = "subjectKeyIdentifier = hash\nauthorityKeyIdentifier = keyid\n"


class Certificate:
    """A certificate with its key: files `pem` and `key`, and the bytes of the certificate."""

    def __init__(self, pem, key):
        self.pem = pem
        self.key = key
        self.text = pem.read_text()
        self.der = ssl.PEM_cert_to_DER_cert(self.text)
        self.sha256 = hashlib.sha256(self.der).hexdigest()
        self.sha1 = hashlib.sha1(self.der).hexdigest()


class Pki:
    """Makes certificates below one directory; every call makes a new one."""

    def __init__(self, directory):
        self.directory = directory
        self.numbers = itertools.count(1)

    def root(self, name="trustmend test root", extensions=CA + KEY_IDS, **more):
        """Self-signed; `extensions` as openssl.cnf has them, "" makes a version 1 certificate."""
        return self._make(name, extensions, None, **more)

    def intermediate(self, issuer, name="trustmend test intermediate", extensions=CA + KEY_IDS,
                     **more):
        return self._make(name, extensions, issuer, **more)

    def leaf(self, issuer, host="localhost", names=(), **more):
        """A server certificate for a host name or several, and for 127.0.0.1."""
        names = ",".join(f"DNS:{name}" for name in names or [host])
        extensions = ("basicConstraints = CA:FALSE\nextendedKeyUsage = serverAuth\n"
                      f"subjectAltName = {names},IP:127.0.0.1\n" + KEY_IDS)
        return self._make(host, extensions, issuer, **more)

    def _make(self, name, extensions, issuer, key=None, serial=None,
              start="20200101000000Z", end="20491231235959Z"):
        number = next(self.numbers)
        work = self.directory / str(number)
        work.mkdir(parents=True)
        config = work / "openssl.cnf"
        config.write_text(CONFIG.format(dir=work, extensions=extensions))
        (work / "index.txt").touch()
        with_key = ["-key", key]
        if key is None:
            key = work / "key.pem"
            with_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                        "-keyout", key]
        self._openssl("req", "-new", "-config", config, *with_key, "-utf8",
                      "-subj", f"/O=trustmend tests/CN={name}", "-out", work / "request.pem")
        pem = work / "certificate.pem"
        digits = f"{number if serial is None else serial:x}"
        (work / "serial").write_text("0" * (len(digits) % 2) + digits + "\n")
        command = ["ca", "-batch", "-notext", "-config", config, "-in", work / "request.pem",
                   "-out", pem, "-startdate", start, "-enddate", end, "-preserveDN",
                   "-extfile", config, "-extensions", "extensions"]
        if issuer is None:
            command += ["-selfsign", "-keyfile", key]
        else:
            command += ["-cert", issuer.pem, "-keyfile", issuer.key]
        self._openssl(*command)
        return Certificate(pem, key)

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl"] + [str(a) for a in arguments],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              stdin=subprocess.DEVNULL,
                              env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"})
        assert done.returncode == 0, done.stdout
