# shellcheck shell=bash disable=SC2034
# Source archives of libraries that are built here: pinned, fetched, verified and cached. Included
# behind lib.sh.

# NAME FILE SHA-256 KIND ORIGIN, the first that can be had is taken. KIND: `debian` is an
# archive of that source package, `crate` is that package and version of the crates
# registry, `pypi` is that source distribution on PyPI.
pins() {
	cat <<'PINS'
openssl openssl_3.0.22.orig.tar.gz 67ebca7e50d17383028045486653492195b83db95f8558709701bb47b5c1ef81 debian openssl
openssl openssl-src-300.6.1+3.6.3.crate 46eb8fb9fb3b61ce1c0f8a026c4c1a0714d3a9e138e7fbde78753ce2babc3846 crate openssl-src=300.6.1
libyaml libyaml_0.2.5.orig.tar.gz fa240dbf262be053f3898006d502d514936c818e422afdcf33921c63bed9bf2e debian libyaml
jansson jansson_2.14.orig.tar.gz c739578bf6b764aa0752db9a2fdadcfe921c78f1228c7ec0bb47fa804c55d17b debian jansson
tree-sitter tree-sitter-0.24.0.tar.gz abd95af65ca2f4f7eca356343391ed669e764f37748b5352946f00f7fc78e734 pypi tree-sitter==0.24.0
tree-sitter-python tree_sitter_python-0.23.6.tar.gz 354bfa0a2f9217431764a631516f85173e9711af2c13dbd796a8815acfe505d9 pypi tree-sitter-python==0.23.6
tree-sitter-python tree-sitter-python-0.23.6.crate 3d065aaa27f3aaceaf60c1f0e0ac09e1cb9eb8ed28e7bcdaa52129cffc7f4b04 crate tree-sitter-python=0.23.6
libarchive libarchive_3.6.2.orig.tar.xz 9e2c1b80d5fbe59b61308fdfab6c79b5021d7ff4ff2489fb12daf0a96a83551d debian libarchive
libarchive-mended libarchive_3.6.2-1+deb12u5.debian.tar.xz 5b32794076e9b0d8cd74fd2c453340b72c6362188f40fa1aac96304cb5683315 debian libarchive
zlib zlib_1.2.13.dfsg.orig.tar.bz2 71feb7947e3c00ef125f83b79a4e529bde31171e5babe48b391f06758d1ab0a1 debian zlib
check check_0.15.2.orig.tar.gz 8451b68ac5d6f3157b24f22eceff575bcf566264f6d78f3852f89d4e08cf42e1 debian check
PINS
}

sha256_of() {
	sha256sum "$1" | cut -d ' ' -f 1
}

# fetch NAME: leaves the path of a verified archive in ARCHIVE, trying its places in order.
fetch() {
	local wanted=$1 name file sum kind origin tried=""
	while read -r name file sum kind origin; do
		[ "$name" = "$wanted" ] || continue
		if fetch_from "$file" "$sum" "$kind" "$origin"; then
			ARCHIVE=$CACHE/sources/$file
			return 0
		fi
		tried="$tried
  $file (sha256 $sum), $kind $origin"
	done < <(pins)
	die "no source of $wanted could be had. Tried:$tried
A distribution replaces an archive when it moves to a new version. Then either put one of
these files into a directory and set TRUSTMEND_SOURCES to it, or install cargo for the crates
registry, or change the pin in scripts/sources.sh to the version that is offered now."
}

fetch_from() {
	local file=$1 sum=$2 kind=$3 origin=$4 local_file new
	if [ -f "$CACHE/sources/$file" ]; then
		[ "$(sha256_of "$CACHE/sources/$file")" != "$sum" ] || return 0
		rm -f "$CACHE/sources/$file"
	fi
	mkdir -p "$CACHE/sources"
	new=$CACHE/sources/.$file.$$
	local_file=${TRUSTMEND_SOURCES:-/nonexistent}/$file
	if [ -f "$local_file" ]; then
		cp "$local_file" "$new"
	else
		"fetch_$kind" "$file" "$sum" "$origin" "$new" || { rm -f "$new"; return 1; }
	fi
	if [ "$(sha256_of "$new")" != "$sum" ]; then
		say "$file: sha256 is $(sha256_of "$new"), the pin says $sum"
		rm -f "$new"
		return 1
	fi
	mv "$new" "$CACHE/sources/$file"
}

