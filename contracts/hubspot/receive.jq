# Two forms come in: one object from the custom channel (what an agent wrote), and an array from the app's webhooks
# (what changed on a thread).

def is_conversation: type == "string" and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

def message:
  select(.type == "OUTGOING_CHANNEL_MESSAGE_CREATED")
  | select(.message.channelAccountId | tostring == $settings.channel_account_id)
  | ([.channelIntegrationThreadIds[]? | select(is_conversation)][0]) as $conversation
  | select($conversation != null)
  | .message
  # What is no file comes as its address, if it has one.
  | ([.text // empty, (.attachments[]? | select(.fileId == null) | .url // empty)]
     | map(select(. != "")) | join("\n")) as $text
  | [.attachments[]? | select(.fileId != null) | {reference: "\(.fileId)", name}] as $files
  | select($text != "" or $files != [])
  # The bare id: receipts go back under it.
  | {kind: "reply", id: .id, ticket: .conversationsThreadId, conversation: $conversation, text: $text, files: $files,
     agent: ((.senders[0].actorId // .createdBy) as $id | .senders[0].name as $name
             | if $id == null then null else {id: $id, name: $name} end),
     at: .createdAt};

def change:
  select(.subscriptionType == "conversation.propertyChange" and .propertyName == "status")
  # What the app itself changed comes back with this source.
  | select(.changeSource != "INTEGRATION" and .changeSource != "API")
  | {kind: (if told("status_in"; .propertyValue) == "closed" then "close" else "reopen" end),
     id: "event:\(.eventId)", ticket: .objectId};

if type == "array" then .[] | change else message end
