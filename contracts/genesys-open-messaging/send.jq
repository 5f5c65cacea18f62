# One of our events → one request. The person there is the conversation here (channel.from.id), so that what an agent
# writes finds its conversation again.

def clean: with_entries(select(.value != null));

# The files that can be given: Genesys takes them by an address of ours.
def carried($message): [$message.attachments[]? | select(.refused == null and .link != null)];

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words, and the files that cannot be given, by name.
def words($message):
  ([($message.attachments // []) - carried($message) | .[]
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end)\(
      if .refused == null then "" else ": \(.refused)" end)\(if .link == null then "" else " \(.link)" end)]"]
   | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n") | named($message);

def content:
  {contentType: "Attachment",
   attachment: {id, url: .link, mime: (.type // "application/octet-stream"), filename: (.name // "file"),
     mediaType: (.type // "" | if startswith("image/") then "Image" elif startswith("video/") then "Video"
                 elif startswith("audio/") then "Audio" else "File" end)}};

.event as $event | $event.data as $data | $data.message as $message
# A message takes one file: the first goes with the words, each further one is a message of its own.
| def inbound($id; $text; $file):
    {method: "POST", path: "/api/v2/conversations/messages/\($settings.integration_id)/inbound/open/message",
     query: {prefetchConversationId: "true"},
     json: ({channel: {
         messageId: $id, platform: "Open", type: "Private", time: $message.at,
         to: {id: $settings.integration_id},
         from: ({id: $data.conversation.id, idType: "Opaque",
                 nickname: ($data.person | .name // .handle // .email // .phone // "Unknown")}),
         metadata: {customAttributes: ({
             conversation: $data.conversation.id, person: $data.person.id, channel: $message.channel,
             adapter: $message.adapter, email: $data.person.email, phone: $data.person.phone,
             priority: $vocab.priority_out[$data.conversation.priority // "normal"]} | clean)}},
       type: "Text", direction: "Inbound", text: $text}
       + (if $file == null then {} else {content: [$file | content]} end))};
  if .step == "message" and $event.type == "samtal.message.received" then
    inbound($message.id; words($message); carried($message)[0])
  elif .step == "files" and $event.type == "samtal.message.received" then
    inbound(.item.id; "[\(.item.name // "file")]"; .item)
  elif .step == "disconnect" and $event.type == "samtal.conversation.closed" and .ticket != null
       and $data.cause.endpoint != $self.endpoint then
    {method: "POST", path: "/api/v2/conversations/\(.ticket.id)/disconnect"}
  else empty end
