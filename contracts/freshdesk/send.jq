# One of our events → the request of one step. Steps: found, created, there, note, change.

def clean: with_entries(select(.value != null));
def html: @html | gsub("\r?\n"; "<br>");

# Freshdesk takes HTML everywhere.
def words($message):
  ($message.text // "") as $text
  | ([$message.attachments[]? | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end)]"] | join("\n")) as $files
  | [(if $message.format == "html" then $text else ($text | html) end), ($files | html)]
  | map(select(. != "")) | join("<br>");

def person_name: .name // .handle // .email // .phone // "Unknown";

.event as $event | $event.data as $data | $data.message as $message
# The field holds CONVERSATION/MESSAGE: the second tells which message the ticket was made of.
| ([.steps.found[]? | select((.custom_fields[$settings.key_field] // "") | startswith($data.conversation.id))][0])
    as $found
| (.ticket.id // ($found.id | if . == null then null else tostring end)) as $known
| ((.ticket.context // {}).requester_id // $found.requester_id) as $requester
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
      {method: "POST", path: "/api/v2/tickets",
       json: {subject: ($data.conversation.subject // $message.text // "A message on \($message.channel)" | .[0:150]),
              description: words($message), unique_external_id: $data.person.id, name: ($data.person | person_name),
              status: $vocab.status_out.open,
              priority: $vocab.priority_out[$data.conversation.priority // "normal"],
              tags: (["samtal", $message.adapter, $message.channel] | map(select(. != null)) | unique),
              custom_fields: {($settings.key_field): "\($data.conversation.id)/\($message.id)"}}}
    else empty end
  elif .step == "there" then
    # An earlier attempt made it: the answer names it.
    if .ticket == null and $found != null then {method: "GET", path: "/api/v2/tickets/\($found.id)"} else empty end
  elif .step == "note" then
    if $known != null and $say != null then {method: "POST", path: "/api/v2/tickets/\($known)/notes", json: $say}
    else empty end
  elif .step == "change" then
    if .ticket != null and $change != null then
      {method: "PUT", path: "/api/v2/tickets/\(.ticket.id)", json: $change}
    else empty end
  else empty end
