# One callback of Viber → our events. A message_token has 19 digits: it comes as text and stays exact.

def seconds: . / 1000;

def person: {id, name};

def words:
  .message
  | if .type == "contact" then
      [.contact.name, .contact.phone_number] | map(select(. != null)) | join(": ")
    elif .type == "location" then "geo:\(.location.lat),\(.location.lon)" # RFC 5870
    elif .type == "url" then [.text, .media] | map(select(. != null and . != "")) | unique | join("\n")
    elif .type == "sticker" then "[sticker]"
    elif (.text // "") != "" then .text
    elif .type | IN("picture", "video", "file") then null
    else "[\(.type)]" end;

def files:
  .message
  | if .type | IN("picture", "video", "file", "sticker") then
      [select(.media != null)
       | {reference: .media, name: .file_name, size,
          type: ({picture: "image/jpeg", video: "video/mp4", sticker: "image/png"}[.type])}]
    else [] end;

if .event == "message" then
  {
    kind: "message", id: .message_token, thread: .sender.id, author: (.sender | person), text: words, files: files,
    at: (.timestamp | seconds), language: .sender.language,
    fields: {type: (if .message.type == "text" then null else .message.type end), country: .sender.country,
             sticker: .message.sticker_id, tracking_data: (if .message.tracking_data == "" then null else .message.tracking_data end)}
  }
elif .event == "delivered" or .event == "seen" or .event == "failed" then
  {kind: "receipt", id: .message_token, receipt: ({delivered: "delivered", seen: "read", failed: "failed"}[.event]),
   reason: .desc, at: (.timestamp | seconds)}
elif .event == "subscribed" or .event == "conversation_started" then
  {kind: "contact", id: "\(.event):\(.message_token // .timestamp)", author: (.user | person), thread: .user.id,
   at: (.timestamp | seconds), language: .user.language,
   fields: {status: (if .event == "subscribed" then "joined" else "opened" end), context: .context}}
elif .event == "unsubscribed" then
  {kind: "contact", id: "unsubscribed:\(.message_token // .timestamp)", author: {id: .user_id}, thread: .user_id,
   at: (.timestamp | seconds), fields: {status: "blocked"}}
else empty end