# apt with source entries for the archives that this machine uses, all in a private directory.
private_apt() {
	"$1" -q -o Dir::Etc::SourceList="$APT_DIR/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::State::Lists="$APT_DIR/lists" -o Dir::Cache="$APT_DIR/cache" \
		-o APT::Sandbox::User=root "${@:2}"
}

prepare_apt() {
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg option=
	[ -z "${APT_DIR:-}" ] || return 0
	have apt-get || return 1
	APT_DIR=$WORK/apt
	mkdir -p "$APT_DIR/lists/partial" "$APT_DIR/cache/archives/partial"
	[ ! -f "$keyring" ] || option="[signed-by=$keyring] "
	# shellcheck disable=SC2016 # apt's own placeholders
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' | sort -u | sed "s|^|deb-src $option|" \
		>"$APT_DIR/sources.list"
	step "Reading the source lists of this machine's package archives"
	quietly private_apt apt-get update || say "Some source lists could not be read."
}

fetch_debian() {
	local file=$1 sum=$2 package=$3 out=$4 url in_main
	prepare_apt || return 1
	url=$(private_apt apt-get source --only-source --print-uris "$package" 2>/dev/null |
		awk -v file="$file" '$2 == file { gsub(/\047/, "", $1); print $1; exit }')
	if [ -z "$url" ]; then
		say "$file: not offered by the package archives of this machine"
		return 1
	fi
	step "Fetching $file"
	quietly download "$url" "$sum" "$out" ||
		{ in_main=${url/debian-security\/pool\/updates/debian\/pool} &&
			[ "$in_main" != "$url" ] && quietly download "$in_main" "$sum" "$out"; }
}

download() {
	private_apt /usr/lib/apt/apt-helper download-file "$1" "$3" "SHA256:$2"
}

fetch_pypi() {
	local file=$1 sum=$2 origin=$3 out=$4
	need_packages ca-certificates python3 python3-venv
	step "Fetching $file"
	[ -x "$WORK/pypi/bin/pip" ] || /usr/bin/python3 -m venv "$WORK/pypi"
	printf '%s --hash=sha256:%s\n' "$origin" "$sum" >"$WORK/pypi/requirements.txt"
	quietly "$WORK/pypi/bin/pip" download --disable-pip-version-check --no-deps --no-binary :all: \
		--require-hashes -d "$WORK/pypi/archives" -r "$WORK/pypi/requirements.txt" || return 1
	cp "$WORK/pypi/archives/$file" "$out"
}

fetch_crate() {
	local file=$1 origin=$3 out=$4 dir=$WORK/crate found
	if ! have cargo; then
		say "$file: cargo is not installed, so the crates registry is not asked"
		return 1
	fi
	mkdir -p "$dir/src"
	: >"$dir/src/lib.rs"
	printf '[package]\nname = "fetch"\nversion = "0.0.0"\nedition = "2018"\n\n[dependencies]\n%s\n' \
		"${origin%%=*} = \"=${origin#*=}\"" >"$dir/Cargo.toml"
	step "Fetching $file"
	(cd "$dir" && quietly cargo fetch) || return 1
	found=$(find "${CARGO_HOME:-$HOME/.cargo}/registry/cache" -name "$file" | head -n 1)
	[ -n "$found" ] && cp "$found" "$out"
}

# unpack ARCHIVE DIRECTORY: what is in its one directory.
unpack() {
	rm -rf "$2"
	mkdir -p "$2"
	tar -xf "$1" -C "$2" --strip-components=1
}

# A directory for whatever is needed on the way, in WORK, until the script ends.
make_work() {
	WORK=$(mktemp -d)
	trap 'rm -rf "$WORK"' EXIT
}
