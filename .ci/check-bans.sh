#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Habits that are refused: each is a grep with its reason. Comments are not looked at.
#
#   .ci/check-bans.sh [DIR]     DIR: the repository by default
#
# .ci/bans-allowed.txt lists the exceptions, `rule path-pattern` a line.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "${1:-$here/..}"

. "$here/files.sh"

allowed() {
    while read -r excepted glob; do
        [ "$excepted" = "$1" ] || continue
        # shellcheck disable=SC2254
        case "$2" in $glob) return 0 ;; esac
    done <.ci/bans-allowed.txt
    return 1
}

# ban RULE PATHS PATTERN REASON: no line of the Swift files matching PATHS may match PATTERN.
ban() {
    rule=$1 paths=$2 pattern=$3 reason=$4
    files | grep -E '\.swift$' | grep -E "$paths" | while read -r file; do
        ! allowed "$rule" "$file" || continue
        sed -E 's,(^|[^:"])//.*,\1,' "$file" | grep -nE -- "$pattern" | cut -d: -f1 | while read -r line; do
            printf '%s:%s: %s: %s\n' "$file" "$line" "$rule" "$reason"
        done
    done
}

# safety PATHS: unchecked claims need a `// SAFETY:` line on the line itself or in the comment right above it.
safety() {
    files | grep -E '\.swift$' | grep -E "$1" | while read -r file; do
        awk -v file="$file" '
            { line = $0; code = $0; sub(/\/\/.*/, "", code) }
            code ~ /@unchecked Sendable|nonisolated\(unsafe\)|unsafeBitCast/ {
                if (!(line ~ /\/\/ SAFETY:/ || comment ~ /\/\/ SAFETY:/))
                    print file ":" NR ": unchecked: say why it holds in a `// SAFETY:` line above it"
            }
            line ~ /^[[:space:]]*\/\// { comment = comment "\n" line; next }
            line ~ /^[[:space:]]*@/ { next }
            { comment = "" }
        ' "$file"
    done
}

found=$(mktemp)
trap 'rm -f "$found"' EXIT
{
    ban detached '^Sources/' '\bTask\.detached\b' 'unstructured tasks live in composition roots only'
    ban task '^Sources/' '\bTask(\.immediate)?(\([^)]*\))?[[:space:]]*\{' 'unstructured tasks live in composition roots and the server core only'
    ban wait '^Sources/' '\.wait\(\)' 'blocks a thread; await, or chain'
    ban dispatch '^Sources/' '\bDispatch(Queue|Semaphore|Group)\b' 'event loops and tasks only'
    ban try '^Sources/' '\btry!' 'a peer can never trap the process'
    ban cast '^Sources/' '\bas!' 'a peer can never trap the process'
    ban fatal '^Sources/' '\bfatalError\(' 'throw, or precondition for a bug of our own'
    ban public '^Sources/' '^[[:space:]]*(public|open)[[:space:]]+(let|var|func|init|struct|class|enum|protocol|actor|extension|final|static|typealias|subscript|import|convenience|nonisolated)' '`package` between targets'
    ban sleep '^Tests/' '\b(Task\.sleep|usleep|nanosleep)\b|(^|[^.A-Za-z_])sleep\(' 'wait for a condition, or drive a manual clock'
    ban process '^Tests/' '\bProcess\(\)' 'reads beyond a buffer once thousands of files are open; ChildProcess of SystemTestKit'
    ban xctest '^Tests/' '^[[:space:]]*import XCTest' 'Swift Testing only'
    safety '^Sources/'
} >"$found"
if [ -s "$found" ]; then
    cat "$found" >&2
    exit 1
fi
