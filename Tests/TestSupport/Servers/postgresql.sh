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
run "$bin/postgres" -D "$dir/data" -k "$dir" -c listen_addresses= -c max_connections=400 "$@" >"$dir/server.log" 2>&1 </dev/null &
server=$!
trap 'kill -INT $server 2>/dev/null; wait $server || true; rm -rf "$dir"' EXIT
until "$bin/pg_isready" -q -h "$dir"; do
  kill -0 $server 2>/dev/null || { cat "$dir/server.log" >&2; exit 1; }
  sleep 0.1
done
echo ready
cat >/dev/null
