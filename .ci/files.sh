#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Functions for the checkers; sourced, with the repository as current folder.

# The files of the repository: tracked ones and new ones that git does not ignore; all files outside of git.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1 && [ "$(git rev-parse --show-prefix)" = "" ]; then
        git ls-files --cached --others --exclude-standard | while read -r file; do [ -f "$file" ] && printf '%s\n' "$file"; done
    else
        find . -type f ! -path '*/.build/*' ! -path '*/.git/*' | sed 's|^\./||'
    fi | sort
}

# without_ignored FILE: drops paths that match a line of FILE (shell patterns; a pattern that ends in / names a folder).
without_ignored() {
    ignore=$1
    while read -r path; do
        keep=1
        if [ -f "$ignore" ]; then
            while read -r pattern; do
                case "$pattern" in '' | '#'*) continue ;; */) pattern="$pattern*" ;; esac
                # shellcheck disable=SC2254
                case "$path" in $pattern) keep= ;; esac
            done <"$ignore"
        fi
        [ -z "$keep" ] || printf '%s\n' "$path"
    done
}
