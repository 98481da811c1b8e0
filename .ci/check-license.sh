#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Every source file begins with the five lines of the licence header (after a line that names an interpreter or the
# version of the Swift tools). What needs none is listed in .licenseignore.
#
#   .ci/check-license.sh [DIR]     DIR: the repository by default
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "${1:-$here/..}"

. "$here/files.sh"

files | grep -E '\.(swift|h|c|py|sh|mk)$|(^|/)(Makefile|Dockerfile)$|^\.ci/run$' | without_ignored .licenseignore \
    | while read -r file; do
        case "$file" in
            *.swift | *.h | *.c) mark='//' ;;
            *) mark='#' ;;
        esac
        expected=$(printf '%s\n' "$mark" "$mark This source file is part of the Switchboard open source project" "$mark" \
            "$mark SPDX-License-Identifier: Apache-2.0" "$mark")
        actual=$(sed -e '1{/^#!/d;/^\/\/ swift-tools-version/d}' "$file" | head -n 5)
        [ "$actual" = "$expected" ] || printf '%s: no licence header, or not word for word\n' "$file"
    done >"${TMPDIR:-/tmp}/license.$$"
trap 'rm -f "${TMPDIR:-/tmp}/license.$$"' EXIT
if [ -s "${TMPDIR:-/tmp}/license.$$" ]; then
    cat "${TMPDIR:-/tmp}/license.$$" >&2
    exit 1
fi
