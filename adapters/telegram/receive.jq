# One Update of the Telegram Bot API → our events.
# A message id is unique within its chat only, so ours is "chat:message".

def person: # a User
  {id, name: ([.first_name, .last_name] | map(select(. != null)) | join(" ")), handle: .username};

def place: # a Chat that speaks as itself: a channel, an anonymous administrator
  {id, name: .title, handle: .username};

def writer:
  if .sender_chat != null then .sender_chat | place elif .from != null then .from | person else .chat | place end;

def message_id: "\(.chat.id):\(.message_id)";

def topic: if .is_topic_message == true then .message_thread_id else null end;

# Words of our side: posts of a channel, what a group copies from its channel, what bots say.
def is_ours:
  .chat.type == "channel" or .is_automatic_forward == true or (.sender_chat == null and .from.is_bot == true);

# In a topic every message "replies" to the one that opened the topic: that is no reply.
def answered: if .reply_to_message.forum_topic_created != null then null else .reply_to_message end;

# Where an answer goes: the chat, its topic, and in a chat of many the one who is talked with.
def thread:
  (if .chat.type | IN("private", "channel") then null
   elif is_ours and answered != null then answered | writer.id
   else writer.id end) as $person
  | [.chat.id, topic, .direct_messages_topic.topic_id, $person] | map(select(. != null) | tostring) | join(":");

def context:
  {
    chat_id: .chat.id, message_thread_id: topic, direct_messages_topic_id: .direct_messages_topic.topic_id,
    # In a chat of many an answer points at what it answers.
    message_id: (if .chat.type == "private" then null else .message_id end)
  } | with_entries(select(.value != null));

def visibility: if .chat.type == "private" or .chat.is_direct_messages == true then "private" else "public" end;

def permalink: if .chat.type != "private" and .chat.username != null
  then "https://t.me/\(.chat.username)/\(.message_id)" else null end;

def file($type): {reference: .file_id, name: .file_name, type: (.mime_type // $type), size: .file_size};

# An animation and a live photo also come as a document and a photo: take the better one only.
def files:
  [
    (if .live_photo != null then .live_photo | file("video/mp4")
     elif .photo != null then .photo | max_by(.width * .height) | file("image/jpeg") else empty end),
    (if .animation != null then .animation | file("video/mp4")
     elif .document != null then .document | file(null) else empty end),
    (.audio | select(. != null) | file("audio/mpeg")),
    (.video | select(. != null) | file("video/mp4")),
    (.video_note | select(. != null) | file("video/mp4")),
    (.voice | select(. != null) | file("audio/ogg")),
    (.sticker | select(. != null) | file(
      if .is_animated == true then "application/x-tgsticker"
      elif .is_video == true then "video/webm" else "image/webp" end))
  ];

def geo: "geo:\(.latitude),\(.longitude)"; # RFC 5870

# What stands in for words where there are none.
def words:
  .text // .caption // .sticker.emoji
  // (if .venue != null then "\(.venue.title), \(.venue.address)\n\(.venue.location | geo)"
      elif .location != null then .location | geo
      elif .contact != null then
        "\([.contact.first_name, .contact.last_name] | map(select(. != null)) | join(" ")): \(.contact.phone_number)"
      elif .dice != null then "\(.dice.emoji) \(.dice.value)"
      elif .poll != null then .poll.question
      else null end);

def reply_to: . as $message | answered | if . == null then null else "\($message.chat.id):\(.message_id)" end;

def fields:
  {
    media_group: .media_group_id, via_bot: .via_bot.username,
    forwarded: (if .forward_origin != null then true else null end)
  };

def message:
  files as $files | words as $words
  | if $words == null and $files == [] then
      # Somebody joined, a message was pinned, the group became a supergroup …
      {kind: "notice", id: message_id, thread: thread, at: .date,
       fields: ({migrate_to_chat_id, migrate_from_chat_id})}
    else
      {kind: "message", id: message_id, thread: thread, author: writer, text: $words, files: $files,
       reply_to: reply_to, context: context, visibility: visibility, at: .date, permalink: permalink,
       language: .from.language_code, fields: fields}
      + (if is_ours then {kind: "echo", context: null, language: null} else {} end)
    end
 ;

def edit:
  words as $words | select($words != null)
  | {kind: "edit", id: message_id, thread: thread, author: writer, text: $words, visibility: visibility,
     at: (.edit_date // .date)};

def emoji:
  if .type == "custom_emoji" then "custom:\(.custom_emoji_id)" elif .type == "paid" then "⭐" else .emoji end;

def reaction:
  {kind: "reaction", id: message_id,
   author: (if .user != null then .user | person else .actor_chat | place end),
   reaction: ([(.new_reaction - .old_reaction)[], .new_reaction[]] | .[0] | if . == null then null else emoji end),
   at: .date};

# A press on a button is something the person says: the button's words.
def press:
  . as $press | .message as $message
  | ([$message.reply_markup.inline_keyboard[]?[]? | select(.callback_data == $press.data) | .text] | .[0]) as $button
  | ($message + {from: $press.from, sender_chat: null}) as $place
  | if $message == null then {kind: "notice", id: "callback:\(.id)", author: (.from | person)}
    else
      {kind: "message", id: "\($message.chat.id):callback:\(.id)", thread: ($place | thread), author: (.from | person),
       text: ($button // .data // .game_short_name), reply_to: ($message | message_id), context: ($place | context),
       visibility: ($message | visibility), language: .from.language_code,
       fields: ({callback_data: .data})}
    end;

# Our own place in a chat changed: in a private chat this is the person blocking or unblocking the bot.
def membership($update):
  .new_chat_member.status as $status
  | {kind: "contact", id: "\(.chat.id):update:\($update)", author: (.from | person), at: .date,
     thread: (if .chat.type == "private" then "\(.chat.id)" else null end),
     fields: {status: (if .chat.type == "private" then (if $status == "kicked" then "blocked" else "unblocked" end)
                       elif ($status | IN("kicked", "left")) then "bot_left" else "bot_joined" end)}};

.update_id as $update
| ((.message // .channel_post) | select(. != null) | message),
  ((.edited_message // .edited_channel_post) | select(. != null) | edit),
  (.message_reaction | select(. != null) | reaction),
  (.callback_query | select(. != null) | press),
  (.my_chat_member | select(. != null) | membership($update))
