"""
A Debian root with five login shells, and what real logins get in it: `su -l`, through PAM, in a
process namespace of its own, so that nothing of a login is left running.
"""

import contextlib
import os
import pathlib
import shutil
import subprocess

PATH = "/usr/sbin:/usr/bin:/sbin:/bin"
SHELLS = ("bash", "dash", "zsh", "fish", "tcsh")
PERSON, NOBODY = "artist", "nobody"

# What the tests write into, and so what is put back between them.
CHANGED = ("etc/profile", "etc/profile.d", "etc/zsh", "etc/fish", "etc/csh", "etc/csh.cshrc",
           "etc/csh.login", "etc/csh.logout", "etc/environment", "etc/environment.d", "etc/pam.d",
           "etc/security", "etc/default/locale", "etc/passwd", "etc/group", "etc/systemd",
           "etc/bash.bashrc", "home", "tmp", "var/tmp", "opt", "etc/studio", "root",
           "usr/lib/environment.d")

INSIDE = """\
mount -t proc proc "$1/proc" || exit
chroot "$1" /bin/su -l -s "$2" "$3" -c "$4" </dev/null
"""


class Logins:
    """`path` is a root of its own, made from a base that is never changed."""

    def __init__(self, base, path):
        self.base, self.path = pathlib.Path(base), pathlib.Path(path)
        subprocess.run(["cp", "-a", "--reflink=auto", str(base), str(path)], check=True)
        for name in ("shadow", "gshadow"):
            self.outside(f"etc/{name}").unlink(missing_ok=True)
        self.reset()

    def outside(self, name):
        return self.path / str(name).lstrip("/")

    def write(self, name, content, owner=None):
        """A file; below a home it is the person's unless `owner` says otherwise."""
        path = self.outside(name)
        missing = [parent for parent in path.parents if not parent.exists()]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        if owner is None:
            owner = 1000 if str(path).startswith(str(self.outside("home"))) else 0
        for made in [path, *missing]:
            shutil.chown(made, owner, owner)
        return path

    def append(self, name, content):
        return self.write(name, self.outside(name).read_bytes() + content.encode())

    def reset(self, shells=("bash",)):
        """As it was, with a person; each of these shells is somebody's, the first is his."""
        subprocess.run(["rm", "-rf", "--one-file-system", *CHANGED], cwd=self.path, check=True)
        subprocess.run(["cp", "-a", "--parents", *filter(self.is_in_base, CHANGED), str(self.path)],
                       cwd=self.base, check=True)
        self.outside("opt/studio").mkdir(parents=True)
        self.outside("etc/environment").touch()
        self.outside("etc/default/locale").touch()
        self.outside("etc/profile.d").mkdir(exist_ok=True)
        self.set_shells(shells)

    def is_in_base(self, name):
        return os.path.lexists(self.base / name)

    def set_shells(self, shells):
        lines = [f"root:*:0:0:root:/root:/bin/{shells[0]}\n",
                 "nobody:*:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
                 f"{PERSON}:*:1000:1000::/home/{PERSON}:/bin/{shells[0]}\n"]
        for number, shell in enumerate(shells[1:], 1001):
            lines.append(f"user{number}:*:{number}:1000::/home/user{number}:/bin/{shell}\n")
        self.write("etc/passwd", "".join(lines))
        self.write("etc/group", "root:x:0:\nnogroup:x:65534:\nstudio:x:1000:\n")
        home = self.outside(f"home/{PERSON}")
        home.mkdir(parents=True, exist_ok=True)
        shutil.chown(home, 1000, 1000)

    def login(self, shell="bash", user=PERSON, timeout=300):
        """The environment of a program that a login starts, as bytes; None: it did not come to it."""
        self.outside("tmp").chmod(0o1777)
        out = self.outside("tmp/.environment")
        out.unlink(missing_ok=True)
        subprocess.run(["unshare", "--pid", "--mount", "--fork", "--kill-child", "--net", "sh", "-c", INSIDE,
                        "sh", str(self.path), f"/bin/{shell}", user,
                        "/usr/bin/env -0 >/tmp/.environment"], env={"PATH": PATH}, timeout=timeout,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        if not out.exists() or not out.stat().st_size:
            return None
        found = out.read_bytes()
        out.unlink()
        return dict(entry.split(b"=", 1) for entry in found.split(b"\0") if b"=" in entry)

    def run(self, *arguments):
        """A program of the root with an empty environment plus PATH."""
        return subprocess.run(["chroot", str(self.path), *arguments], env={"PATH": PATH},
                              timeout=600, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=True, text=True).stdout

    def snapshot(self, atime=False):
        """All of the tree by path: kind, owner, times, content's size, where links lead."""
        found = {}
        pending = [str(self.path)]
        while pending:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    st = entry.stat(follow_symlinks=False)
                    found[entry.path] = (st.st_mode, st.st_uid, st.st_gid, st.st_nlink, st.st_size,
                                         st.st_mtime_ns, st.st_ctime_ns, st.st_ino,
                                         st.st_atime_ns if atime else 0)
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
        return found


@contextlib.contextmanager
def logins_in(directory, base):
    """A root below `directory`, which everybody may pass and which is removed."""
    directory.chmod(0o755)
    try:
        yield Logins(base, directory / "root")
    finally:
        subprocess.run(["rm", "-rf", "--one-file-system", str(directory)], check=True)
