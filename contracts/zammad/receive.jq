# A webhook of Zammad with its default body {"ticket", "article"} → our commands. What it is about stands in the
# webhook's address: …?about=article, …?about=state, …?about=priority (see README.md). Tickets that are not ours and
# our own doings yield nothing.

def is_conversation: type == "string" and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

def is_ours: . != null and tostring == $settings.user_id;

# An association comes as its name or as an object with a name.
def named: if type == "object" then .name else . end;

def person: if type == "object" and .id != null then
    {id: .id, name: ([.firstname, .lastname] | map(select(. != null and . != "")) | join(" ")
                     | if . == "" then null else . end), email: (if .email == "" then null else .email end)}
  else null end;

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

.ticket as $ticket | .article as $article
| select($ticket[$settings.key_field] | is_conversation)
| {ticket: $ticket.id, conversation: $ticket[$settings.key_field]} as $which
| $req.query.about as $about
| if $about == "article" then
    select($article.id != null) | select($article.sender | named == "Agent")
    | select($article.created_by_id | is_ours | not)
    | $which + {kind: (if $article.internal == true then "note" else "reply" end), id: "article:\($article.id)",
       text: (($article.body // "") as $body
              | if ($article.content_type // "") | startswith("text/html") then $body | html_to_text else $body end),
       # The copy of a mail's HTML is no file of the agent's.
       files: [$article.attachments[]? | select(.preferences["original-format"] != true)
               | {reference: "\($ticket.id)/\($article.id)/\(.id)", name: .filename,
                  type: (.preferences["Content-Type"] // .preferences["Mime-Type"]),
                  size: ((.size // "") | tonumber? // null)}],
       agent: (($article.created_by | person) // (if $article.created_by_id == null then null
               else {id: $article.created_by_id, name: $article.from} end)),
       at: $article.created_at}
  elif $ticket.updated_by_id | is_ours then empty
  elif $about == "state" then
    $which + {kind: (if told("status_in"; $ticket.state | named) == "closed" then "close" else "reopen" end),
      id: "state:\($ticket.id):\($ticket.updated_at)", agent: ($ticket.updated_by | person), at: $ticket.updated_at}
  elif $about == "priority" then
    $which + {kind: "override", priority: told("priority_in"; $ticket.priority | named),
      id: "priority:\($ticket.id):\($ticket.updated_at)", agent: ($ticket.updated_by | person)}
  else empty end
