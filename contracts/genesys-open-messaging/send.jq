# One of our events → one request. The person there is the conversation here (channel.from.id), so that what an agent
# writes finds its conversation again.

def clean: with_entries(select(.value != null));

def words($message):
  ([$message.attachments[]? | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n");

.event as $event | $event.data as $data | $data.message as $message
| if .step == "message" and $event.type == "samtal.message.received" then
    {method: "POST", path: "/api/v2/conversations/messages/\($settings.integration_id)/inbound/open/message",
     query: {prefetchConversationId: "true"},
     json: {channel: {
         messageId: $message.id, platform: "Open", type: "Private", time: $message.at,
         to: {id: $settings.integration_id},
         from: ({id: $data.conversation.id, idType: "Opaque",
                 nickname: ($data.person | .name // .handle // .email // .phone // "Unknown")}),
         metadata: {customAttributes: ({
             conversation: $data.conversation.id, person: $data.person.id, channel: $message.channel,
             adapter: $message.adapter, email: $data.person.email, phone: $data.person.phone,
             priority: $vocab.priority_out[$data.conversation.priority // "normal"]} | clean)}},
       type: "Text", direction: "Inbound", text: words($message)}}
  elif .step == "disconnect" and $event.type == "samtal.conversation.closed" and .ticket != null
       and $data.cause.endpoint != $self.endpoint then
    {method: "POST", path: "/api/v2/conversations/\(.ticket.id)/disconnect"}
  else empty end
