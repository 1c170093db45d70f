"""
Random scripts that logins read, made of what people write into them. A snippet sets, unsets or
does not touch @V, a variable; @W is another one and @P a path; files that it needs are in FILES.
"""

import random

VARIABLES = ("STUDIO_SITE", "SHOW_ROOT", "TOOLS_PATH", "FARM")
PATHS = ("/opt/studio/cacert.pem", "/etc/ssl/certs/ca-certificates.crt", "/opt/old/cacert.pem",
         "/mnt/tools/ca/bundle.pem", "/opt/studio-2/ca.pem")

FILES = {
    "etc/studio/path": "/opt/from/path.pem\n",
    "etc/studio/pairs": "@V=/opt/from/pairs.pem\n",
    "etc/studio/@V.env": "@V=/opt/from/env.pem\n",
    "etc/studio/@V.sh": "export @V=/opt/from/sh.pem\n",
    "etc/studio/@V.csh": "setenv @V /opt/from/csh.pem\n",
    "etc/studio/@V.fish": "set -gx @V /opt/from/fish.pem\n",
    "etc/studio/conf.d/10-@V.sh": "export @V=/opt/from/conf.d.pem\n",
}

POSIX = [
    "export @V=@P\n", "@V=@P\nexport @V\n", "@V=@P; export @V\n", 'export @V="@P"\n',
    "export @V='@P'\n", "export @V=@P @W=@P\n", "  export @V=@P\n", "export @V=@P # ours\n",
    "# export @V=@P\n", "#@V=@P\n", "export \\\n  @V=@P\n", "export @V=\\\n@P\n",
    "export @V=@P\r\n", "@V=@P\n", "export @V\n", "unset @V\n", "unset -v @V\n",
    "set -a\n@V=@P\nset +a\n", "set -o allexport\n@V=@P\nset +o allexport\n",
    "set -a\n. /etc/studio/@V.env\nset +a\n", ". /etc/studio/@V.sh\n",
    "[ -r /etc/studio/@V.sh ] && . /etc/studio/@V.sh\n",
    "if [ -f /etc/studio/missing.sh ]; then\n  . /etc/studio/missing.sh\nelse\n  export @V=@P\nfi\n",
    'for f in /etc/studio/conf.d/*.sh; do\n  [ -r "$f" ] && . "$f"\ndone\nunset f\n',
    'eval "export @V=@P"\n', "eval `echo export @V=@P`\n", 'eval "$(cat /etc/studio/@V.sh)"\n',
    "x=@V; eval $x=@P; export $x\n", "export @V=$(cat /etc/studio/path)\n",
    "export @V=`echo @P`\n", 'export @V="$(printf %s @P)"\n', 'export @V="${@V:-@P}"\n',
    ': "${@V:=@P}"\nexport @V\n', 'export @V="$HOME/ca.pem"\n', "export @V=~/ca.pem\n",
    'export @V="${@W}/x"\n', 'export @V="${@V%/*}/other.pem"\n', "readonly @V=@P\nexport @V\n",
    "f() { export @V=@P; }\nf\n", "f() { local @V=@P; export @V; }\nf\nunset -f f\n",
    "f() { @V=@P; }\nf; export @V\n", 'set_ca() { eval "export $1=$2"; }\nset_ca @V @P\n',
    "f() {\n  [ -d /nowhere ] || return 1\n  export @V=@P\n}\nf\n", "(export @V=@P)\n",
    "{ export @V=@P; }\n", "export @V=@P &\nwait\n", "sleep 0 &\nexport @V=@P\n",
    "echo @P | read @V\nexport @V\n", "read -r @V </etc/studio/path\nexport @V\n",
    'while IFS="=" read -r k v; do export "$k=$v"; done </etc/studio/pairs\n',
    "cat >/dev/null <<EOF\nexport @V=@P\nEOF\n", "cat >/dev/null <<'EOF'\n$(x\n@V=@P\nEOF\n",
    'eval "$(cat <<EOF\nexport @V=@P\nEOF\n)"\n',
    "case $- in\n*i*) export @V=@P ;;\n*) unset @V ;;\nesac\n",
    "case $(uname -n) in\nrender*) export @V=@P ;;\n*) export @V=/opt/else.pem ;;\nesac\n",
    'case ":$PATH:" in *:/opt/bin:*) ;; *) PATH=$PATH:/opt/bin; export @V=@P ;; esac\n',
    'if [ "$PS1" ]; then export @V=@P; fi\n', 'if [ -n "$BASH_VERSION" ]; then export @V=@P; fi\n',
    'if [ "${BASH-}" ] && [ "$BASH" != /bin/sh ]; then\n\texport @V=@P\nfi\n',
    'if [ "$(id -u)" -eq 0 ]; then export @V=/root.pem; else export @V=@P; fi\n',
    '[ "$(id -un)" = artist ] && export @V=@P\n', "[ -d /opt/studio ] && export @V=@P\n",
    "[ -d /nowhere ] && export @V=@P\n", "[ -d /nowhere ] || export @V=@P\n",
    'if [ "$USER" = artist ]; then export @V=@P; fi\n', "test -n \"$@V\" || export @V=@P\n",
    "for d in /nowhere /opt/studio /opt; do [ -d $d ] && export @V=$d; done\n",
    "i=0; while [ $i -lt 3 ]; do i=$((i+1)); export @V=/opt/$i; done\n",
    "set -- a @P; export @V=$2\n", "IFS=:; for p in /a:/b; do export @V=$p; done; unset IFS\n",
    "@V=@P true\n", "@V=@P command :\n", "export PATH=$PATH:/opt/bin\n", "alias ll='ls -l'\n",
    "umask 022\n", "echo welcome\n", "echo oops >&2\n", "true\n", "false\n", "date >/dev/null\n",
    "trap '' INT\n", "mkdir -p ~/.cache/studio 2>/dev/null\n", "exec 2>/dev/null\n",
    "echo x >~/.seen && export @V=@P\n", "touch /tmp/s.$$ && rm /tmp/s.$$ && export @V=@P\n",
    "[ -w /etc/profile ] && export @V=@P\n", "tty -s && export @V=@P\n",
    '[ "$0" = -bash ] && export @V=@P\n', "command -v zsh >/dev/null && export @V=@P\n",
    'export @V="a b/ca.pem"\n', "export @V=\n", "export -n @V 2>/dev/null\n", "\n\n",
    'x="\nexport @V=@P\n"\n', "if true; then :\nexport @V=@P\nfi\n", "! false && export @V=@P\n",
]

