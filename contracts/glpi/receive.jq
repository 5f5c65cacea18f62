# What GLPI's webhooks post with their default payload → our commands: {"event", "item", "parent_item"}. What it is about
# stands in the webhook's address: …?about=followup, …?about=solution, …?about=ticket (see README.md).

def ours: type == "string" and test("^con_[0-9a-hjkmnp-tv-z]{26}$");

# A time that tells its zone.
def time: if test("[0-9]T[0-9].*(Z|[+-][0-9]{2}:?[0-9]{2})$")? then . else null end;

# Without a user the followup is the person's own, by mail or portal, as far as the payload tells.
def of_requester($team):
  .user.id as $id | $id != null and any($team[]?; .type == "User" and .role == "requester" and .id == $id);

$req.query.about as $about | .item as $item | .parent_item as $parent
| if $about == "followup" or $about == "solution" then
    select(.event == "new" and $item.itemtype == "Ticket") | select($parent.external_id | ours)
    # Our own doings, by their user (where GLPI tells it) and by their source.
    | select("\($item.user.id)" != $settings.user_id and "\($item.request_type.id)" != $settings.source_id)
    | select($item | of_requester($parent.team) | not)
    | {kind: (if $item.is_private == true or $item.is_private == 1 then "note" else "reply" end),
       id: "\($about):\($item.id)", ticket: "\($item.items_id)", conversation: $parent.external_id,
       text: ($item.content // "" | html_to_text),
       files: [$req.calls.documents["\($item.id)"] | arrays | .[]
               | {reference: "\(.id)", name: (.filename // .name), type: .mime}],
       agent: (if $item.user.id == null then null else {id: "\($item.user.id)", name: $item.user.name} end),
       at: ($item.date_creation | time)}
  elif $about == "ticket" then
    select(.event == "update" and $item.is_deleted != true) | select($item.external_id | ours)
    | {ticket: "\($item.id)", conversation: $item.external_id, at: ($item.date_mod | time)} as $base
    # GLPI tells how the ticket stands, not what was changed: what stands so already changes nothing.
    | $base + {kind: (if vocab("status_in"; "\($item.status.id)") == "closed" then "close" else "reopen" end),
        id: "status:\($item.id):\($item.status.id):\($item.date_mod)"},
      (select($item.priority != null)
       | $base + {kind: "override", priority: vocab("priority_in"; "\($item.priority)"),
           id: "priority:\($item.id):\($item.priority):\($item.date_mod)"})
  else empty end
