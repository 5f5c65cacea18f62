#!/bin/bash
# request-tracker.sh prepare DIR PORT HOOK SECRET   makes a Request Tracker 5 of its own: configuration, SQLite database,
#                                                    users, custom field, and the Scrip that calls HOOK; prints a token
# request-tracker.sh serve DIR PORT                  serves it on loopback, in the foreground; prints "ready" when it takes connections
# Debian's packages: request-tracker5 rt5-db-sqlite rt5-standalone. Nothing outside DIR is touched; no mail leaves.
set -eu
command=$1 dir=$2 port=$3
# Both are needed, or Debian's own configuration is read as well.
export RT_SITE_CONFIG=$dir/RT_SiteConfig.pm RT_SITE_CONFIG_DIR=$dir/none

prepare() {
  mkdir -p "$dir"
  cat > "$dir/RT_SiteConfig.pm" <<CONFIG
Set(\$rtname, 'rt.test'); Set(\$Organization, 'rt.test');
Set(\$WebDomain, '127.0.0.1'); Set(\$WebPort, $port); Set(\$WebPath, ''); Set(\$WebBaseURL, 'http://127.0.0.1:$port');
Set(\$DatabaseType, 'SQLite'); Set(\$DatabaseName, '$dir/rtdb');
Set(\$DatabaseUser, ''); Set(\$DatabasePassword, ''); Set(\$DatabaseHost, ''); Set(\$DatabasePort, '');
Set(\$MailCommand, 'testfile'); Set(\$LogToSyslog, undef); Set(\$LogToSTDERR, 'warning');
Set(\$Timezone, 'UTC'); Set(\$BcryptCost, 10);
1;
CONFIG
  rt-setup-database-5 --action init --skip-create --dba '' --dba-password '' > "$dir/setup.log" 2>&1
  HOOK=$4 SECRET=$5 perl -I/usr/share/request-tracker5/lib - 2> "$dir/seed.log" <<'PERL'
use strict; use RT; RT->LoadConfig; RT->Init;
my $system = RT->SystemUser;
sub done { my ($ok, $message) = @_; die "$message\n" unless $ok; }
my $field = RT::CustomField->new($system);
done($field->Create(Name => 'ExternalId', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', MaxValues => 1));
my $queue = RT::Queue->new($system); $queue->Load('General');
done($field->AddToObject($queue));
my %token;
for my $name ('samtal', 'kim') {
  my $user = RT::User->new($system);
  done($user->Create(Name => $name, RealName => ucfirst $name, Privileged => 1, EmailAddress => "$name\@acme.test", Lang => 'en'));
  done($user->PrincipalObj->GrantRight(Right => 'SuperUser', Object => $RT::System));
  my ($ok, $message, $text) = RT::AuthToken->new(RT::CurrentUser->new($user))->Create(Owner => $user->id, Description => 'test');
  done($ok, $message);
  $token{$name} = $text;
}
my $code = <<'SCRIP';
use LWP::UserAgent; use JSON;
my ($t, $k) = ($self->TransactionObj, $self->TicketObj);
return 1 unless $t->Type =~ /^(Correspond|Comment|Status)$/ or ($t->Type eq 'Set' and $t->Field eq 'Priority');
my $u = $t->CreatorObj;
my $said = $t->Type =~ /^Co/ ? $t->Content(Type => 'text/plain') : undef;
my @files = map {{reference => $_->id, name => $_->Filename, type => $_->ContentType}}
  grep { defined $_->Filename && length $_->Filename } @{$t->Attachments->ItemsArrayRef};
LWP::UserAgent->new(timeout => 5)->post('HOOK',
  'Content-Type' => 'application/json', 'X-Samtal-Secret' => 'SECRET',
  Content => JSON->new->utf8->encode({id => $t->id, type => $t->Type, field => $t->Field, old => $t->OldValue,
    new => $t->NewValue, ticket => $k->id, queue => $k->QueueObj->Name, content => $said, files => \@files,
    external_id => $k->FirstCustomFieldValue('ExternalId'), created => $t->CreatedObj->W3CDTF,
    creator => {id => $u->Name, name => $u->RealName || $u->Name, email => $u->EmailAddress,
      privileged => $u->Privileged ? JSON::true : JSON::false}}));
1;
SCRIP
$code =~ s/HOOK/$ENV{HOOK}/; $code =~ s/SECRET/$ENV{SECRET}/;
done(RT::Scrip->new($system)->Create(Description => 'samtal', Queue => 0, ScripCondition => 'On Transaction',
  ScripAction => 'User Defined', Template => 'Blank', CustomPrepareCode => '1;', CustomCommitCode => $code));
print "$token{samtal} $token{kim}\n";
PERL
}

case $command in
  prepare) prepare "$@" ;;
  serve)
    (until (: < /dev/tcp/127.0.0.1/$port) 2> /dev/null; do sleep 0.1; done; echo ready) &
    exec /usr/share/request-tracker5/libexec/rt-server --host 127.0.0.1 --port "$port" --max-workers 2 ;;
  *) echo "prepare or serve" >&2; exit 64 ;;
esac
