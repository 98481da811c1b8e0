#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Counts heap allocations per routed message and bytes of memory per idle session of the release build, and fails when
# they are above thresholds.txt. The last line is "N passed, N failed".
#
#   Tests/Allocations/run.sh [BINARY]     by default .build/release/switchboard
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
cd "$here/../.."
binary=${1:-.build/release/switchboard}
python=${PYTHON:-/usr/bin/python3}

[ -x "$binary" ] || { echo "FAIL allocations: $binary is missing; make build makes it" >&2; exit 1; }
# The compiler of the Swift tools will do where there is no other.
compiler=$(command -v cc || command -v gcc || command -v clang) \
    || { echo 'FAIL allocations: a C compiler is missing: apt-get install gcc libc6-dev' >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM
"$compiler" -O2 -Wall -Wextra -fPIC -shared -o "$work/count_malloc.so" "$here/count_malloc.c"
"$python" "$here/measure.py" "$binary" "$work" "$here/thresholds.txt"
