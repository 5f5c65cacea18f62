# One webhook of LINE → our events. It may carry many, or none: the console's "Verify" button.

def seconds: . / 1000;

def place: .source.groupId // .source.roomId // .source.userId;

# Where an answer goes: the chat, and in a chat of many the one who is talked with.
def thread:
  if .source.type == "user" then .source.userId
  else [place, .source.userId] | map(select(. != null)) | join(":") end;

def known: $req.calls.profile[.source.userId // ""] // {};

def author: {id: (.source.userId // place), name: known.name};

def visibility: if .source.type == "user" then "private" else "public" end;

# A reply token is good for about a minute, once. It counts from now: a webhook that comes again brings a living one.
def expiry: $now | sub("\\.[0-9]+"; "") | fromdateiso8601 + 50;

def reply_by_token:
  if .replyToken == null then {}
  else {context: {reply_token: .replyToken}, context_once: true, context_expires: expiry} end;

def words:
  .message
  | if .type == "text" then .text
    elif .type == "location" then [.title, .address, "geo:\(.latitude),\(.longitude)"] | map(select(. != null)) | join("\n") # RFC 5870
    elif .type == "sticker" then .text // (if (.keywords // []) == [] then "[sticker]" else "[\(.keywords[0])]" end)
    elif .type | IN("image", "video", "audio", "file") then null
    else "[\(.type)]" end; # a kind that we do not know is still something the person said

def files:
  .message
  | if .type | IN("image", "video", "audio", "file") then
      [{
        reference: (if .contentProvider.type == "external" then .contentProvider.originalContentUrl else .id end),
        name: .fileName, size: .fileSize,
        type: ({image: "image/jpeg", video: "video/mp4", audio: "audio/m4a"}[.type])
      }]
    else [] end;

def message:
  {
    kind: "message", id: .message.id, thread: thread, author: author, text: words, files: files,
    reply_to: .message.quotedMessageId, visibility: visibility, at: (.timestamp | seconds), language: known.language,
    fields: {
      type: (if .message.type == "text" then null else .message.type end), image_set: .message.imageSet.id,
      sticker: (if .message.type == "sticker" then "\(.message.packageId):\(.message.stickerId)" else null end)
    }
  } + reply_by_token;

def contact($status):
  {kind: "contact", id: "event:\(.webhookEventId)", author: author, thread: thread, at: (.timestamp | seconds),
   fields: {status: $status}};

.events[]?
# In standby another module has the word: what it gets is not for us to answer.
| select(.mode != "standby" and .source != null)
| if .type == "message" then message
  elif .type == "unsend" then {kind: "delete", id: .unsend.messageId, at: (.timestamp | seconds)}
  elif .type == "postback" then
    {kind: "notice", id: "event:\(.webhookEventId)", author: author, at: (.timestamp | seconds),
     fields: {postback: .postback.data, params: .postback.params}}
  elif .type == "follow" then contact(if .follow.isUnblocked == true then "unblocked" else "joined" end)
  elif .type == "unfollow" then contact("blocked")
  elif .type == "join" then contact("bot_joined")
  elif .type == "leave" then contact("bot_left")
  else empty end
