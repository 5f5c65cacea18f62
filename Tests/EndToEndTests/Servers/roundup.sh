#!/bin/bash
# roundup.sh prepare BIN DIR PORT HOOK SECRET   makes a Roundup tracker of its own: SQLite, users, the property that keeps
#                                               our id, a limit on how often we may ask, and the detector that calls
#                                               HOOK. BIN holds roundup-admin
# roundup.sh serve BIN DIR PORT                 serves it on loopback, in the foreground; prints "ready"
# From PyPI: roundup. Nothing outside DIR is touched; no mail leaves.
set -eu
command=$1 bin=$2 dir=$3 port=$4
tracker=$dir/tracker

prepare() {
  mkdir -p "$dir"
  "$bin/roundup-admin" -i "$tracker" install classic sqlite \
    "tracker_web=http://127.0.0.1:$port/crm/,mail_domain=crm.test,mail_host=127.0.0.1,tracker_email=issues@crm.test" > /dev/null
  # Nobody listens there: no mail leaves.
  sed -i 's/^port = .*/port = 9/; s/^password_pbkdf2_default_rounds.*/password_pbkdf2_default_rounds = 10000/' \
    "$tracker/config.ini"
  sed -i 's/^issue = IssueClass(db, "issue",/issue = IssueClass(db, "issue",\n                external_id=String(),/' \
    "$tracker/schema.py"
  # Answers of the tracker by mail are not what is tested.
  rm -f "$tracker/detectors/nosyreaction.py"
  cat > "$tracker/detectors/samtal.py" <<DETECTOR
import json, urllib.request
def name(db, cl, id): return db.getclass(cl).get(id, 'name') if id else None
def tell(db, cl, nodeid, old):
    was, who = old or {}, db.user.getnode(db.getuid())
    new, files = ([i for i in cl.get(nodeid, p) if i not in was.get(p, [])] for p in ('messages', 'files'))
    body = {'issue': nodeid, 'external_id': cl.get(nodeid, 'external_id'), 'actor': who.username,
            'actor_name': who.realname or who.username, 'at': cl.get(nodeid, 'activity').pretty('%Y-%m-%dT%H:%M:%SZ'),
            'messages': [{'id': m, 'content': db.msg.get(m, 'content')} for m in new],
            'files': [{'reference': f, 'name': name(db, 'file', f), 'type': db.file.get(f, 'type')} for f in files]}
    for p in ('status', 'priority'): body[p], body['was_' + p] = name(db, p, cl.get(nodeid, p)), name(db, p, was.get(p, cl.get(nodeid, p)))
    urllib.request.urlopen(urllib.request.Request('$5', json.dumps(body).encode(),
        {'Content-Type': 'application/json', 'X-Samtal-Secret': '$6'}), timeout=5)
def init(db): db.issue.react('create', tell); db.issue.react('set', tell)
DETECTOR
  # The gateway may ask ten times in five seconds, as big trackers allow so many times an hour: a message takes up to eight.
  cat > "$tracker/interfaces.py" <<INTERFACES
from datetime import timedelta
from roundup.rate_limit import RateLimit
from roundup.rest import RestfulInstance
def limit(self):
    who = self.db.user.get(self.db.getuid(), 'username')
    return RateLimit(10, timedelta(seconds=5)) if who == 'samtal' else None
RestfulInstance.getRateLimit = limit
INTERFACES
  "$bin/roundup-admin" -i "$tracker" initialise adminpass > /dev/null
  for user in samtal kim; do
    "$bin/roundup-admin" -i "$tracker" create user username=$user realname=$user password=$user-pass \
      address=$user@acme.test roles=User,Admin > /dev/null
  done
  # The server refuses to run as root.
  [ "$(id -u)" != 0 ] || chown -R nobody "$dir"
}

case $command in
  prepare) prepare "$@" ;;
  serve)
    (until (: < /dev/tcp/127.0.0.1/$port) 2> /dev/null; do sleep 0.1; done; echo ready) &
    user=(); [ "$(id -u)" != 0 ] || user=(-u nobody)
    "$bin/roundup-server" "${user[@]}" -n 127.0.0.1 -p "$port" crm="$tracker" &
    server=$!
    # It forks for each connection, and those processes outlive it as long as the connection is kept.
    trap 'kill -KILL $(cat /proc/$server/task/$server/children) $server; exit 0' TERM
    wait $server ;;
  *) echo "prepare or serve" >&2; exit 64 ;;
esac
