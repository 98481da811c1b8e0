#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# The import laws of docs/architecture.md: each target imports only what its line in .ci/imports.txt allows.
#
#   .ci/check-imports.sh [DIR]     DIR: the repository by default
#
# A line is `Target: Module Module …`; `Module=File.swift` allows a module in that one file. Targets without a line are
# an error, so a new target begins with a decision about what it may know.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "${1:-$here/..}"

. "$here/files.sh"

files | grep -E '^Sources/[^/]+/.*\.swift$' | while read -r file; do
    target=${file#Sources/}
    target=${target%%/*}
    sed -nE 's/^[[:space:]]*((@[a-zA-Z_]+(\([^)]*\))?|public|package|internal|fileprivate|private)[[:space:]]+)*import[[:space:]]+((typealias|struct|class|enum|protocol|let|var|func)[[:space:]]+)?([A-Za-z_][A-Za-z0-9_]*).*/\6/p' "$file" \
        | sort -u | while read -r module; do printf '%s %s %s\n' "$target" "$module" "$file"; done
done | awk '
    FILENAME != "-" {
        if ($0 ~ /^#/ || NF == 0) next
        sub(/:$/, "", $1); known[$1] = 1
        for (i = 2; i <= NF; i++) allowed[$1, $i] = 1
        next
    }
    !($1 in known) { if (!told[$1]++) print "Sources/" $1 ": no line in .ci/imports.txt"; bad = 1; next }
    {
        n = split($3, path, "/")
        if (($1, $2) in allowed || ($1, $2 "=" path[n]) in allowed) next
        print $3 ": " $1 " must not import " $2; bad = 1
    }
    END { exit bad }
' .ci/imports.txt - >&2