# Each of these ends a script or a login, in some shell at least.
ENDINGS = [
    "return\n", "return 0\n", '[ -z "$PS1" ] && return\n', "set -e\n", "set -u\n", "exit 0\n",
    "if true; then\n", "fi\n", 'export @V="@P\n', ". /etc/studio/missing.sh\n", "set -e\nfalse\n",
    "export @V-X=@P\n", "export 1=@P\n", "break\n", "exec >/dev/null\n", "${@V:?unset}\n",
]

BASHISMS = [
    "declare -x @V=@P\n", "typeset -x @V=@P\n", "arr=(@P /x)\nexport @V=\"${arr[0]}\"\n",
    "[[ -d /opt/studio ]] && export @V=@P\n", "export @V+=:/x\n", "@V+=:@P\n",
    "source /etc/studio/@V.sh\n", "function f { export @V=@P; }\nf\n", "export @V=$'@P'\n",
    "printf -v @V %s @P\nexport @V\n", "export @V={/a,/b}\n", "shopt -s nullglob\n",
    "read -r @V <<<@P\nexport @V\n", "read -r @V < <(echo @P); export @V\n", "local x=1\n",
    "if ((1 + 1 == 2)); then export @V=@P; fi\n", "unset -n @V\n", "declare -r @V=@P\n",
    "n=@V; export ${n}=@P\n", "export @V=@P; export -p >/dev/null\n",
    "case x in x) export @V=@P ;;& *) export @V=/opt/all.pem ;; esac\n",
]

