#!/bin/sh
# postgresql.sh BIN DIR [SETTING…]: a PostgreSQL server in DIR, reached by the socket there; prints "ready".
# It ends, and DIR goes, when standard input ends: with the tests that started it, however they end.
set -eu
bin=$1 dir=$2
shift 2
if [ "$(id -u)" = 0 ]; then
  # The server refuses to run as root.
  id postgres >/dev/null
  chown postgres "$dir"
  run() { setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
else
  run() { "$@"; }
fi
run "$bin/initdb" -D "$dir/data" -U samtal -A trust --no-sync -E UTF8 --locale=C.UTF-8 >"$dir/initdb.log" 2>&1
run "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w \
  -o "-k $dir -c listen_addresses= -c max_connections=400 $*" start >/dev/null </dev/null
trap 'run "$bin/pg_ctl" -D "$dir/data" -m immediate stop >/dev/null; rm -rf "$dir"' EXIT
trap 'exit 1' INT TERM HUP
echo ready
# Each line of input wants the server to crash and to come back; "done" or "failed" answers it.
while read -r _; do
  if run "$bin/pg_ctl" -D "$dir/data" -l "$dir/server.log" -m immediate -w restart >/dev/null </dev/null
  then echo done; else echo failed; fi
done
