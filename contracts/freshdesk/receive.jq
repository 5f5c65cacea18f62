# What an automation rule calls back with → our commands. The body is the one that README.md writes into the rule:
# {"kind": "comment" | "status" | "priority", "ticket", "key", "status", "priority", "at", "by"}.
# Of a comment the ticket's own list is read ($req.calls.comments): the last ten words of agents, each under its own id,
# so what was told before is a duplicate and what a lost call left out is made up for.

def conversation: (. // "" | capture("^(?<id>con_[0-9abcdefghjkmnpqrstvwxyz]{26})") | .id)? // null;

def is_ours: . != null and tostring == $settings.user_id;

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

. as $call | (.key | conversation) as $conversation
| select($conversation != null)
| {ticket: $call.ticket, conversation: $conversation} as $which
| if .kind == "comment" then
    [$req.calls.comments | to_entries[]? | .key as $page | .value | arrays | .[] | . + {page: $page}
     | select(.incoming != true) | select(.user_id | is_ours | not)]
    | sort_by(.created_at) | .[-10:][]
    | $which + {kind: (if .private == true then "note" else "reply" end), id: "comment:\(.id)",
       text: (.body_text // ""),
       # The address of a file is signed and ends: it is read from the ticket again when the file is wanted.
       files: (.page as $page | [.attachments[]? | {reference: "\($call.ticket)/\($page)/\(.id)", name,
         type: .content_type, size}]),
       agent: (if .user_id == null then null else {id: .user_id} end), at: .created_at}
    | select(.text != "" or .files != [])
  elif .kind == "status" then
    $which + {kind: (if told("status_in"; .status) == "closed" then "close" else "reopen" end),
      id: "status:\(.ticket):\(.status):\(.at // $now)"}
  elif .kind == "priority" then
    $which + {kind: "override", priority: told("priority_in"; .priority),
      id: "priority:\(.ticket):\(.priority):\(.at // $now)"}
  else empty end
