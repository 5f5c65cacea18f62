# What Zendesk calls back with → our commands. Two forms come in:
# - an event of a webhook that is subscribed to ticket events: {"type": "zen:event-type:ticket.…", "detail", "event"}
# - the JSON body of a trigger as README.md writes it: {"kind", "id", "ticket", "external_id", "text", "author_id", …}
# Tickets that are not ours (their external id is no conversation of ours) and our own doings yield nothing.

def text_of: if . == null then null else tostring end;

def is_conversation: . != null and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

def is_ours: text_of == $settings.user_id;

# At Zendesk a solved ticket can be opened again, a closed one never.
def settled: . != null and (ascii_downcase | IN("solved", "closed"));

def comment:
  select(.event.comment.author.is_staff == true) | select(.event.comment.author.id | is_ours | not)
  | {kind: (if .event.comment.is_public == true then "reply" else "note" end), id: .event.comment.id,
     text: .event.comment.body, files: ($req.calls.comments[.detail.id | text_of][.event.comment.id | text_of] // null),
     agent: (.event.comment.author | {id, name})};

def status:
  select(.detail.actor_id | is_ours | not)
  | (.event.previous | settled) as $was | (.event.current | settled) as $is
  | select($was != $is)
  | {kind: (if $is then "close" else "reopen" end), id: "status:\(.id)",
     agent: (if .detail.actor_id == null then null else {id: .detail.actor_id} end)};

def event:
  select(.detail.external_id | is_conversation)
  | . as $event
  | (if .type == "zen:event-type:ticket.comment_added" then comment
     elif .type == "zen:event-type:ticket.status_changed" then status
     else empty end)
  | . + {ticket: $event.detail.id, conversation: $event.detail.external_id, at: $event.time};

def trigger:
  select(.external_id | is_conversation) | select(.author_id | is_ours | not)
  | {kind, id, ticket, conversation: .external_id, text,
     agent: (if .author_id == null then null else {id: .author_id, name: .author_name} end)};

if has("type") then event else trigger end
