# One notification or one status → our event.

def place: if .visibility | IN("direct", "private") then "private" else "public" end;

def status:
  select(.account.acct != $settings.account and .reblog == null)
  | (.content // "" | html_to_text) as $words
  | [.media_attachments[]? | {reference: (.remote_url // .url), type: ({audio: "audio/*", video: "video/*", gifv: "video/*", image: "image/*"}[.type])}
     | select(.reference != null)] as $files
  | {
      kind: "message", id,
      # A status names the one before it only: one conversation for each person, in public and in private.
      thread: "\(place):\(.account.acct)",
      author: {id: .account.acct, name: (if (.account.display_name // "") == "" then .account.username else .account.display_name end),
               handle: .account.acct, followers: .account.followers_count},
      text: ([.spoiler_text, $words] | map(select(. != null and . != "")) | join("\n\n")
        | if . == "" then (if $files == [] then "[\(.url // "empty")]" else null end) else . end),
      files: $files, reply_to: .in_reply_to_id, visibility: place, at: .created_at, permalink: .url, language,
      context: {status_id: .id, acct: .account.acct, visibility, spoiler_text: (if .spoiler_text == "" then null else .spoiler_text end)},
      fields: {hashtag: $req.item, visibility}
    };

if $req.poll | IN("mentions", "live") then select(.type == "mention") | .status | select(. != null) | status
elif $req.poll == "hashtags" then status
else empty end
