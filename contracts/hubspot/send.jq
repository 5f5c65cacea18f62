# One of our events → the request of one step. Steps: files, message, receipt, comment, thread.

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words, and the files that cannot be given, by name.
def words($message):
  ([$message.attachments[]? | select(.refused != null)
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(
      if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n") | named($message);

# What kind of file HubSpot shows it as.
def usage: if startswith("image/") then "IMAGE" elif startswith("audio/") then "AUDIO" else "OTHER" end;

# The files that were uploaded for a message, in its order.
def attachments($message; $uploads):
  [[$message.attachments[]? | select(.refused == null)], $uploads] | transpose
  | map(select(.[1] != null) | {type: "FILE", fileId: (.[1] | tostring), fileUsageType: (.[0].type // "" | usage)});

"/conversations/v3/custom-channels/\($settings.channel_id)/messages" as $messages
| .event as $event | $event.data as $data | $data.message as $message | .ticket.id as $thread
| ($message.source.endpoint == $self.endpoint) as $from_here
| {name: ($data.person | .name // .handle // .email // .phone // "Unknown"),
   deliveryIdentifier: {type: "CHANNEL_SPECIFIC_OPAQUE_ID", value: $data.person.id}} as $person
| ($event.type == "samtal.message.received"
   or ($event.type == "samtal.message.sent" and ($from_here | not) and .ticket != null)) as $carries
| attachments($message; .steps.files // []) as $attachments
| if .step == "files" then
    if $carries then
      {method: "POST", path: "/files/v3/files",
       multipart: [{name: "file", file: .item.id, filename: (.item.name // "file")},
                   {name: "folderPath", value: "/samtal"}, {name: "options", value: ({access: "PRIVATE"} | tojson)}]}
    else empty end
  elif .step == "message" then
    if $event.type == "samtal.message.received" then
      {method: "POST", path: $messages,
       json: {text: words($message), messageDirection: "INCOMING", integrationThreadId: $data.conversation.id,
              integrationIdempotencyId: $message.id, channelAccountId: $settings.channel_account_id,
              senders: [$person], timestamp: $message.at, attachments: $attachments}}
    elif $event.type == "samtal.message.sent" and ($from_here | not) and .ticket != null then
      {method: "POST", path: $messages,
       json: {text: words($message), messageDirection: "OUTGOING", integrationThreadId: $data.conversation.id,
              integrationIdempotencyId: $message.id, channelAccountId: $settings.channel_account_id,
              senders: [{name: ($message.author.name // "samtal")}], recipients: [$person], timestamp: $message.at,
              attachments: $attachments}}
    else empty end
  elif .step == "receipt" then
    # Of a reply that came from here the id is HubSpot's own.
    if $from_here | not then empty
    elif $event.type == "samtal.message.sent" then
      {method: "PATCH", path: "\($messages)/\($message.source.id)", json: {statusType: "SENT"}}
    elif $event.type == "samtal.message.read" then
      {method: "PATCH", path: "\($messages)/\($message.source.id)", json: {statusType: "READ"}}
    elif $event.type == "samtal.message.failed" then
      {method: "PATCH", path: "\($messages)/\($message.source.id)",
       json: {statusType: "FAILED", errorMessage: ($message.reason // "no reason given")}}
    else empty end
  elif .ticket == null then empty
  elif .step == "comment" then
    (if $event.type == "samtal.message.edited" then "An earlier message was changed to:\n\n\($message.text // "")"
     elif $event.type == "samtal.message.deleted" then
       "An earlier message of \($message.at) was deleted by its writer."
     elif $event.type == "samtal.message.failed" and ($from_here | not) then
       "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")"
     elif $event.type == "samtal.conversation.updated" and $data.cause.endpoint != $self.endpoint then
       "The priority is now: \($data.conversation.priority // "normal")"
     else empty end)
    | {method: "POST", path: "/conversations/v3/conversations/threads/\($thread)/messages",
       json: {type: "COMMENT", text: .}}
  elif .step == "thread" and $data.cause.endpoint != $self.endpoint then
    (if $event.type == "samtal.conversation.closed" then $vocab.status_out.closed
     elif $event.type == "samtal.conversation.reopened" then $vocab.status_out.open
     else empty end) as $status
    | {method: "PATCH", path: "/conversations/v3/conversations/threads/\(.ticket.id)", json: {status: $status}}
  else empty end
