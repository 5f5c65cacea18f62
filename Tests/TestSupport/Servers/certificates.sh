#!/bin/sh
# certificates.sh DIR: an authority (ca.crt), a server's certificate for 127.0.0.1 by it (server.crt, server.key), and another
# authority that has signed nothing (other.crt).
set -eu
cd "$1"
new() { openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "$@" 2>/dev/null; }
new -keyout ca.key -out ca.crt -subj "/CN=authority"
new -keyout other.key -out other.crt -subj "/CN=authority"
openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -keyout server.key -out server.csr -subj "/CN=server" 2>/dev/null
echo "subjectAltName=IP:127.0.0.1" >server.ext
openssl x509 -req -in server.csr -CA ca.crt -CAkey ca.key -CAcreateserial -days 2 -extfile server.ext -out server.crt 2>/dev/null
# The server runs as this user when we are root.
[ "$(id -u)" != 0 ] || chgrp postgres server.key
chmod 0640 server.key
[ "$(id -u)" = 0 ] || chmod 0600 server.key
