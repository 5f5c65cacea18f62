# What the business rules of README.md post → our commands:
# {"kind": "comments" | "work_notes" | "state" | "priority", "id", "ticket", "correlation_id", "text", "value", "previous",
#  "user", "user_name", "at", "files": [{"id", "name", "type", "size", "at"}]}

# ServiceNow writes times as "2026-01-02 03:04:03", in UTC.
def time: if . == null then null else sub(" "; "T") + "Z" end;

# The files that a text names, the longest name first, so that "my label.pdf" does not name "label.pdf" as well; of two
# files of one name the newer. In: [{name, at, …}].
def named_in($text):
  sort_by(.at) | reverse | sort_by(-(.name | length))
  | reduce .[] as $file ({$text, files: []};
      ($file.name | gsub("(?<sign>[^A-Za-z0-9 _])"; "\\\(.sign)")) as $pattern
      | if .text | test("(?<![\\w./-])\($pattern)(?!\\.?\\w)")
        then {text: (.text | split($file.name) | join("\n")), files: (.files + [$file | del(.at)])} else . end)
  | .files;

select((.correlation_id // "") | test("^con_[0-9a-hjkmnp-tv-z]{26}$"))
| select(.user != $settings.user)
| . as $call
| {id: "\(.kind):\(.id)", ticket, conversation: .correlation_id, at: (.at | time), agent: {id: .user, name: .user_name}} as $base
# The rule tells every attachment of the incident but ours.
| ([.files[]? | {reference: .id, name, type, size, at}] | named_in($call.text // "")) as $files
| if .kind == "comments" then $base + {kind: "reply", text: .text, files: $files}
  elif .kind == "work_notes" then $base + {kind: "note", text: .text, files: $files}
  elif .kind == "state" then
    vocab("status_in"; .previous) as $was | vocab("status_in"; .value) as $is
    | select($was != $is) | $base + {kind: (if $is == "closed" then "close" else "reopen" end)}
  elif .kind == "priority" then $base + {kind: "override", priority: vocab("priority_in"; .value)}
  else empty end
