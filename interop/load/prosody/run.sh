#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# run.sh VARIANT: prosody in the foreground. BENCH_PLAIN=1 allows c2s without TLS.
V=$1; D=$BENCH_DIR/prosody/$V
ulimit -n 20000
cd $D
exec /usr/bin/prosody --config $D/prosody.cfg.lua -F
