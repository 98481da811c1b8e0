#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Installs what .ci/packages.txt lists and this machine lacks.
#
#   .ci/packages.sh          what building and running needs
#   .ci/packages.sh test     that and what the tests need
#
# Does nothing, and asks for nothing, when all is there. Without root and without sudo it prints the line to run.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
list=${PACKAGES_LIST:-$here/packages.txt}

wanted() {
    sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$list" | case "${1:-}" in
        test) sed 's/^test:[[:space:]]*//' ;;
        *) sed '/^test:/d' ;;
    esac
}

missing=
for package in $(wanted "${1:-}"); do
    [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | cut -c1-2)" = ii ] || missing="$missing $package"
done
[ -n "$missing" ] || exit 0
missing=${missing# }

if ! command -v apt-get >/dev/null 2>&1; then
    printf 'These packages are needed (names as in Debian): %s\n' "$missing" >&2
    exit 1
fi
if [ "$(id -u)" = 0 ]; then
    as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
    as_root=sudo
else
    printf 'Some system packages are missing. Install them and try again:\n\n' >&2
    printf '    sudo apt-get update && sudo apt-get install -y --no-install-recommends %s\n\n' "$missing" >&2
    exit 1
fi

printf 'Installing %s\n' "$missing"
# A package that brings a server (Prosody, for the interop tests) must not start it: policy-rc.d is how Debian says so.
policy=/usr/sbin/policy-rc.d
ours=
if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | $as_root tee "$policy" >/dev/null
    $as_root chmod 0755 "$policy"
    ours=1
fi
remove_policy() { [ -z "$ours" ] || $as_root rm -f "$policy"; }
trap remove_policy EXIT
trap 'exit 1' HUP INT TERM

install() {
    # shellcheck disable=SC2086
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $missing </dev/null
}
install || { $as_root apt-get update -q </dev/null && install; }
# They would start with the machine otherwise; we only ever run them ourselves.
for daemon in prosody ejabberd knot slapd; do
    case " $missing " in
        *" $daemon "*)
            if command -v systemctl >/dev/null 2>&1; then $as_root systemctl disable $daemon >/dev/null 2>&1 || true; fi
            if command -v update-rc.d >/dev/null 2>&1; then $as_root update-rc.d $daemon disable >/dev/null 2>&1 || true; fi
            ;;
    esac
done
