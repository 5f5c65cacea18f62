# What GLPI's webhooks post with their default payload → our commands: {"event", "item", "parent_item"}. It does not
# tell what kind of thing the item is: its members do.

def ours: type == "string" and test("^con_[0-9a-hjkmnp-tv-z]{26}$");

# A time that tells its zone.
def time: if type == "string" and test("[0-9]T[0-9].*(Z|[+-][0-9]{2}:?[0-9]{2})$") then . else null end;

# What the person wrote themselves, by mail or in the portal.
def of_requester($team):
  .user.id as $id | $id != null and any($team[]?; .type == "User" and .role == "requester" and .id == $id);

.item as $item | .parent_item as $parent
| if $item.itemtype == "Ticket" and ($item | has("content")) then
    # A followup, or without "is_private" a solution.
    select(.event == "new" and ($parent.external_id | ours))
    # Our own doings, by their user (where GLPI tells it) and by their source.
    | select("\($item.user.id)" != $settings.user_id and "\($item.request_type.id)" != $settings.source_id)
    | select($item | of_requester($parent.team) | not)
    | ($item.content // "" | html_to_text) as $text
    | [$req.calls.documents["\($item.id)"] | arrays | .[]
       | {reference: "\(.id)", name: (.filename // .name), type: .mime}] as $files
    | select($text != "" or $files != [])
    # What is not told to be public stays inside.
    | {kind: (if ($item | has("is_private") | not) or $item.is_private == false then "reply" else "note" end),
       id: "\(if $item | has("is_private") then "followup" else "solution" end):\($item.id)",
       ticket: "\($item.items_id)", conversation: $parent.external_id, text: $text, files: $files,
       agent: (if $item.user.id == null then null else {id: "\($item.user.id)", name: $item.user.name} end),
       at: ($item.date_creation | time)}
  elif $item.status.id != null and ($item | has("external_id")) then
    select(.event == "update" and $item.is_deleted != true and ($item.external_id | ours))
    | {ticket: "\($item.id)", conversation: $item.external_id, at: ($item.date_mod | time)} as $base
    # GLPI tells how the ticket stands, not what was changed: what stands so already changes nothing.
    | $base + {kind: (if vocab("status_in"; "\($item.status.id)") == "closed" then "close" else "reopen" end),
        id: "status:\($item.id):\($item.status.id):\($item.date_mod)"},
      (select($item.priority != null)
       | $base + {kind: "override", priority: vocab("priority_in"; "\($item.priority)"),
           id: "priority:\($item.id):\($item.priority):\($item.date_mod)"})
  else empty end
