# A reply → a status that answers, mentions the person, and is seen by no more people than what it answers.
(.context.acct // (.thread | split(":")[1:] | join(":"))) as $acct
| .context.visibility as $theirs
# Mastodon shows pictures, videos and sounds. Any other file is its name and a link.
| (.file != null and (.file.type // "" | test("^(image|video|audio)/"))) as $shown
| (if .file == null then .text elif $shown then "" else [.file.name, .file.link] | map(select(. != null)) | join("\n") end)
  as $words
| if .step == "media" then
    if $shown then {method: "POST", path: "/api/v2/media", multipart: [{name: "file", file: .file.id}]} else empty end
  elif .step == "ready" then
    if $shown and .steps.media.ready != true then {method: "GET", path: "/api/v1/media/\(.steps.media.id)"} else empty end
  else
    {
      method: "POST", path: "/api/v1/statuses",
      json: ({
        status: (if $words | contains("@\($acct)") then $words elif $words == "" then "@\($acct)" else "@\($acct) \($words)" end),
        media_ids: (if $shown then [.steps.media.id] else null end),
        in_reply_to_id: (.previous.id // .reply_to // .context.status_id),
        visibility: (
          if .visibility == "private" then (if $theirs | IN("direct", "private") then $theirs else "direct" end)
          else $theirs // "unlisted" end),
        spoiler_text: .context.spoiler_text
      } | with_entries(select(.value != null)))
    }
  end
