# One event of a room, or one receipt, as `items` gives it → our events.

def at: .origin_server_ts / 1000;

def relation: .content["m.relates_to"] // {};

# In a thread a client names the last event as answered, for those that know no threads: that is no reply.
def reply_to: relation | if .is_falling_back == true then null else .["m.in_reply_to"].event_id end;

# Older clients put what is answered before the answer: "> <@ada:example.org> words", line by line, and an empty line.
def answer:
  if test("^> (\\* )?<@[^>]+>") then
    split("\n") | ((map(startswith("> ")) | index(false)) // length) as $count
    | .[$count:] | (if .[0] == "" then .[1:] else . end) | join("\n")
  else . end;

def is_media: .msgtype | IN("m.image", "m.file", "m.audio", "m.video", "m.sticker");

# `filename` makes `body` a caption (1.10); without it `body` is the file's name.
def filename: .filename // .body;
def caption: if .filename != null and .filename != .body then .body else null end;

# Of a content: the words of a person who is called $name.
def words($name; $answers):
  (if is_media then
     if .url == null then "[encrypted file: \(filename)]" else caption end
   elif .msgtype == "m.location" then [.body, .geo_uri] | map(select(. != null)) | join("\n")
   else .body end)
  | if type != "string" or . == "" then null elif $answers then answer else . end
  | if . != null and $name != null then "* \($name) \(.)" else . end;

def files:
  if is_media and .url != null then [{reference: .url, name: filename, type: .info.mimetype, size: .info.size}] else [] end;

def author: {id: .sender, name: .sender_name, handle: .sender};

# Many people share a room: the one who is talked with stands in ours.
def thread($person): "\(.room_id)/\($person)";

# An action is told in the third person: "* Ada waves".
def actor: if .content.msgtype == "m.emote" then .sender_name // .sender else null end;

# Our own words go to whom they mention, or to the only other one in the room; else nobody knows to whom.
def partner:
  (.content["m.mentions"].user_ids // []) | map(select(. != $settings.user_id)) | .[0];

def said($text; $files; $kind):
  (.sender == $settings.user_id) as $own
  | (if $own then partner // .other else .sender end) as $person
  | select($person != null and ($text != null or $files != []))
  | {
      kind: (if $own then "echo" else "message" end), id: .event_id, thread: thread($person), author: author,
      text: $text, files: $files, reply_to: reply_to, at: at,
      context: (if $own then null else
        {room: .room_id, event: .event_id, thread: (relation | if .rel_type == "m.thread" then .event_id else null end)} end),
      permalink: "https://matrix.to/#/\(.room_id | @uri)/\(.event_id | @uri)",
      fields: {room: .room_name, msgtype: $kind}
    };

def edit:
  actor as $name | (.content["m.new_content"] | if type == "object" then words($name; false) else null end) as $text
  | select($text != null)
  | {kind: "edit", id: relation.event_id, thread: (if .sender == $settings.user_id then null else thread(.sender) end),
     author: author, text: $text, at: at};

if .type == "m.room.message" then
  # A notice is what machines say; it must not be answered by one.
  select(.content.msgtype != null and (.content.msgtype != "m.notice" or .sender == $settings.user_id))
  | if relation.rel_type == "m.replace" then edit
    else
      actor as $name | (relation["m.in_reply_to"] != null) as $answers
      | (.content | words($name; $answers)) as $text | (.content | files) as $files
      | said($text; $files; .content.msgtype)
    end
elif .type == "m.sticker" then
  (.content + {msgtype: "m.sticker"} | [., files]) as [$sticker, $files] | said($sticker.body; $files; "m.sticker")
elif .type == "m.room.encrypted" then
  # Nobody but its devices can read it: the agent sees that something was said. A changed one is not told again.
  select(.content.ciphertext != null and .sender != $settings.user_id and relation.rel_type != "m.replace")
  | said("[encrypted message]"; []; "m.room.encrypted")
elif .type == "m.reaction" then
  select(.sender != $settings.user_id and relation.rel_type == "m.annotation")
  | {kind: "reaction", id: relation.event_id, thread: thread(.sender), author: author, reaction: relation.key, at: at}
elif .type == "m.room.redaction" then
  # Since room version 11 the content names it.
  (.content.redacts // .redacts) as $event | select($event != null)
  | {kind: "delete", id: $event, at: at}
elif .type == "m.receipt" then
  {kind: "receipt", id: .event, thread: thread(.user), receipt: "read", at: (.ts / 1000),
   # In a thread only the event itself; else everything before it too, known by the time of the reading.
   up_to: (if .thread_id == null or .thread_id == "main" then .ts / 1000 else null end)}
elif .type == "samtal.gap" then
  error("events of room \(.room_id) before \(.prev_batch) were left out: more than 100 came at one time")
else empty end
