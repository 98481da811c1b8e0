#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# clone.sh VARIANT N: give u1..u(N-1) the same credentials record as u0 (registered in band before)
V=$1; N=$2; D=$BENCH_DIR/prosody/$V/data
case $V in
sqlite*) sqlite3 -cmd '.timeout 20000' $D/prosody.sqlite "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<$N-1)
  INSERT INTO prosody(host,user,store,key,type,value) SELECT host,'u'||i,store,key,type,value FROM c, prosody p WHERE p.user='u0' AND p.store='accounts'
   AND NOT EXISTS (SELECT 1 FROM prosody q WHERE q.user='u'||i AND q.store='accounts');
  SELECT count(DISTINCT user) FROM prosody WHERE store='accounts';" ;;
*) cd $D/localhost%2eexample/accounts && for i in $(seq 1 $((N-1))); do [ -e u$i.dat ] || cp u0.dat u$i.dat; done; ls | wc -l ;;
esac
