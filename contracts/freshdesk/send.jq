# One of our events → the request of one step. Steps: found, created, there, note, change.

def clean: with_entries(select(.value != null));
def html: @html | gsub("\r?\n"; "<br>");

# The files that go along: those that could be had, together no more than the 20 MB that Freshdesk takes.
def carried($message):
  reduce ($message.attachments[]? | select(.refused == null)) as $file
    ([]; . + [$file] | if ([.[] | .size // 0] | add) > 20000000 then .[:-1] else . end);

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Freshdesk takes HTML everywhere. Files that do not go along are named.
def words($message):
  ($message.text // "") as $text
  | ([($message.attachments // []) - carried($message) | .[]
      | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
        if .size == null then "" else ", \(.size) bytes" end): \(.refused // "too much with the other files")\(
        if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | [(if $message.format == "html" then $text else ($text | html) end), ($files | html)]
  | map(select(. != "")) | join("<br>") | if . == "" then named($message) | html else . end;

# JSON, or a form when files go along: members of members by name[member], lists by name[].
def with_files($files):
  if $files == [] then {json: .}
  else {multipart: ([to_entries[] | .key as $name | .value
        | if type == "object" then to_entries[] | {name: "\($name)[\(.key)]", value: .value}
          elif type == "array" then .[] | {name: "\($name)[]", value: .}
          else {name: $name, value: .} end]
      + [$files[] | {name: "attachments[]", file: .id, filename: (.name // "file")}])} end;

def person_name: .name // .handle // .email // .phone // "Unknown";

.event as $event | $event.data as $data | $data.message as $message
# The field holds CONVERSATION/MESSAGE: the second tells which message the ticket was made of.
| ([.steps.found[]? | select((.custom_fields[$settings.key_field] // "") | startswith($data.conversation.id))][0])
    as $found
| (.ticket.id // ($found.id | if . == null then null else tostring end)) as $known
| ((.ticket.context // {}).requester_id // $found.requester_id) as $requester
| (if $event.type | IN("samtal.message.received", "samtal.message.sent") then carried($message) else [] end) as $files
| (if $event.type == "samtal.message.received" then
     if $found != null and $found.custom_fields[$settings.key_field] == "\($data.conversation.id)/\($message.id)"
     then null # the ticket was made of this very message
     else {body: words($message), incoming: true, private: false, user_id: $requester} | clean end
   elif $event.type == "samtal.message.sent" and $message.source.endpoint != $self.endpoint then
     {body: words($message), private: false}
   elif $event.type == "samtal.message.failed" then
     {body: ("This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")"
             | html), private: true}
   elif $event.type == "samtal.message.edited" then
     {body: ("An earlier message was changed to:\n\n\($message.text // "")" | html), private: true}
   elif $event.type == "samtal.message.deleted" then
     {body: "An earlier message of \($message.at) was deleted by its writer.", private: true}
   else null end) as $say
| (if $data.cause.endpoint == $self.endpoint then null
   elif $event.type == "samtal.conversation.closed" then {status: $vocab.status_out.closed}
   elif $event.type == "samtal.conversation.reopened" then {status: $vocab.status_out.open}
   elif $event.type == "samtal.conversation.updated" then
     {priority: $vocab.priority_out[$data.conversation.priority // "normal"]}
   else null end) as $change
| if .step == "found" then
    if .ticket == null and $event.type == "samtal.message.received" then
      {method: "GET", path: "/api/v2/tickets", query: {unique_external_id: $data.person.id, per_page: "100"}}
    else empty end
  elif .step == "created" then
    if $known == null and $event.type == "samtal.message.received" then
      {subject: ($data.conversation.subject // $message.text // "A message on \($message.channel)" | .[0:150]),
       description: words($message), unique_external_id: $data.person.id, name: ($data.person | person_name),
       status: $vocab.status_out.open,
       priority: $vocab.priority_out[$data.conversation.priority // "normal"],
       tags: (["samtal", $message.adapter, $message.channel] | map(select(. != null)) | unique),
       custom_fields: {($settings.key_field): "\($data.conversation.id)/\($message.id)"}}
      | {method: "POST", path: "/api/v2/tickets"} + with_files($files)
    else empty end
  elif .step == "there" then
    # An earlier attempt made it: the answer names it.
    if .ticket == null and $found != null then {method: "GET", path: "/api/v2/tickets/\($found.id)"} else empty end
  elif .step == "note" then
    if $known != null and $say != null then
      $say | {method: "POST", path: "/api/v2/tickets/\($known)/notes"} + with_files($files)
    else empty end
  elif .step == "change" then
    if .ticket != null and $change != null then
      {method: "PUT", path: "/api/v2/tickets/\(.ticket.id)", json: $change}
    else empty end
  else empty end
