#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# run.sh VARIANT [erl options...]: ejabberd in the foreground, no epmd, distribution on loopback only
V=$1; shift; D=$BENCH_DIR/ejabberd/$V
export EJABBERD_CONFIG_PATH=$D/ejabberd.yml EJABBERD_LOG_PATH=$D/log/ejabberd.log ERL_CRASH_DUMP=$D/log/crash.dump
export ERL_EPMD_ADDRESS=127.0.0.1 ERL_MAX_PORTS=32000 ERL_MAX_ETS_TABLES=1400 ERL_LIBS=/usr/lib/x86_64-linux-gnu HOME=$BENCH_DIR/ejabberd
ulimit -n 20000
cd $D
exec erl -noinput -sname ej@localhost -setcookie bench +K true +P 250000 "$@" -erl_epmd_port 14370 -start_epmd false \
  -kernel inet_dist_use_interface '{127,0,0,1}' -mnesia dir "\"$D/db\"" -ejabberd log_rotate_count 0 -s ejabberd