ZSH = [
    "export @V=@P\n", "typeset -gx @V=@P\n", "typeset -x @V=@P\n", "@V=@P\nexport @V\n",
    "@V=@P\n", "unset @V\n", "# export @V=@P\n", "[[ -o login ]] && export @V=@P\n",
    "[[ -o interactive ]] && export @V=@P\n", "[[ -n $ZSH_VERSION ]] && export @V=@P\n",
    "path=(/opt/bin $path)\n", "setopt extended_glob\n", "emulate sh -c '. /etc/profile'\n",
    "source /etc/studio/@V.sh\n", "[[ -r /etc/studio/@V.sh ]] && . /etc/studio/@V.sh\n",
    "eval 'export @V=@P'\n", "export @V=$(</etc/studio/path)\n", "f() { export @V=@P }\nf\n",
    "f() { local @V=@P }\nf\n", "(( 1 )) && export @V=@P\n", "export @V=${@V:-@P}\n",
    "for d (/nowhere /opt/studio) [[ -d $d ]] && export @V=$d\n", "setopt all_export\n@V=@P\n",
    "if (( UID == 0 )); then export @V=/r; else export @V=@P; fi\n", "return\n", "export @V=\n",
    "readonly @V=@P\n", "export @V==ls\n", "export @V=~/ca.pem\n", "echo hello\n", "foo(\n",
    "autoload -Uz compinit\n", "case $OSTYPE in linux*) export @V=@P ;; esac\n", "export @V\n",
    "arr=(/x @P); export @V=$arr[2]\n", "export @V=@P\r\n", "cat >/dev/null <<EOF\n@V=@P\nEOF\n",
]

FISH = [
    "set -gx @V @P\n", 'set -gx @V "@P"\n', "set -x @V @P\n", "set -g @V @P\n", "set -Ux @V @P\n",
    "set -e @V\n", "export @V=@P\n", "# set -gx @V @P\n", "set -l @V @P\n",
    "if status is-login\n  set -gx @V @P\nend\n", "if status is-interactive\n  set -gx @V @P\nend\n",
    "for d in /nowhere /opt/studio\n  test -d $d; and set -gx @V $d\nend\n", "set -gx @V a b\n",
    "source /etc/studio/@V.fish\n", "function f\n  set -gx @V @P\nend\nf\n",
    "begin\n  set -lx @V @P\nend\n", "set -gx @V (cat /etc/studio/path)\n", "set -gx @V\n",
    "set -q @V; or set -gx @V @P\n", "eval set -gx @V @P\n", "fish_add_path /opt/bin\n",
    "set -gx @V $HOME/ca.pem\n", "switch $USER\n  case artist\n    set -gx @V @P\nend\n",
    "if test (id -u) -eq 0\n  set -gx @V /r\nelse\n  set -gx @V @P\nend\n", "echo hello\n",
    "if true\n", "end\n", "exit\n", "return\n", "@V=@P true\n", "set -gx @V @P # ours\n",
    "set -gx @V \\\n  @P\n", "set -gux @V\n", "function set\n  builtin set $argv\nend\n",
]

CSH = [
    "setenv @V @P\n", 'setenv @V "@P"\n', "setenv @V '@P'\n", "set @V = @P\n", "unsetenv @V\n",
    "# setenv @V @P\n", "if (! $?@V) setenv @V @P\n", "if ($?prompt) then\n  setenv @V @P\nendif\n",
    "if (-d /opt/studio) then\n  setenv @V @P\nelse\n  setenv @V /else\nendif\n",
    "source /etc/studio/@V.csh\n", "set x = @P\nsetenv @V $x\n", "setenv @V\n", "echo hello\n",
    "foreach d (/nowhere /opt/studio)\n  if (-d $d) setenv @V $d\nend\n", 'eval "setenv @V @P"\n',
    "setenv @V `cat /etc/studio/path`\n", 'setenv @V "$HOME/ca.pem"\n', "alias ll ls -l\n",
    "switch ($user)\ncase artist:\n  setenv @V @P\n  breaksw\nendsw\n", "exit\n",
    "if (`id -u` == 0) setenv @V @P\n", "setenv @V \\\n@P\n", "if ($?loginsh) setenv @V @P\n",
    "setenv @V @P ; setenv @W @P\n", "set path = ($path /opt/bin)\n", "export @V=@P\n",
    "setenv @V $nothing\n", "if (1) then\n", "endif\n", "while (1)\n  setenv @V @P\n  break\nend\n",
]

RHEL_PROFILE = """\
for i in /etc/profile.d/*.sh /etc/profile.d/sh.local ; do
    if [ -r "$i" ]; then
        if [ "${-#*i}" != "$-" ]; then
            . "$i"
        else
            . "$i" >/dev/null
        fi
    fi
done
unset i
"""

SH_PLACES = ("etc/profile.d/10-site.sh", "etc/profile.d/studio.sh", "etc/profile.d/zz-studio.sh",
             "etc/profile.d/Z99.sh", "etc/profile.d/_local.sh", "etc/profile.d/readme.txt")
HOME = "home/artist/"


