#!/bin/bash
# mail.sh DIR IMAP IMAPS LMTP SMTP SUBMISSION SUBMISSIONS DESK: a Dovecot and a Postfix in DIR, on these ports of loopback; prints
# "ready", then takes commands. Mail for desk.test goes to port DESK by LMTP. Everyone at cust.test and shop.test named by letters and digits has a mailbox; the password is "secret".
# Debian's packages: dovecot-imapd dovecot-lmtpd postfix openssl. Needs root, for Postfix; nothing outside DIR is touched, no mail leaves.
# Both end, and DIR goes, when standard input ends: with the tests that started it, however they end.
set -eu
dir=$1 imap=$2 imaps=$3 lmtp=$4 smtp=$5 submission=$6 submissions=$7 desk=$8
mkdir -p "$dir/d/run" "$dir/d/home" "$dir/d/keys/default/HS256" "$dir/p/etc" "$dir/p/spool" "$dir/p/data"
chmod 755 "$dir" "$dir/d" "$dir/p" "$dir/p/spool"
chown nobody "$dir/d/home"
chown postfix "$dir/p/data"

# An authority of its own, and a certificate for "localhost" and 127.0.0.1 by it.
certificates() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 30 -subj "/CN=samtal test authority" \
    -keyout "$dir/ca.key" -out "$dir/ca.pem"
  openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=localhost" -keyout "$dir/key.pem" -out "$dir/request.pem"
  openssl x509 -req -days 30 -in "$dir/request.pem" -CA "$dir/ca.pem" -CAkey "$dir/ca.key" -CAcreateserial -out "$dir/cert.pem" \
    -extfile <(echo "subjectAltName=DNS:localhost,IP:127.0.0.1")
}
certificates 2> "$dir/openssl.log"

# Tokens are signed with a shared secret (RFC 7515, HS256).
key=samtal-test-key
printf %s "$key" | base64 > "$dir/d/keys/default/HS256/default"
base64url() { base64 -w0 | tr -d = | tr +/ -_; }
token() { # USER SECONDS
  local now content
  now=$(date +%s)
  content=$(printf '{"alg":"HS256","typ":"JWT"}' | base64url).$(printf '{"sub":"%s","iat":%d,"exp":%d}' "$1" "$now" $((now + $2)) | base64url)
  printf %s "$content.$(printf %s "$content" | openssl dgst -sha256 -hmac "$key" -binary | base64url)"
}

