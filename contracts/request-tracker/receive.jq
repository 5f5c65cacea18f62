# What the Scrip of README.md posts → our commands:
# {"id", "type", "field", "old", "new", "ticket", "queue", "external_id", "creator": {"id", "name", "email", "privileged"}, "content", "files", "created"}

def settled: vocab("status_in"; .) == "closed";

# RT's numbers → ours. A queue may count otherwise: see README.md.
def priority: tonumber | if . < 25 then "low" elif . < 75 then "normal" elif . < 90 then "high" else "urgent" end;

select(.queue == $settings.queue)
| select((.external_id // "") | test("^con_[0-9a-hjkmnp-tv-z]{26}$"))
# Our own doings, what RT does by itself, and what the person mails to RT are no commands.
| select(.creator.id != $settings.user and .creator.id != "RT_System" and .creator.privileged == true)
| {id: "\(.id)", ticket: "\(.ticket)", conversation: .external_id, at: .created, agent: (.creator | {id, name, email})} as $base
# RT's own words where a message is nothing but files.
| (if (.content // "" | test("^This transaction appears to have no content")) and .files != [] then null
   else .content end) as $text
| if .type == "Correspond" then $base + {kind: "reply", text: $text, files}
  elif .type == "Comment" then $base + {kind: "note", text: $text, files}
  elif .type == "Status" then
    (.old | settled) as $was | (.new | settled) as $is
    | select($was != $is) | $base + {kind: (if $is then "close" else "reopen" end)}
  elif .type == "Set" and .field == "Priority" then
    (.new | priority) as $new | select($new != (.old | priority)) | $base + {kind: "override", priority: $new}
  else empty end
