# One webhook of a Facebook Page → our events. It may carry many entries; each holds `messaging` (Messenger) or
# `changes` (feed, mention).

def some: if . == {} or . == [] or . == "" then null else . end;
def text_of: if . == null then null else tostring end;
def seconds: if . == null then null elif . > 100000000000 then . / 1000 else . end;

# ---- Messenger: private ----

# What has an address is a file; a place, a link or a template becomes words.
def files:
  [.attachments[]? | select(.type | IN("image", "video", "audio", "file", "sticker", "reel", "ig_reel"))
   | select(.payload.url != null)
   | {reference: .payload.url, name: (.name // .payload.title),
      type: ({image: "image/*", sticker: "image/*", video: "video/*", reel: "video/*", ig_reel: "video/*",
              audio: "audio/*"}[.type])}];

def words:
  (.text | some)
  // ([.attachments[]?
       | if .type == "location" then
           ([.title, "geo:\(.payload.coordinates.lat),\(.payload.coordinates.long)"] | map(select(. != null)))[] # RFC 5870
         elif (.type | IN("fallback", "share", "post")) then
           ([.title // .payload.title, .payload.url // .url] | map(select(. != null)))[]
         else empty end] | join("\n") | some);

# Everything that went to a person until then.
def watermark($person; $receipt; $at):
  {kind: "receipt", id: "\($receipt):\($person):\($at)", thread: $person, receipt: $receipt, up_to: ($at | seconds),
   visibility: "private", at: ($at | seconds)};

def message:
  .message as $message | ($message | files) as $files | ($message | words) as $words
  # An echo's recipient is the person: the thread is theirs either way.
  | (if $message.is_echo == true then .recipient.id else .sender.id end | text_of) as $person
  | {
      kind: "message", id: $message.mid, thread: $person, author: {id: $person}, visibility: "private",
      # What we cannot show is still something the person said.
      text: ($words // (if $files == [] then "[\($message.attachments[0].type // "unknown")]" else null end)),
      files: $files, reply_to: $message.reply_to.mid, at: (.timestamp | seconds),
      fields: {payload: $message.quick_reply.payload, referral: ($message.referral // .referral),
               sticker: ($message.sticker_id // ([$message.attachments[]?.payload.sticker_id] | .[0]) | text_of)}
    }
  | if $message.is_echo == true then
      . + {kind: "echo", author: null, fields: {app_id: ($message.app_id | text_of), metadata: $message.metadata}}
    else . end;

# A press on a button is something the person says: the button's words.
def postback:
  (.sender.id | text_of) as $person
  | {kind: "message", id: (.postback.mid // "postback:\($person):\(.timestamp)"), thread: $person,
     author: {id: $person}, visibility: "private", text: (.postback.title // .postback.payload),
     at: (.timestamp | seconds), fields: {payload: .postback.payload, referral: .postback.referral}};

def messaging:
  (.sender.id | text_of) as $person
  | if .message != null then
      if .message.is_deleted == true then
        {kind: "delete", id: .message.mid, visibility: "private", at: (.timestamp | seconds)}
      else message end
    elif .postback != null then postback
    elif .message_edit != null then
      {kind: "edit", id: .message_edit.mid, thread: $person, author: {id: $person}, text: .message_edit.text,
       visibility: "private", at: (.timestamp | seconds)}
    elif .reaction != null then
      {kind: "reaction", id: .reaction.mid, author: {id: $person}, visibility: "private", at: (.timestamp | seconds),
       reaction: (if .reaction.action == "unreact" then null else .reaction.emoji // .reaction.reaction end)}
    # A watermark says "all until then"; what names its messages is told by their names.
    elif .delivery != null then
      .delivery.watermark as $at
      | if (.delivery.mids // []) != [] then
          .delivery.mids[] | {kind: "receipt", id: ., receipt: "delivered", visibility: "private", at: ($at | seconds)}
        else watermark($person; "delivered"; $at) end
    elif .read.mid != null then
      {kind: "receipt", id: .read.mid, receipt: "read", visibility: "private", at: (.timestamp | seconds)}
    elif .read.watermark != null then watermark($person; "read"; .read.watermark)
    else empty end; # opt-ins, referrals, hand-overs

# ---- Comments, posts and mentions: public ----

# The writer: absent where the app lacks the permission, or where the person hides; their words still count.
def writer($id):
  {id: ((.from.id // .sender_id) | text_of), name: (.from.name // .sender_name)}
  | if .id == null then {id: "unknown:\($id)", name: .name} else . end;

def picture: {reference: ., type: "image/*"};
def attached: [(.photo, .photos[]?) | select(. != null) | picture] + [.video | select(. != null)
  | {reference: ., type: "video/*"}] | unique_by(.reference);

def reacted: {like: "👍", love: "❤️", care: "🤗", haha: "😆", wow: "😮", sad: "😢", angry: "😠"}[.] // .;

def public($field; $page; $time):
  (.comment_id // .post_id | text_of) as $id | select($id != null)
  | writer($id) as $writer
  | ($writer.id == $page) as $ours
  | (if .comment_id == null then .post_id
     elif .parent_id == null or .parent_id == .post_id then .comment_id
     else .parent_id end | text_of) as $root
  # Many people share a post, and a comment: the writer belongs to the thread.
  | "\($root):\($writer.id)" as $thread
  | ((.created_time // $time) | seconds) as $at
  | if .item == "reaction" or .item == "like" then
      select(.comment_id != null and ($ours | not))
      | {kind: "reaction", id: $id, author: $writer, visibility: "public", at: $at,
         reaction: (if .verb == "remove" then null else (.reaction_type // "like") | reacted end)}
    elif .verb == "remove" or .verb == "delete" then {kind: "delete", id: $id, visibility: "public", at: $at}
    elif .verb == "edit" or .verb == "edited" then
      select((.message // "") != "")
      | {kind: "edit", id: $id, thread: $thread, author: $writer, text: .message, visibility: "public", at: ($time | seconds)}
    elif .verb != "add" then empty # hidden, shown again, pinned …
    # What the Page itself posts is no conversation; what it answers is.
    elif $ours and .comment_id == null then empty
    else
      attached as $files | (.message | some) as $words
      | select($words != null or $files != [] or $field == "mention")
      | {kind: "message", id: $id, thread: $thread, author: $writer,
         text: ($words // (if $files == [] then "[\(.item // "mention")]" else null end)),
         files: $files, reply_to: (if .comment_id != null and $root != $id then $root else null end),
         visibility: "public", at: $at, permalink: (.permalink_url // .post.permalink_url),
         context: (if .comment_id != null then {comment_id: $id, post_id: (.post_id | text_of)} else {post_id: $id} end),
         fields: {item: .item, mention: (if $field == "mention" then true else null end)}}
      # Whom the Page answered is not told: only the comment, not its writer.
      | if $ours then . + {kind: "echo", thread: $root, author: null, context: null} else . end
    end;

select(.object == "page") | .entry[]? | (.id | tostring) as $page | select($page == $settings.page_id)
| .time as $time
| (.messaging[]? | messaging),
  (.changes[]? | .field as $field | select($field | IN("feed", "mention")) | .value | public($field; $page; $time))
