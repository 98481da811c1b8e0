#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
# pin.sh CPULIST cmd...: run pinned, nice -5, and (autogroups are on here) with the autogroup of this session at -5 too
C=$1; shift
echo -5 > /proc/self/autogroup 2>/dev/null
exec taskset -c $C nice -n -5 "$@"