class Case:
    """Files (by path, as bytes) and which shells are somebody's; the first is the person's."""

    def __init__(self, number):
        self.number = number
        self.chance = random.Random(number * 7919)
        self.files = {}
        self.shells = self.choose_shells()
        self.of_user = number % 4 == 3
        for variable in VARIABLES:
            for name, text in FILES.items():
                self.add(name, text, variable)
        if self.of_user:
            self.make_home()
        else:
            self.make_machine()

    def choose_shells(self):
        return self.chance.choice([("bash",), ("dash",), ("bash", "dash"), ("zsh",), ("fish",),
                                   ("tcsh",), ("dash", "bash", "zsh"), ("bash",), ("dash", "bash")])

    def filled(self, text, variable=None):
        names = self.chance.sample(VARIABLES, 2)
        return text.replace("@V", variable or names[0]).replace("@W", names[1]) \
                   .replace("@P", self.chance.choice(PATHS))

    def add(self, name, text, variable=None):
        name = name.replace("@V", variable or "")
        self.files[name] = self.files.get(name, b"") + self.filled(text, variable).encode()

    def add_some(self, name, pool, endings=()):
        for _ in range(self.chance.randint(1, 5)):
            rare = endings and self.chance.random() < 0.06
            self.add(name, self.chance.choice(endings if rare else pool))

    def sh_pool(self):
        return POSIX + BASHISMS if self.chance.random() < 0.4 else POSIX

    def make_machine(self):
        chance = self.chance
        if {"bash", "dash"} & set(self.shells):
            if chance.random() < 0.3:
                self.add("etc/profile", RHEL_PROFILE)
                self.add_some("etc/profile.d/sh.local", POSIX)
            for name in chance.sample(SH_PLACES, chance.randint(1, 3)):
                self.add_some(name, self.sh_pool(), ENDINGS)
            if chance.random() < 0.3:
                self.add_some("etc/profile.tail", POSIX, ENDINGS)
        for shell, pool, names in (
                ("zsh", ZSH, ("etc/zsh/zshenv", "etc/zsh/zprofile", "etc/zsh/zlogin")),
                ("fish", FISH, ("etc/fish/conf.d/studio.fish", "etc/fish/config.fish")),
                ("tcsh", CSH, ("etc/csh/login.d/studio.csh", "etc/csh.cshrc", "etc/csh.login"))):
            if shell in self.shells:
                for name in chance.sample(names, chance.randint(1, 2)):
                    self.add_some(name, pool)

    def make_home(self):
        chance, shell = self.chance, self.shells[0]
        if shell in ("bash", "dash"):
            for name in chance.sample((".profile", ".bash_profile", ".bash_login", ".bashrc"),
                                      chance.randint(1, 3)):
                self.add_some(HOME + name, self.sh_pool(), ENDINGS)
            if chance.random() < 0.4:
                self.add(HOME + ".bash_profile", "[ -f ~/.bashrc ] && . ~/.bashrc\n")
        elif shell == "zsh":
            if chance.random() < 0.4:
                self.add(HOME + ".zshenv", "ZDOTDIR=$HOME/.config/zsh\n")
                self.add_some(HOME + ".config/zsh/.zprofile", ZSH)
            for name in chance.sample((".zshenv", ".zprofile", ".zshrc", ".zlogin"), 2):
                self.add_some(HOME + name, ZSH)
        elif shell == "fish":
            for name in chance.sample((".config/fish/config.fish", ".config/fish/conf.d/a.fish",
                                       ".config/fish/conf.d/zz.fish"), 2):
                self.add_some(HOME + name, FISH)
        else:
            for name in chance.sample((".login", ".cshrc", ".tcshrc"), chance.randint(1, 2)):
                self.add_some(HOME + name, CSH)

    def place(self, logins):
        """Into a root as Debian has it. What /etc/profile gets goes behind its own text."""
        logins.reset(self.shells)
        for name, content in self.files.items():
            target = "etc/profile" if name == "etc/profile.tail" else name
            old = logins.outside(target)
            behind = old.read_bytes() if old.exists() and target.startswith("etc/") else b""
            if name == "etc/profile":
                behind = b""
            logins.write(target, behind + content)

    def told(self):
        """For messages: what makes the case, without the files that snippets only refer to."""
        shown = {name: text.decode() for name, text in self.files.items()
                 if not name.startswith("etc/studio/")}
        return f"case {self.number}, {self.shells}{', of the user' * self.of_user}: {shown}"
