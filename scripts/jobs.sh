# shellcheck shell=bash disable=SC2034 # JOB, the name of the job that counts, is for `count`
# Jobs: commands that run beside each other, up to SLOTS of them at a time, and each after those
# that it needs. Each writes to SCRATCH/jobs/NAME.log. `count` and `start_clocks` are the caller's.

NAMES=()              # in the order in which they are started, and summed up
declare -A NEEDS=()   # the names of jobs that have to be done before
declare -A COMMAND=() # quoted words
declare -A STATE=()   # empty, `running`, `ended` or `failed`
declare -A RUNNING=() # process id to name

# job NAME NEEDS COMMAND...: a command that counts its suites. Where it fails besides, what needs
# it does not run, and fails.
job() {
	NAMES+=("$1")
	NEEDS[$1]=$2
	STATE[$1]=
	COMMAND[$1]=$(printf '%q ' "${@:3}")
}

# In a shell of its own.
run_job() {
	trap 'exit 130' HUP INT TERM
	JOB=$1
	start_clocks
	eval "${COMMAND[$1]}"
}

# Each is a group of processes, so that all of it can be stopped.
start_job() {
	step "Starting: $1"
	STATE[$1]=running
	set -m
	run_job "$1" </dev/null >"$SCRATCH/jobs/$1.log" 2>&1 &
	set +m
	RUNNING[$!]=$1
}

# end_job NAME STATUS: shows what it said, in one piece.
end_job() {
	local JOB=$1
	cat "$SCRATCH/jobs/$1.log" >&2
	STATE[$1]=ended
	[ "$2" -ne 0 ] || return 0
	STATE[$1]=failed
	say "FAILED: $1: ended with status $2"
	start_clocks
	count "$1" 0 1 0
}

# What NAME still has to wait for, or what it waits for in vain.
hindered() {
	local need
	for need in ${NEEDS[$1]}; do
		[ "${STATE[$need]}" = ended ] || { echo "$need" && return 0; }
	done
	return 1
}

start_what_can() {
	local name need
	for name in "${NAMES[@]}"; do
		[ -z "${STATE[$name]}" ] || continue
		[ "${#RUNNING[@]}" -lt "$SLOTS" ] || return 0
		if ! need=$(hindered "$name"); then
			start_job "$name"
		elif [ "${STATE[$need]}" = failed ]; then
			echo "$need did not end well" >"$SCRATCH/jobs/$name.log"
			end_job "$name" 1
		fi
	done
}

run_jobs() {
	local process status
	start_what_can
	while [ "${#RUNNING[@]}" -gt 0 ]; do
		status=0
		wait -n -p process "${!RUNNING[@]}" || status=$?
		end_job "${RUNNING[$process]}" "$status"
		unset "RUNNING[$process]"
		start_what_can
	done
}

# As an interrupt from the keyboard would, and what does not listen to that half a minute later.
stop_jobs() {
	local process tries
	for process in "${!RUNNING[@]}"; do
		kill -INT -- "-$process" 2>/dev/null || true
	done
	for process in "${!RUNNING[@]}"; do
		for ((tries = 0; tries < 300; tries++)); do
			kill -0 -- "-$process" 2>/dev/null || break
			sleep 0.1
		done
		kill -KILL -- "-$process" 2>/dev/null || true
		wait "$process" 2>/dev/null || true
	done
}
