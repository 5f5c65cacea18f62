#!/bin/sh
# pgbouncer.sh DIR: PgBouncer in transaction mode before the PostgreSQL server whose socket is in DIR; its own is in DIR/pooler.
# Prints "ready"; it ends when standard input ends: with the tests that started it, however they end.
set -eu
dir=$1
mkdir -p "$dir/pooler"
cat >"$dir/pooler/pgbouncer.ini" <<INI
[databases]
* = host=$dir user=samtal
[pgbouncer]
listen_addr =
unix_socket_dir = $dir/pooler
listen_port = 6432
auth_type = any
pool_mode = transaction
max_client_conn = 1000
server_idle_timeout = 5
logfile = $dir/pooler/pgbouncer.log
INI
run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
  # It refuses to run as root.
  chown -R postgres "$dir/pooler"
  run() { exec setpriv --reuid=postgres --regid=postgres --init-groups "$@"; }
fi
run pgbouncer -q "$dir/pooler/pgbouncer.ini" </dev/null >/dev/null 2>&1 &
child=$!
trap 'kill "$child"; wait "$child" || true' EXIT
trap 'exit 1' INT TERM HUP
until [ -S "$dir/pooler/.s.PGSQL.6432" ]; do
  kill -0 "$child"
  sleep 0.02
done
echo ready
while read -r _; do :; done
