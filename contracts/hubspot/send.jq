# One of our events → the request of one step. Steps: message, receipt, comment, thread.

def words($message):
  ([$message.attachments[]? | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n");

"/conversations/v3/custom-channels/\($settings.channel_id)/messages" as $messages
| .event as $event | $event.data as $data | $data.message as $message | .ticket.id as $thread
| ($message.source.endpoint == $self.endpoint) as $from_here
| {name: ($data.person | .name // .handle // .email // .phone // "Unknown"),
   deliveryIdentifier: {type: "CHANNEL_SPECIFIC_OPAQUE_ID", value: $data.person.id}} as $person
| if .step == "message" then
    if $event.type == "samtal.message.received" then
      {method: "POST", path: $messages,
       json: {text: words($message), messageDirection: "INCOMING", integrationThreadId: $data.conversation.id,
              integrationIdempotencyId: $message.id, channelAccountId: $settings.channel_account_id,
              senders: [$person], timestamp: $message.at, attachments: []}}
    elif $event.type == "samtal.message.sent" and ($from_here | not) and .ticket != null then
      {method: "POST", path: $messages,
       json: {text: words($message), messageDirection: "OUTGOING", integrationThreadId: $data.conversation.id,
              integrationIdempotencyId: $message.id, channelAccountId: $settings.channel_account_id,
              senders: [{name: ($message.author.name // "samtal")}], recipients: [$person], timestamp: $message.at,
              attachments: []}}
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
