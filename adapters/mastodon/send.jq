# A reply → a status that answers, mentions the person, and is seen by no more people than what it answers.
(.context.acct // (.thread | split(":")[1:] | join(":"))) as $acct
| .context.visibility as $theirs
| {
    method: "POST", path: "/api/v1/statuses",
    json: ({
      status: (if .text | contains("@\($acct)") then .text else "@\($acct) \(.text)" end),
      in_reply_to_id: (.previous.id // .reply_to // .context.status_id),
      visibility: (
        if .visibility == "private" then (if $theirs | IN("direct", "private") then $theirs else "direct" end)
        else $theirs // "unlisted" end),
      spoiler_text: .context.spoiler_text
    } | with_entries(select(.value != null)))
  }
