#!/bin/bash
#
# This source file is part of the Switchboard open source project
#
# SPDX-License-Identifier: Apache-2.0
#
: "${BENCH_DIR:?set by bench.py}"
# clone.sh VARIANT N: give u1..u(N-1) the same credentials record as u0 (registered in band before); server must be running
V=$1; N=$2; D=$BENCH_DIR/ejabberd/$V
case $V in
sqlite*) sqlite3 -cmd '.timeout 20000' $D/db/ejabberd.sqlite "WITH RECURSIVE c(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM c WHERE i<$N-1)
  INSERT OR IGNORE INTO users(username,password,serverkey,salt,iterationcount) SELECT 'u'||i,password,serverkey,salt,iterationcount FROM c, users u WHERE u.username='u0';
  SELECT count(*) FROM users;" ;;
*) HOME=$BENCH_DIR/ejabberd erl -noinput -hidden -sname ctl$$@localhost -setcookie bench -start_epmd false -erl_epmd_port 14370 -dist_listen false -eval "
  N='ej@localhost', [R] = rpc:call(N, mnesia, dirty_read, [passwd, {<<\"u0\">>,<<\"localhost.example\">>}]),
  [ok = rpc:call(N, mnesia, dirty_write, [setelement(2, R, {iolist_to_binary([\$u, integer_to_list(I)]), <<\"localhost.example\">>})]) || I <- lists:seq(1, $N-1)],
  io:format(\"~p~n\", [rpc:call(N, mnesia, table_info, [passwd, size])]), halt()." ;;
esac
