# One webhook of the WhatsApp Cloud API → our events. It may carry many entries, changes, messages and statuses.

def some: if . == {} or . == [] or . == "" then null else . end;

def seconds: if . == null then null else tonumber end;

# The part of a message that its type names: {"type": "image", "image": {…}} → {…}
def content: .[.type // "unknown"] | if type == "object" then . else {} end;

def words:
  (.type // "unknown") as $type | content as $content
  | if $type == "text" then $content.body
    elif $type == "button" then $content.text
    elif $type == "interactive" then
      $content.button_reply.title // $content.list_reply.title // $content.nfm_reply.body
    elif $type == "location" then
      [$content.name, $content.address, "geo:\($content.latitude),\($content.longitude)"] # RFC 5870
      | map(select(. != null)) | join("\n")
    elif $type == "contacts" then
      [.contacts[]? | ([.name.formatted_name] + [.phones[]?.phone]) | map(select(. != null)) | join(" ")] | join("\n")
    else $content.caption end
  | if . == null then null else some end;

def files:
  (.type // "unknown") as $type
  | if $type | IN("image", "video", "audio", "document", "sticker") then
      [content | {reference: .id, name: .filename, type: .mime_type}]
    else [] end;

def fields:
  content as $content
  | {
      type: (if .type == "text" then null else .type end),
      payload: ($content.payload // $content.button_reply.id // $content.list_reply.id
        // $content.nfm_reply.response_json),
      forwarded: .context.forwarded, referral: .referral, errors: .errors
    };

# The user id stays when the phone number is hidden; the phone number is where we answer as long as it is known.
def writer($contacts):
  (.from_user_id // .from) as $id | .from as $phone | .from_user_id as $user
  | ([$contacts[] | select((.user_id != null and .user_id == $user) or (.wa_id != null and .wa_id == $phone))] | .[0])
    as $contact
  | {id: $id, name: $contact.profile.name, handle: $contact.profile.username,
     phone: (if $phone == null then null else "+" + ($phone | ltrimstr("+")) end)};

def thread: (.from // .from_user_id) | ltrimstr("+");

def message($contacts):
  files as $files
  | {kind: "message", id, thread: thread, author: writer($contacts),
     # A kind that we, or the network, cannot show is still something the person said.
     text: (words // (if $files == [] then "[\(.type // "unknown")]" else null end)),
     files: $files, reply_to: .context.id, at: (.timestamp | seconds), fields: fields};

def received($contacts):
  if .type == "reaction" then
    {kind: "reaction", id: .reaction.message_id, author: writer($contacts), reaction: (.reaction.emoji | some),
     at: (.timestamp | seconds)}
  elif .type == "edit" then
    (.edit.message | words) as $words | select($words != null)
    | {kind: "edit", id: .edit.original_message_id, author: writer($contacts), text: $words, at: (.timestamp | seconds)}
  elif .type == "revoke" then {kind: "delete", id: .revoke.original_message_id, at: (.timestamp | seconds)}
  elif .type == "system" then # a new number or a new user id
    {kind: "contact", id, at: (.timestamp | seconds), fields: .system}
  else message($contacts) end;

# What the business wrote in the WhatsApp Business app.
def echoed:
  if .type == "edit" then
    (.edit.message | words) as $words | select($words != null)
    | {kind: "edit", id: .edit.original_message_id, text: $words, at: (.timestamp | seconds)}
  elif .type == "revoke" then {kind: "delete", id: .revoke.original_message_id, at: (.timestamp | seconds)}
  elif .type == "reaction" then empty
  else
    {kind: "echo", id, thread: ((.to // .to_user_id) | ltrimstr("+")), text: words, files: files, reply_to: .context.id,
     at: (.timestamp | seconds), fields: fields}
  end;

def receipt:
  {sent: "sent", delivered: "delivered", read: "read", played: "read", failed: "failed"}[.status] as $receipt
  | select($receipt != null)
  | {kind: "receipt", id, receipt: $receipt, at: (.timestamp | seconds),
     reason: ([.errors[]? | "\(.code) \(.title // .message // ""): \(.error_data.details // "")" | rtrimstr(": ")]
       | join("; ") | some)};

.entry[]?.changes[]?.value
| select(.metadata.phone_number_id == $settings.phone_number_id)
| (.contacts // []) as $contacts
| (.messages[]? | received($contacts)), (.message_echoes[]? | echoed), (.statuses[]? | receipt)
