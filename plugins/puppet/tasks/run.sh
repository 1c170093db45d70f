#!/bin/sh
# What the tasks get, plan and apply run on Linux: parameters as JSON on standard input, the program's
# report on standard output, with _error where it failed. Needs a POSIX shell and awk.
LC_ALL=C
export LC_ALL

# ---- JSON ----

# Text is taken apart and never made anew, so that what the program reads is what was given.
JSON='
function blank(c) { return c == " " || c == "\t" || c == "\n" || c == "\r" }

# Splits an object or a list: values[1], values[2] … as they are written, and names[] without quotes.
# Gives how many, or -1 where it is neither.
function split_json(text, names, values,    i, c, length_, depth, quoted, start, count, name) {
    sub(/^[ \t\r\n]+/, "", text)
    if (text !~ /^[[{]/)
        return -1
    length_ = length(text)
    start = 2
    for (i = 1; i <= length_; i++) {
        c = substr(text, i, 1)
        if (quoted) {
            if (c == "\\")
                i++
            else if (c == "\"")
                quoted = 0
        } else if (c == "\"") {
            quoted = 1
        } else if (c == "{" || c == "[") {
            depth++
        } else if (c == ":" && depth == 1) {
            name = trim(substr(text, start, i - start))
            start = i + 1
        } else if ((c == "," && depth == 1) || ((c == "}" || c == "]") && --depth == 0)) {
            if (trim(substr(text, start, i - start)) != "") {
                values[++count] = trim(substr(text, start, i - start))
                names[count] = unquoted(name)
            }
            start = i + 1
            if (depth == 0)
                return count + 0
        }
    }
    return -1
}

function trim(text) {
    gsub(/^[ \t\r\n]+|[ \t\r\n]+$/, "", text)
    return text
}

function unquoted(text) { return text ~ /^"/ ? substr(text, 2, length(text) - 2) : text }

# One value of an object as it is written, or nothing where it is null or not there.
function member(text, wanted,    names, values, count, i) {
    count = split_json(text, names, values)
    for (i = 1; i <= count; i++)
        if (names[i] == wanted && values[i] != "null")
            return values[i]
    return ""
}

function quote(text) {
    gsub(/\\/, "\\\\\\\\", text)
    gsub(/"/, "\\\\\"", text)
    gsub(/[\001-\037]+/, " ", text)
    return "\"" text "\""
}

function error(kind, message) {
    return "\"_error\": {\"kind\": \"trustmend/" kind "\", \"msg\": \"" message "\", \"details\": {}}"
}
'

# Without a line end in what is read, so that it is one record.
json() {
    awk "$JSON"'BEGIN { RS = "\001" } { text = text $0 } '"$1"
}

fail() {
    printf '%s' "$2" | awk -v kind="$1" "$JSON"'BEGIN { RS = "\001" }
        { print "{" error(kind, unquoted(quote($0))) "}" }'
    exit 1
}

# ---- parameters ----

parameters=$(cat)

# The value of a text, or of a number or a truth value.
parameter() {
    printf '%s' "$parameters" | json 'END {
        value = unquoted(member(text, "'"$1"'"))
        gsub(/\\\\/, "\001", value)
        if (value ~ /\\[^"\/]/) {
            print "\\"
            exit
        }
        gsub(/\\\//, "/", value)
        gsub(/\\"/, "\"", value)
        gsub(/\001/, "\\\\", value)
        print value
    }'
}

# What is none of the parameters, one name.
unknown() {
    printf '%s' "$parameters" | json 'END {
        count = split_json(text, names, values)
        if (count < 0)
            print "{}"
        for (i = 1; i <= count; i++)
            if (names[i] !~ /^(_.*|profile|variables|resources|root|lock_timeout|diff)$/) {
                print names[i]
                exit
            }
    }'
}

request() {
    printf '%s' "$parameters" | json 'END {
        if (member(text, "resources") != "")
            out = "\"resources\": " member(text, "resources")
        if (member(text, "profile") != "" || out == "")
            out = out (out ? ", " : "") "\"profile\": " \
                (member(text, "profile") != "" ? member(text, "profile") : "\"shotgrid-ssl\"")
        if (member(text, "variables") != "")
            out = out ", \"variables\": " member(text, "variables")
        print "{" out "}"
    }'
}

# ---- the program ----

# Sent along by Bolt, to the directory that it names.
program() {
    directory=$(parameter _installdir)
    [ -n "$directory" ] || directory=${0%/*}/../..
    path=$directory/trustmend/files/bin/trustmend-linux-$(uname -m)
    [ -f "$path" ] || fail unsupported "there is no trustmend program for Linux-$(uname -m): \
$path is missing"
    [ -x "$path" ] || chmod u+x "$path" 2>/dev/null || fail permission "$path cannot be made a program"
    printf '%s\n' "$path"
}

verb() {
    task=$(parameter _task)
    task=${task##*::}
    case $task in
    apply) [ "$(parameter _noop)" = true ] && task=plan ;;
    get | plan) ;;
    *) fail invalid_input "_task is '$task': this runs the tasks get, plan and apply" ;;
    esac
    printf '%s\n' "$task"
}

# The report with _error in front of the rest, of the first of the errors and how many there are.
with_error() {
    json 'END {
        message = member(member(text, "error"), "message")
        kind = member(member(text, "error"), "kind")
        path = member(member(text, "error"), "path")
        hint = member(member(text, "error"), "hint")
        count = split_json(member(text, "results"), none, results)
        for (i = 1; i <= count; i++) {
            problem = member(results[i], "error")
            if (problem != "" && failed++ == 0) {
                message = member(problem, "message")
                kind = member(problem, "kind")
                path = member(problem, "path")
                hint = member(problem, "hint")
                who = unquoted(member(results[i], "type")) " " unquoted(member(results[i], "name"))
            }
        }
        said = unquoted(message)
        if (who != "" && index(said, who) == 0)
            said = who ": " said
        if (path != "" && path != "\"-\"" && index(said, unquoted(path)) == 0)
            said = said ": " unquoted(path)
        if (hint != "")
            said = said " (" unquoted(hint) ")"
        if (failed > 1)
            said = failed " of " count " resources failed, the first: " said
        sub(/^[ \t\r\n]*[{]/, "", text)
        print "{\n  " error(unquoted(kind), said) "," text
    }'
}

stray=$(unknown)
[ "$stray" != '{}' ] || fail invalid_input "there is no JSON object on standard input"
[ -z "$stray" ] || fail invalid_input "there is no parameter $stray: there are profile, variables, \
resources, root, lock_timeout and diff"
verb=$(verb) || { printf '%s\n' "$verb" && exit 1; }
program=$(program) || { printf '%s\n' "$program" && exit 1; }
root=$(parameter root)
lock_timeout=$(parameter lock_timeout)
case $root in
'' | /*) ;;
*) fail invalid_input "root: '$root' is not an absolute path without control characters" ;;
esac

set -- "$verb" --input - --output json
[ -z "$root" ] || set -- "$@" --root "$root"
[ -z "$lock_timeout" ] || set -- "$@" --lock-timeout "$lock_timeout"
[ "$(parameter diff)" != true ] || set -- "$@" --diff

errors=$(mktemp) || fail io "no temporary file could be made"
trap 'rm -f "$errors"' EXIT
report=$(request | (cd / && exec env -i LC_ALL=C.UTF-8 "$program" "$@") 2>"$errors")
status=$?
case $report in
'{'*'}') ;;
*) fail internal "trustmend did not answer with a report (status $status): \
$(head -c 1000 "$errors")$report" ;;
esac
if [ "$status" -eq 0 ]; then
    printf '%s\n' "$report"
else
    printf '%s\n' "$report" | with_error
    exit 1
fi
