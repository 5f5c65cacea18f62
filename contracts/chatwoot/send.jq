# One of our events → the request of one step. Steps: contact_found, contact, conversations, conversation, there,
# messages, message, change.

def clean: with_entries(select(.value != null));

# The files that go along: those that could be had, 15 at most.
def carried($message): [$message.attachments[]? | select(.refused == null)][:15];

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words, and the files that do not go along, by name.
def words($message):
  ([($message.attachments // []) - carried($message) | .[]
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end): \(.refused // "more than 15 files")\(
      if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n") | named($message);

# JSON, or a form when files go along.
def with_files($files):
  if $files == [] then {json: .}
  else {multipart: ([to_entries[] | select(.value != null) | {name: .key, value}]
                    + [$files[] | {name: "attachments[]", file: .id, filename: (.name // "file")}])} end;

def person_name: .name // .handle // .email // .phone // "Unknown";

def seconds: if . == null then null else sub("\\.[0-9]+Z$"; "Z") | fromdateiso8601 end;

"/api/v1/accounts/\($settings.account_id)" as $account
| .event as $event | $event.data as $data | $data.message as $message
| ($event.type == "samtal.message.received") as $received
| (.steps.contact // .steps.contact_found) as $contact
| ([.steps.conversations[]? | select(.key == $data.conversation.id) | .id][0]) as $found
| (.ticket.id // .steps.conversation // $found) as $conversation
| (if $received then {content: words($message), message_type: "incoming", private: false}
   elif $event.type == "samtal.message.sent" and $message.source.endpoint != $self.endpoint then
     {content: words($message), message_type: "outgoing", private: false}
   elif $event.type == "samtal.message.failed" then
     {content: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")",
      message_type: "outgoing", private: true}
   elif $event.type == "samtal.message.edited" then
     {content: "An earlier message was changed to:\n\n\($message.text // "")", message_type: "outgoing", private: true}
   elif $event.type == "samtal.message.deleted" then
     {content: "An earlier message of \($message.at) was deleted by its writer.", message_type: "outgoing",
      private: true}
   else null end) as $say
| (if $event.type | IN("samtal.message.received", "samtal.message.sent") then carried($message) else [] end) as $files
| (($event.time // $message.at) | seconds) as $at
| if .step == "contact_found" then
    if .ticket == null and $received then
      {method: "GET", path: "\($account)/contacts/search", query: {q: $data.person.id}}
    else empty end
  elif .step == "contact" then
    if .ticket == null and $received and $contact == null then
      {method: "POST", path: "\($account)/contacts",
       json: {identifier: $data.person.id, name: ($data.person | person_name),
              # As Chatwoot's own e-mail and phone they must be unique and well formed, and ours need not be.
              custom_attributes: ($data.person | {email, phone, handle} | clean)}}
    else empty end
  elif .step == "conversations" then
    if .ticket == null and $received then {method: "GET", path: "\($account)/contacts/\($contact)/conversations"}
    else empty end
  elif .step == "conversation" then
    if .ticket == null and $received and $found == null then
      {method: "POST", path: "\($account)/conversations",
       json: {inbox_id: ($settings.inbox_id | tonumber), contact_id: $contact, source_id: $data.conversation.id,
              status: $vocab.status_out.open,
              custom_attributes: ({samtal_conversation: $data.conversation.id, channel: $message.channel,
                                   adapter: $message.adapter} | clean)}}
    else empty end
  elif .step == "there" then
    # An earlier attempt made it: the answer names it.
    if .ticket == null and $received and $found != null then
      {method: "GET", path: "\($account)/conversations/\($found)"}
    else empty end
  elif .step == "messages" then
    if $conversation != null and $say != null then
      {method: "GET", path: "\($account)/conversations/\($conversation)/messages"}
    else empty end
  elif .step == "message" then
    if $conversation != null and $say != null
       # A form makes a text of the time.
       and ([.steps.messages[]? | select(.content == $say.content and "\(.at)" == "\($at)")] == []) then
      $say + {external_created_at: $at}
      | {method: "POST", path: "\($account)/conversations/\($conversation)/messages"} + with_files($files)
    else empty end
  elif .step == "change" and .ticket != null and $data.cause.endpoint != $self.endpoint then
    if $event.type == "samtal.conversation.closed" then
      {method: "POST", path: "\($account)/conversations/\(.ticket.id)/toggle_status",
       json: {status: $vocab.status_out.closed}}
    elif $event.type == "samtal.conversation.reopened" then
      {method: "POST", path: "\($account)/conversations/\(.ticket.id)/toggle_status",
       json: {status: $vocab.status_out.open}}
    elif $event.type == "samtal.conversation.updated" then
      {method: "POST", path: "\($account)/conversations/\(.ticket.id)/toggle_priority",
       json: {priority: $vocab.priority_out[$data.conversation.priority // "normal"]}}
    else empty end
  else empty end
