# A reply → one message or one comment. The visibility decides: what is private never goes out as a comment.

# What Messenger shows as a picture, a video or a sound; the rest are files.
def kind:
  (.type // "") as $type
  | if ($type | IN("image/jpeg", "image/png", "image/gif")) and .size <= 8388608 then "image"
    elif $type == "video/mp4" then "video"
    elif $type | IN("audio/mpeg", "audio/mp4", "audio/wav", "audio/aac") then "audio"
    else "file" end;

def linked: [.name, .link] | map(select(. != null)) | join("\n");

(.thread | split(":")) as $thread
| (.context // {}) as $context
| (if $settings.appsecret_proof == "no" then "plain" else "page" end) as $auth
| if .visibility == "public" then
    # The comment that is answered, else the post, else the comment that the thread began with.
    ($context.comment_id // $context.post_id // $thread[0]) as $target
    | {method: "POST", path: "/\($target)/comments", auth: $auth,
       # A comment can show a picture, which Facebook fetches from us.
       json: (if .file == null then {message: .text} elif .file | kind == "image" then {attachment_url: .file.link}
              else {message: (.file | linked)} end)}
  else
    # A private answer to a public comment (Meta: once, within 7 days) names the comment instead of the person.
    (if ($thread | length) == 1 then {id: $thread[0]}
     elif $context.comment_id != null then {comment_id: $context.comment_id}
     elif $context.post_id != null then {post_id: $context.post_id}
     else {comment_id: $thread[0]} end) as $recipient
    | (if $settings.human_agent == "yes" and $recipient.id != null
       then {messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT"} else {messaging_type: "RESPONSE"} end) as $why
    | (.file != null and $recipient.id != null) as $carries
    | (if $carries then {attachment: {type: (.file | kind), payload: {is_reusable: false}}}
       # To a comment go words only.
       else {text: (if .file != null then .file | linked else .text end)} end + {metadata: .key}) as $message
    | ({recipient: $recipient, message: $message} + $why) as $fields
    | {method: "POST", path: "/me/messages", auth: $auth}
      + (if $carries then
           {multipart: ([$fields | to_entries[] | {name: .key, value: (.value | if type == "string" then . else tojson end)}]
                        + [{name: "filedata", file: .file.id}])}
         else {json: $fields} end)
  end
