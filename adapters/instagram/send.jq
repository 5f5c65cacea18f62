# A reply → one direct message or one comment. The visibility decides: what is private never goes out as a comment.

# What a direct message can show; null: nothing of that kind.
def kind:
  (.type // "") as $type
  | if $type | IN("image/jpeg", "image/png", "image/gif") then (if .size <= 8388608 then "image" else null end)
    elif .size > 26214400 then null
    elif $type | IN("video/mp4", "video/ogg", "video/quicktime", "video/webm", "video/x-msvideo") then "video"
    elif $type | IN("audio/aac", "audio/mp4", "audio/x-m4a", "audio/wav", "audio/x-wav") then "audio"
    elif $type == "application/pdf" then "file"
    else null end;

def linked: [(.name // "file" | .[:100]), .link] | join("\n");

(.thread | split(":")) as $thread
| (.context // {}) as $context
| (if .file != null then .file | linked else .text end) as $words
| (if $settings.renew_token == "no" then "plain" else "account" end) as $auth
| if .visibility == "public" then
    # Comments are one level deep: the answer goes under the comment that the thread began with. They are words only.
    {method: "POST", path: "/\($context.root_id // $thread[0])/replies", auth: $auth, query: {message: $words}}
  else
    # A private answer to a public comment (Meta: once, within 7 days) names the comment instead of the person.
    (if ($thread | length) == 1 then {id: $thread[0]} else {comment_id: ($context.comment_id // $thread[0])} end)
    as $recipient
    | (if .file == null or $recipient.id == null then null else .file | kind end) as $kind
    | {
        method: "POST", path: "/\($settings.account_id)/messages", auth: $auth,
        json: (
          {recipient: $recipient,
           message: (if $kind == null then {text: $words} else {attachment: {type: $kind, payload: {url: .file.link}}} end)}
          + (if $settings.human_agent == "yes" and $recipient.id != null
             then {messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT"} else {} end)
        )
      }
  end
