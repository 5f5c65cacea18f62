# What the inbox's webhook tells → our commands. Conversations that are not ours (the source id is no conversation of
# ours) and what our own agent wrote yield nothing.

def is_conversation: type == "string" and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

def is_ours: . != null and tostring == $settings.user_id;

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

def changed($name): [.changed_attributes[]? | .[$name]? // empty | .current_value] | length > 0;

if .event == "message_created" then
  select(.message_type == "outgoing" or .message_type == 1)
  | select(.sender.id | is_ours | not)
  | select(.conversation.contact_inbox.source_id | is_conversation)
  | {kind: (if .private == true then "note" else "reply" end), id: "message:\(.id)", ticket: .conversation.id,
     conversation: .conversation.contact_inbox.source_id,
     # A file comes as an address.
     text: ([.content // empty, (.attachments[]? | .data_url // empty)] | map(select(. != "")) | join("\n")),
     agent: (if .sender.id == null then null else .sender | {id, name, email} end), at: .created_at}
  | select(.text != "")
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