cat > "$dir/d/oauth2.conf" <<CONFIG
introspection_mode = local
local_validation_key_dict = fs:posix:prefix=$dir/d/keys/
username_attribute = sub
CONFIG
cat > "$dir/d/dovecot.conf" <<CONFIG
base_dir = $dir/d/run
state_dir = $dir/d/run
instance_name = samtal-test
protocols = imap lmtp
listen = 127.0.0.1
log_path = $dir/d/log
ssl = yes
ssl_cert = <$dir/cert.pem
ssl_key = <$dir/key.pem
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 50
first_valid_uid = 1
first_valid_gid = 1
passdb {
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = $dir/d/oauth2.conf
}
passdb {
  driver = static
  mechanisms = plain login
  args = password=secret
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=$dir/d/home/%u allow_all_users=yes
}
namespace inbox {
  inbox = yes
}
service imap-login {
  service_count = 0
  inet_listener imap {
    port = $imap
  }
  inet_listener imaps {
    port = $imaps
    ssl = yes
  }
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = $lmtp
  }
}
service auth {
  unix_listener auth-postfix {
    path = $dir/p/spool/private/auth
    mode = 0660
    user = postfix
    group = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
protocol lmtp {
  postmaster_address = postmaster@shop.test
}
CONFIG

cat > "$dir/p/etc/mailboxes" <<'CONFIG'
/^(later|nobody)@/ DUNNO
/^[a-z0-9]+(\+[a-z0-9.]+)?@(cust|shop)\.test$/ 1
CONFIG
# A recipient that is to be tried again later, and one that has too much mail.
cat > "$dir/p/etc/recipients" <<'CONFIG'
/^later@/ 451 4.7.1 Greylisted, try again
/^full@/ 452 4.2.2 Mailbox full
/^nobody@/ 550 5.1.1 No such user
CONFIG
cat > "$dir/p/etc/main.cf" <<CONFIG
compatibility_level = 3.6
queue_directory = $dir/p/spool
data_directory = $dir/p/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = $dir/p/log
maillog_file_prefixes = $dir
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.shop.test
mydestination =
mynetworks = 127.0.0.0/8
alias_maps =
alias_database =
local_recipient_maps =
virtual_mailbox_domains = shop.test, cust.test
virtual_mailbox_maps = regexp:$dir/p/etc/mailboxes
virtual_transport = lmtp:inet:127.0.0.1:$lmtp
relay_domains = desk.test
transport_maps = inline:{ desk.test=lmtp:inet:127.0.0.1:$desk }
default_transport = error:5.1.2 no mail leaves the test
relay_transport = error:5.1.2 no mail leaves the test
smtp_dns_support_level = disabled
smtpd_tls_cert_file = $dir/cert.pem
smtpd_tls_key_file = $dir/key.pem
smtpd_tls_security_level = may
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_recipient_restrictions = check_recipient_access regexp:$dir/p/etc/recipients, permit_mynetworks, permit_sasl_authenticated,
  reject_unauth_destination
smtpd_error_sleep_time = 0
message_size_limit = 26214400
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_client_message_rate_limit = 0
CONFIG
login='-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject -o mynetworks='
cat > "$dir/p/etc/master.cf" <<CONFIG
127.0.0.1:$smtp inet n - n - - smtpd
127.0.0.1:$submission inet n - n - - smtpd -o smtpd_tls_security_level=encrypt $login
127.0.0.1:$submissions inet n - n - - smtpd -o smtpd_tls_wrappermode=yes $login
cleanup   unix n - n - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
proxymap  unix - - n - - proxymap
error     unix - - n - - error
retry     unix - - n - - error
lmtp      unix - - n - - lmtp
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
CONFIG

answers() { (: < "/dev/tcp/127.0.0.1/$1") 2> /dev/null; }
await() { # PORT: up to 20 s
  for _ in $(seq 200); do answers "$1" && return; sleep 0.1; done
  return 1
}
master() { cat "$dir/d/run/master.pid"; }
dovecot_start() { dovecot -c "$dir/d/dovecot.conf" < /dev/null > "$dir/d/start.log" 2>&1 && await "$imap"; }
alive() { # PID; who is dead and not yet buried is not alive
  case $(ps -o stat= -p "$1") in '' | Z*) return 1 ;; esac
}
ended() { # PID: waits up to 5 s for its end, then ends it and its children without a goodbye
  for _ in $(seq 100); do
    alive "$1" || return 0
    sleep 0.05
  done
  kill -9 "$1" $(pgrep -P "$1")
}
dovecot_stop() {
  local pid
  pid=$(master) && kill "$pid" && ended "$pid" && rm -f "$dir/d/run/master.pid"
}
postfix_do() { postfix -c "$dir/p/etc" "$1" < /dev/null > "$dir/p/$1.log" 2>&1; }

end() {
  [ -f "$dir/d/run/master.pid" ] && dovecot_stop || true
  local pid
  pid=$(tr -d ' ' < "$dir/p/spool/pid/master.pid") && { postfix_do abort || true; ended "$pid"; }
  rm -rf "$dir"
}
trap end EXIT
trap 'exit 1' INT TERM HUP
postfix_do start
dovecot_start
for port in "$imaps" "$lmtp" "$smtp" "$submission" "$submissions"; do await "$port"; done
echo ready

# Each line of input is a command; "done", with words of its own, or "failed" answers it.
while read -r command argument; do
  words=
  case $command in
    stop) words=$(dovecot_stop) ;;
    start) words=$(dovecot_start) ;;
    # Ends what serves IMAP sessions, without a goodbye.
    cut) words=$(kill -9 $(pgrep -P "$(master)" -x imap)) ;;
    token) words=$(token $argument) ;;
    doveadm) words=$(doveadm -c "$dir/d/dovecot.conf" $argument 2>> "$dir/d/doveadm.log" < /dev/null) ;;
    # How often a pattern stands in Postfix's log, which is written a little later: waits up to 10 s for the first.
    logged)
      for _ in $(seq 100); do
        words=$(grep -c -e "$argument" "$dir/p/log" || true)
        [ "$words" = 0 ] || break
        sleep 0.1
      done ;;
    *) false ;;
  esac && echo "done ${words//$'\n'/ }" || echo failed
done
