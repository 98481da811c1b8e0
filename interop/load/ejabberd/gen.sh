#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# gen.sh VARIANT  ->  writes $BENCH_DIR/ejabberd/VARIANT/ejabberd.yml
# VARIANT: (mnesia|sqlite)(-mam)?
set -e
V=$1; D=$BENCH_DIR/ejabberd/$V; mkdir -p $D/db $D/log
case $V in sqlite*) DB=$'default_db: sql\nsql_type: sqlite\nsql_database: "'$D$'/db/ejabberd.sqlite"\n';; *) DB="";; esac
case $V in *-mam) MAM=$'  mod_mam:\n    assume_mam_usage: true\n    default: always\n';; *) MAM="";; esac
case $V in *-mam) RMAM="      mam: true";; *) RMAM="      mam: false";; esac
cat > $D/ejabberd.yml <<YML
loglevel: warning
log_rotate_count: 0
hosts: [localhost.example]
$DB
certfiles: [$BENCH_DIR/cert/both.pem]
define_macro:
  'TLS_CIPHERS': "HIGH:!aNULL:!eNULL:!3DES:@STRENGTH"
  'TLS_OPTIONS': [no_sslv3, no_tlsv1, no_tlsv1_1, cipher_server_preference, no_compression]
c2s_ciphers: 'TLS_CIPHERS'
c2s_protocol_options: 'TLS_OPTIONS'
listen:
  - {port: 15222, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none, access: c2s, starttls: true, starttls_required: true, backlog: 4096}
  - {port: 15223, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none, access: c2s, tls: true, backlog: 4096}
  - {port: 15224, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144, shaper: none, access: c2s, backlog: 4096}
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
auth_password_format: scram
registration_timeout: infinity
acl:
  local: {user_regexp: ""}
  loopback: {ip: [127.0.0.0/8]}
access_rules:
  local: {allow: local}
  c2s: {allow: all}
  muc_create: {allow: local}
  pubsub_createnode: {allow: local}
  register: {allow: all}
api_permissions:
  "console commands": {from: [ejabberd_ctl], who: all, what: "*"}
shaper_rules:
  max_user_sessions: 10
  max_user_offline_messages: {1000: all}
modules:
  mod_adhoc: {}
  mod_admin_extra: {}
  mod_blocking: {}
  mod_caps: {}
  mod_carboncopy: {}
  mod_client_state: {}
  mod_disco: {}
  mod_last: {}
$MAM
  mod_muc:
    host: conference.localhost.example
    access: [allow]
    access_create: muc_create
    access_persistent: muc_create
    max_users: 5000
    max_users_presence: 100000
    default_room_options:
      max_users: 5000
$RMAM
  mod_offline: {access_max_user_messages: max_user_offline_messages}
  mod_ping: {}
  mod_privacy: {}
  mod_private: {}
  mod_pubsub: {access_createnode: pubsub_createnode, plugins: [flat, pep]}
  mod_register: {access: register, ip_access: all, password_strength: 0, welcome_message: {}}
  mod_roster: {versioning: true}
  mod_stream_mgmt: {resend_on_timeout: if_offline}
  mod_vcard: {search: false}
  mod_vcard_xupdate: {}
  mod_version: {}
YML
