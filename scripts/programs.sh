# shellcheck shell=bash
# The programs that plugins carry: taken from a directory, checked, and listed with their hashes.

# KEY FILE: what `uname -s`-`uname -m` says on a target, and the program for it.
programs() {
	cat <<'PROGRAMS'
Linux-x86_64 trustmend-linux-x86_64
Linux-aarch64 trustmend-linux-aarch64
Windows-AMD64 trustmend-windows-x86_64.exe
PROGRAMS
}

# check_version VERSION SAYS KEY PROGRAM NAME: a program that runs here is of this version, which is
# what the file SAYS says, and that for here runs.
check_version() {
	local version=$1 says=$2 key=$3 program=$4 name=$5 said
	if ! said=$(timeout 60 "$program" --version </dev/null 2>/dev/null); then
		[ "$key" != "$(uname -s)-$(uname -m)" ] || die "$name does not run"
		return 0
	fi
	said=${said%$'\r'}
	[ "$said" = "trustmend $version" ] || die "$name is '$said', and $says says
$version: run scripts/build-portable all, or mend the version"
}

# add_programs VERSION SAYS FROM TO: copies them, and writes TO/index.json.
add_programs() {
	local version=$1 says=$2 from=$3 to=$4 key file separator=
	mkdir -p "$to"
	printf '{"version": "%s", "programs": {' "$version" >"$to/index.json"
	while read -r key file; do
		[ -f "$from/$file" ] || die "$from/$file is missing: run scripts/build-portable all"
		install -m 0755 "$from/$file" "$to/$file"
		check_version "$version" "$says" "$key" "$to/$file" "$from/$file"
		printf '%s\n"%s": {"file": "%s", "sha256": "%s", "size": %d}' "$separator" "$key" \
			"$file" "$(sha256sum "$to/$file" | cut -d ' ' -f 1)" \
			"$(stat -c %s "$to/$file")" >>"$to/index.json"
		separator=,
	done < <(programs)
	printf '}}\n' >>"$to/index.json"
}
