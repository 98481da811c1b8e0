#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Proves that each checker fails on what it is there to refuse, and passes what is good.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
sample=$(mktemp -d)
trap 'rm -rf "$sample"' EXIT
mkdir -p "$sample/Sources/Pure" "$sample/Sources/switchboard" "$sample/Tests/PureTests" "$sample/.ci"
failed=0

header='//
// This source file is part of the Switchboard open source project
//
// SPDX-License-Identifier: Apache-2.0
//
'

# sample_file PATH: writes a file with a good header and standard input as its content.
sample_file() {
    { printf '%s' "$header" && cat; } >"$sample/$1"
}

expect() { # expect pass|fail CHECKER WHAT [TEXT THAT MUST BE SAID]
    if output=$("$here/$2" "$sample" 2>&1); then verdict=pass; else verdict=fail; fi
    if [ "$verdict" != "$1" ]; then
        printf 'selftest: %s must %s: %s\n%s\n' "$2" "$1" "$3" "$output" >&2
        failed=1
    elif [ -n "${4:-}" ] && ! printf '%s' "$output" | grep -qF -- "$4"; then
        printf 'selftest: %s does not say "%s": %s\n%s\n' "$2" "$4" "$3" "$output" >&2
        failed=1
    fi
}

printf 'Pure: Allowed Special=One.swift\nswitchboard: Pure\n' >"$sample/.ci/imports.txt"
printf 'task Sources/switchboard/*\n' >"$sample/.ci/bans-allowed.txt"
printf 'Sources/Pure/Ignored.swift\n' >"$sample/.licenseignore"

# --- licence
sample_file Sources/Pure/Good.swift <<'EOF'
import Allowed

struct Good {}
EOF
expect pass check-license.sh 'a good header'
printf '#!/bin/sh\n%s' "$(printf '%s' "$header" | sed 's,^//,#,')" >"$sample/.ci/tool.sh"
expect pass check-license.sh 'a good header below the interpreter line'
printf 'struct Ignored {}\n' >"$sample/Sources/Pure/Ignored.swift"
expect pass check-license.sh 'no header, but in .licenseignore'
printf 'struct Bare {}\n' >"$sample/Sources/Pure/Bare.swift"
expect fail check-license.sh 'no header' Sources/Pure/Bare.swift
printf '%s' "$header" | sed 's/Apache-2.0/MIT/' >"$sample/Sources/Pure/Bare.swift"
expect fail check-license.sh 'another licence' Sources/Pure/Bare.swift
rm "$sample/Sources/Pure/Bare.swift"

# --- imports
expect pass check-imports.sh 'only what is allowed'
for line in 'import Foundation' 'package import Foundation' '@testable import Foundation' \
    '@preconcurrency internal import Foundation' 'import struct Foundation.Date' '    import Foundation' 'import Foundation // why' \
    'import Special'; do
    printf '%s\n' "$line" | sample_file Sources/Pure/Bad.swift
    expect fail check-imports.sh "$line" Sources/Pure/Bad.swift
done
rm "$sample/Sources/Pure/Bad.swift"
printf 'import Special\n' | sample_file Sources/Pure/One.swift
expect pass check-imports.sh 'a module allowed in this one file'
mkdir "$sample/Sources/Unknown"
printf 'import Allowed\n' | sample_file Sources/Unknown/New.swift
expect fail check-imports.sh 'a target without a line' 'no line in'
rm -r "$sample/Sources/Unknown"

# --- bans
expect pass check-bans.sh 'nothing banned'
while read -r line; do
    printf '%s\n' "$line" | sample_file Sources/Pure/Bad.swift
    expect fail check-bans.sh "$line" Sources/Pure/Bad.swift:6
done <<'EOF'
Task.detached { await work() }
Task { await work() }
Task(priority: .high) { await work() }
let value = try future.wait()
let queue = DispatchQueue(label: "x")
let value = try! parse()
let value = any as! String
fatalError("never")
public struct Shown {}
final class Shared: @unchecked Sendable {}
nonisolated(unsafe) var counter = 0
EOF
rm "$sample/Sources/Pure/Bad.swift"
sample_file Sources/Pure/Fine.swift <<'EOF'
// Task { } in a comment, try! too
let words = "see https://example.org"
// SAFETY: written once before the first reader starts.
nonisolated(unsafe) var counter = 0
final class Shared: @unchecked Sendable {} // SAFETY: immutable.
struct TaskList { let wait: Int }
EOF
expect pass check-bans.sh 'comments, reasons given, words that only look alike'
printf 'Task { await run() }\n' | sample_file Sources/switchboard/Main.swift
expect pass check-bans.sh 'an exception in .ci/bans-allowed.txt'
while read -r line; do
    printf '%s\n' "$line" | sample_file Tests/PureTests/BadTests.swift
    expect fail check-bans.sh "$line" Tests/PureTests/BadTests.swift:6
done <<'EOF'
try await Task.sleep(for: .seconds(1))
usleep(100)
sleep(1)
import XCTest
EOF
rm "$sample/Tests/PureTests/BadTests.swift"

# --- packages: a complete machine is left alone, silently
printf 'base-files\n' >"$sample/packages.txt"
output=$(PACKAGES_LIST="$sample/packages.txt" "$here/packages.sh" test 2>&1) || failed=1
[ -z "$output" ] || { printf 'selftest: packages.sh said: %s\n' "$output" >&2 && failed=1; }

[ "$failed" = 0 ] || exit 1
