#!/bin/sh
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# Makes a development certificate authority and one certificate per demo host in certs/dev/ (or in the folder given).
#
#   certs/make-dev-certs.sh [--quiet] [DIR]
#
# Safe to call again and again: what is good is kept, what ends within seven days or names other hosts is renewed.
# The authority itself is never replaced silently: clients were told to trust it. Remove the folder to begin anew.
# These keys protect nothing. Never use them for a host that others can reach.
set -eu
umask 077

quiet=
if [ "${1:-}" = --quiet ]; then
    quiet=1
    shift
fi
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
dir=${1:-$here/dev}

renew_before=604800 # seconds: seven days
leaf_days=397       # the longest that clients of the web accept (CA/Browser Forum Baseline Requirements 6.3.2)
ca_days=3650

say() { [ -n "$quiet" ] || printf '%s\n' "$*"; }
die() {
    printf 'make-dev-certs: %s\n' "$*" >&2
    exit 1
}

command -v openssl >/dev/null 2>&1 || die 'openssl is missing: apt-get install openssl'
mkdir -p "$dir"
chmod 0755 "$dir"
work=$(mktemp -d "$dir/.work.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1" && chmod 0600 "$1"; }

# --- the authority -------------------------------------------------------------------------------------------------
ca_crt=$dir/ca.crt
ca_key=$dir/ca.key
if [ -e "$ca_crt" ] || [ -e "$ca_key" ]; then
    [ -s "$ca_crt" ] && [ -s "$ca_key" ] \
        || die "only one of $ca_crt and $ca_key is there; put the other back, or remove $dir to begin anew"
    openssl x509 -in "$ca_crt" -noout -checkend "$renew_before" >/dev/null \
        || die "the authority $ca_crt ends within seven days; remove $dir to begin anew, then trust the new one"
    chmod 0600 "$ca_key"
else
    new_key "$work/ca.key"
    openssl req -new -x509 -sha256 -days "$ca_days" -key "$work/ca.key" -out "$work/ca.crt" \
        -subj '/O=Switchboard/CN=Switchboard development CA' \
        -addext 'basicConstraints=critical,CA:TRUE,pathlen:0' \
        -addext 'keyUsage=critical,keyCertSign,cRLSign' 2>/dev/null
    chmod 0644 "$work/ca.crt"
    mv "$work/ca.key" "$ca_key"
    mv "$work/ca.crt" "$ca_crt"
    say "made the development authority $ca_crt"
fi

# --- one certificate per host --------------------------------------------------------------------------------------
# make_host HOST NAME...: HOST.crt (certificate, then the authority) and HOST.key with all names as DNS alternatives.
make_host() {
    host=$1
    names=$(printf 'DNS:%s\n' "$@" | sort | tr '\n' ',')
    names=${names%,}
    crt=$dir/$host.crt
    key=$dir/$host.key
    if [ -s "$crt" ] && [ -s "$key" ] \
        && openssl x509 -in "$crt" -noout -checkend "$renew_before" >/dev/null \
        && openssl verify -CAfile "$ca_crt" "$crt" >/dev/null 2>&1 \
        && [ "$(openssl x509 -in "$crt" -noout -pubkey)" = "$(openssl pkey -in "$key" -pubout 2>/dev/null)" ]; then
        have=$(openssl x509 -in "$crt" -noout -ext subjectAltName 2>/dev/null | sed 1d | tr -d ' \n' | tr ',' '\n' \
            | sort | tr '\n' ',')
        if [ "${have%,}" = "$names" ]; then
            chmod 0600 "$key"
            return 0
        fi
    fi
    new_key "$work/$host.key"
    openssl req -new -sha256 -key "$work/$host.key" -subj "/CN=$host" -out "$work/$host.csr"
    cat >"$work/$host.ext" <<EOF
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=$names
EOF
    openssl x509 -req -sha256 -days "$leaf_days" -in "$work/$host.csr" -CA "$ca_crt" -CAkey "$ca_key" \
        -set_serial "0x$(openssl rand -hex 16)" -extfile "$work/$host.ext" -out "$work/$host.leaf" 2>/dev/null
    cat "$work/$host.leaf" "$ca_crt" >"$work/$host.crt"
    chmod 0644 "$work/$host.crt"
    mv "$work/$host.key" "$key"
    mv "$work/$host.crt" "$crt"
    say "made $crt"
}

make_host acme.example rooms.acme.example conference.acme.example upload.acme.example pubsub.acme.example \
    broadcast.acme.example care.acme.example visitors.acme.example
make_host home.example rooms.home.example conference.home.example upload.home.example pubsub.home.example
make_host localhost.example conference.localhost.example localhost
say "certificates are in $dir; clients trust them through $ca_crt"
