#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# gen.sh VARIANT  ->  writes $BENCH_DIR/prosody/VARIANT/prosody.cfg.lua
# VARIANT: (internal|sqlite)(-mam)?
set -e
V=$1; D=$BENCH_DIR/prosody/$V; mkdir -p $D/data $D/log
case $V in sqlite*) ST='storage = "sql"; sql = { driver = "SQLite3"; database = "'$D'/data/prosody.sqlite" }';; *) ST='storage = "internal"';; esac
case $V in *-mam) MAM='"mam";'; MMAM='modules_enabled = { "muc_mam" }';; *) MAM=''; MMAM='';; esac
cat > $D/prosody.cfg.lua <<LUA
daemonize = false
run_as_root = true
pidfile = "$D/prosody.pid"
data_path = "$D/data"
network_backend = "epoll"
interfaces = { "127.0.0.1" }
local_interfaces = { "127.0.0.1" }
c2s_ports = { 16222 }
c2s_direct_tls_ports = { 16223 }
s2s_ports = { }
admins = { }
modules_enabled = {
	"disco"; "roster"; "saslauth"; "tls"; "blocklist"; "bookmarks"; "carbons"; "pep"; "private"; "smacks"; "vcard4"; "vcard_legacy";
	"csi_simple"; "ping"; "register"; "time"; "uptime"; "version"; "posix"; $MAM
}
modules_disabled = { "s2s" }
allow_registration = true
c2s_require_encryption = os.getenv("BENCH_PLAIN") ~= "1"
authentication = "internal_hashed"
archive_expires_after = "1w"
$ST
log = { warn = "$D/log/prosody.log" }
certificates = "$BENCH_DIR/cert"
ssl = { key = "$BENCH_DIR/cert/key.pem"; certificate = "$BENCH_DIR/cert/cert.pem" }
c2s_direct_tls_ssl = { key = "$BENCH_DIR/cert/key.pem"; certificate = "$BENCH_DIR/cert/cert.pem" }
network_settings = { tcp_backlog = 4096 }
VirtualHost "localhost.example"
Component "conference.localhost.example" "muc"
$MMAM
LUA
