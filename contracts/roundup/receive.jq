# What the detector of README.md posts → our commands:
# {"issue", "external_id", "actor", "actor_name", "at", "status", "was_status", "priority", "was_priority", "messages": [{"id", "content"}], "files": [{"reference", "name", "type"}]}

select((.external_id // "") | test("^con_[0-9a-hjkmnp-tv-z]{26}$"))
| select(.actor != $settings.user)
| {ticket: .issue, conversation: .external_id, at, agent: {id: .actor, name: .actor_name}} as $base
# Files are linked to the issue: they belong to the first message that was said in the same change, and without one
# they stay inside.
| .files as $files
| (.messages // [] | to_entries[] | .key as $index | .value
   # Roundup knows no internal message: one that begins with "note:" stays inside.
   | $base + {id: .id, kind: (if .content | test("^\\s*note:"; "i") then "note" else "reply" end), text: .content}
   + (if $index == 0 and ($files // []) != [] then {files: $files} else {} end)),
  (select(.was_status != null) | vocab("status_in"; .was_status) as $was | vocab("status_in"; .status) as $is
   | select($was != $is)
   | $base + {id: "status:\(.issue):\(.at)", kind: (if $is == "closed" then "close" else "reopen" end)}),
  (select(.was_priority != null) | vocab("priority_in"; .was_priority) as $was | vocab("priority_in"; .priority) as $is
   | select($was != $is) | $base + {id: "priority:\(.issue):\(.at)", kind: "override", priority: $is})
