# shellcheck shell=bash disable=SC2034
# What the scripts share: messages, the cache directory, and the packages that they need.

set -euo pipefail

TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
CACHE=${TRUSTMEND_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/trustmend}
JOBS=$(nproc 2>/dev/null || echo 2)

BUILD_PACKAGES="ca-certificates cmake gcc libc6-dev libjansson-dev libssl-dev libyaml-dev
	ninja-build openssl pkg-config"

say() {
	printf '%s\n' "$*" >&2
}

step() {
	say "==> $*"
}

die() {
	say "${0##*/}: $*"
	exit 1
}

have() {
	command -v "$1" >/dev/null 2>&1
}

# as_root COMMAND...: the command itself for root, through sudo for anybody else.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif have sudo; then
		sudo -E "$@"
	else
		die "root is needed for: $*
Run this as root, or install sudo and allow this user to use it."
	fi
}

# Which of these packages are not installed, one name a line.
missing_packages() {
	local package state
	for package in "$@"; do
		state=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null) || state=
		[ "$state" = installed ] || printf '%s\n' "$package"
	done
}

# need_packages PACKAGE...: installs what is missing, and only then asks the network anything.
need_packages() {
	local missing
	have dpkg-query || die "this machine has no dpkg. The scripts install packages on Debian and
its relatives only; elsewhere install the equivalents of: $*"
	missing=$(missing_packages "$@" | paste -s -d ' ')
	[ -n "$missing" ] || return 0
	[ "$(id -u)" -eq 0 ] || have sudo || die "these packages are missing: $missing
Run this as root, or install sudo, or install them with: apt-get install $missing"
	step "Installing: $missing"
	install_packages "$missing" || die "apt-get could not install: $missing
The lines above say why. A machine without network needs these packages beforehand."
}

install_packages() {
	local log words
	log=$(mktemp)
	read -r -a words <<<"$1"
	if as_root env DEBIAN_FRONTEND=noninteractive sh -c 'apt-get -q update &&
		apt-get -q -y --no-install-recommends install "$@"' sh "${words[@]}" >"$log" 2>&1
	then
		rm -f "$log"
		return 0
	fi
	tail -n 20 "$log" >&2
	rm -f "$log"
	return 1
}

# environment DIR REQUIREMENT...: a virtual environment of Python with these packages from PyPI, made
# once. Prints the directory of its programs.
environment() {
	local dir=$1
	shift
	mkdir -p "$(dirname "$dir")"
	exec 9>"$dir.lock"
	flock 9 # tests that run beside each other ask at the same time
	if [ "$(cat "$dir/.requirements" 2>/dev/null)" != "$*" ]; then
		need_packages ca-certificates python3 python3-venv
		step "Fetching $* from PyPI"
		# In its final place, because the programs of a virtual environment name their directory.
		rm -rf "$dir"
		mkdir -p "$dir"
		/usr/bin/python3 -m venv "$dir"
		quietly "$dir/bin/pip" install --disable-pip-version-check "$@" 9>&- ||
			die "$* could not be fetched from PyPI"
		printf '%s' "$*" >"$dir/.requirements"
	fi
	exec 9>&-
	echo "$dir/bin"
}

# What cmake starts compilers by, where ccache is installed: it gives what was compiled before, in
# this clone or another one.
compiler_cache() {
	have ccache || return 0
	printf '%s;' env "CCACHE_DIR=$CACHE/ccache" "CCACHE_BASEDIR=$TOP" CCACHE_NOHASHDIR=1 \
		CCACHE_COMPILERCHECK=content CCACHE_MAXSIZE=1G
	command -v ccache
}

# configure DIR OPTION...: configures a build directory once, and again when options changed.
configure() {
	local dir=$1 wanted
	shift
	set -- "-DCMAKE_C_COMPILER_LAUNCHER=$(compiler_cache)" "$@"
	wanted=$(printf '%s\n' "$@")
	if [ -f "$dir/build.ninja" ] && [ "$(cat "$dir/.options" 2>/dev/null)" = "$wanted" ]; then
		return 0
	fi
	quietly cmake -G Ninja -S "$TOP" -B "$dir" "$@" || return 1
	printf '%s\n' "$wanted" >"$dir/.options"
}

# quietly COMMAND...: its output is shown when it fails, and only then.
quietly() {
	local log status=0
	log=$(mktemp)
	"$@" >"$log" 2>&1 || status=$?
	[ "$status" -eq 0 ] || cat "$log" >&2
	rm -f "$log"
	return "$status"
}
