# One webhook of an Instagram account → our events. The same fact comes in two shapes: {"field", "value"} in the entry
# itself, and in the entry's `changes`; messages come in `messaging`, and in a change of the field "messages".

def some: if . == {} or . == [] or . == "" then null else . end;
def text_of: if . == null then null else tostring end;
def seconds:
  if . == null then null else (if type == "string" then tonumber else . end)
  | if . > 100000000000 then . / 1000 else . end end;

# ---- Direct messages: private ----

def kind_of: {image: "image/*", video: "video/*", ig_reel: "video/*", reel: "video/*", audio: "audio/*"}[.];

# Everything with an address, also shared posts and story mentions: the address is all that Instagram gives.
def files:
  [.attachments[]? | select(.payload.url != null)
   | {reference: .payload.url, name: .payload.title, type: (.type // "" | kind_of)}];

def message:
  .message as $message | ($message | files) as $files | ($message.text | some) as $words
  # An echo's recipient is the person: the thread is theirs either way.
  | (if $message.is_echo == true then .recipient.id else .sender.id end | text_of) as $person
  | {
      kind: "message", id: $message.mid, thread: $person, author: {id: $person}, visibility: "private",
      # What we cannot show is still something the person said.
      text: ($words // (if $files == [] then
        "[\(if $message.is_unsupported == true then "unsupported" else $message.attachments[0].type // "unknown" end)]"
        else null end)),
      files: $files, reply_to: $message.reply_to.mid, at: (.timestamp | seconds),
      fields: {payload: $message.quick_reply.payload, referral: ($message.referral // .referral),
               story: $message.reply_to.story,
               attachments: ([$message.attachments[]?.type | select(kind_of == null)] | some)}
    }
  | if $message.is_echo == true then . + {kind: "echo", author: null, fields: {app_id: ($message.app_id | text_of)}}
    else . end;

# A press on a button or an ice breaker is something the person says: the button's words.
def postback:
  (.sender.id | text_of) as $person
  | {kind: "message", id: (.postback.mid // "postback:\($person):\(.timestamp)"), thread: $person,
     author: {id: $person}, visibility: "private", text: (.postback.title // .postback.payload),
     at: (.timestamp | seconds), fields: {payload: .postback.payload}};

def messaging:
  (.sender.id | text_of) as $person
  | if .message != null then
      if .message.is_deleted == true then
        {kind: "delete", id: .message.mid, visibility: "private", at: (.timestamp | seconds)}
      else message end
    elif .postback != null then postback
    elif .message_edit != null then
      select((.message_edit.text // "") != "")
      | {kind: "edit", id: .message_edit.mid, thread: $person, author: {id: $person}, text: .message_edit.text,
         visibility: "private", at: (.timestamp | seconds)}
    elif .reaction != null then
      {kind: "reaction", id: .reaction.mid, author: {id: $person}, visibility: "private", at: (.timestamp | seconds),
       reaction: (if .reaction.action == "unreact" then null else .reaction.emoji // .reaction.reaction end)}
    elif .read.mid != null then
      {kind: "receipt", id: .read.mid, receipt: "read", visibility: "private", at: (.timestamp | seconds)}
    else empty end; # referrals, hand-overs

# ---- Comments and mentions: public ----

def comment($field; $account; $time):
  (.id | text_of) as $id | (.parent_id | text_of) as $parent | (.from.id | text_of) as $writer
  | ($writer == $account or .from.self_ig_scoped_id == $account) as $ours
  | select($id != null and $writer != null)
  # Many people share a post, and a comment: the writer belongs to the thread.
  | ($parent // $id) as $root
  | {
      kind: "message", id: $id, thread: "\($root):\($writer)", author: {id: $writer, handle: .from.username},
      text: .text, reply_to: $parent, visibility: "public", at: ($time | seconds),
      context: {comment_id: $id, root_id: $root},
      fields: {media_id: (.media.id | text_of), media_product_type: .media.media_product_type,
               live: (if $field == "live_comments" then true else null end)}
    }
  # Whom the account answered is not told: only the comment, not its writer.
  | if $ours then . + {kind: "echo", thread: $root, author: null, context: null} else . end;

def change($account; $time):
  .field as $field | .value
  | if $field == "comments" or $field == "live_comments" then comment($field; $account; $time)
    # A mention names the comment or the media, no words and no writer: somebody has to look.
    elif $field == "mentions" then
      {kind: "notice", id: "mention:\(.comment_id // .media_id)", visibility: "public", at: ($time | seconds),
       fields: {mention: {media_id: (.media_id | text_of), comment_id: (.comment_id | text_of)}}}
    elif type == "object" and .sender != null then messaging
    else empty end;

select(.object == "instagram") | .entry[]? | (.id | tostring) as $account | select($account == $settings.account_id)
| .time as $time
| (.messaging[]? | messaging),
  (.changes[]? | change($account; $time)),
  (select(.field != null) | change($account; $time))
