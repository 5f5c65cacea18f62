# What the inbox's webhook tells → our commands. Conversations that are not ours (the source id is no conversation of
# ours) and what our own agent wrote yield nothing.

def is_conversation: type == "string" and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

def is_ours: . != null and tostring == $settings.user_id;

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

# A file tells neither its name nor its type: the name is the end of its address.
def is_file: .file_type | IN("image", "audio", "video", "file");
def name: sub("[?#].*$"; "") | sub("^.*/"; "") | gsub("%20"; " ") | if . == "" then null else . end;

def changed($name): [.changed_attributes[]? | .[$name]? // empty | .current_value] | length > 0;

if .event == "message_created" then
  select(.message_type == "outgoing" or .message_type == 1)
  | select(.sender.id | is_ours | not)
  | select(.conversation.contact_inbox.source_id | is_conversation)
  | {kind: (if .private == true then "note" else "reply" end), id: "message:\(.id)", ticket: .conversation.id,
     conversation: .conversation.contact_inbox.source_id,
     # What is no file (a place, a story) comes as its address.
     text: ([.content // empty, (.attachments[]? | select(is_file | not) | .data_url // empty)]
            | map(select(. != "")) | join("\n")),
     files: [.attachments[]? | select(is_file and .data_url != null)
             | {reference: .data_url, name: (.data_url | name), size: .file_size}],
     agent: (if .sender.id == null then null else .sender | {id, name, email} end), at: .created_at}
  | select(.text != "" or .files != [])
elif .event == "conversation_status_changed" then
  select(.contact_inbox.source_id | is_conversation)
  | {kind: (if told("status_in"; .status) == "closed" then "close" else "reopen" end),
     id: "status:\(.id):\(.status):\(.updated_at // .timestamp)", ticket: .id,
     conversation: .contact_inbox.source_id}
elif .event == "conversation_updated" and changed("priority") then
  select(.contact_inbox.source_id | is_conversation)
  | {kind: "override", priority: told("priority_in"; .priority),
     id: "priority:\(.id):\(.priority):\(.updated_at // .timestamp)", ticket: .id,
     conversation: .contact_inbox.source_id}
else empty end
