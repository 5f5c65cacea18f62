# Teams shows small pictures that it fetches. Files can only be offered for the person's OneDrive, which they must allow first:
# so any other file is its name and a link.
def content:
  if .file == null then {text}
  elif (.file.type | IN("image/jpeg", "image/png", "image/gif")) and .file.size <= 1048576 then
    {attachments: [.file | {contentType: .type, contentUrl: .link, name}]}
  else {text: ([.file.name, .file.link] | map(select(. != null)) | join("\n"))} end;

# A reply → one activity in the conversation. The address came with the message, and Microsoft signed it.
(.context // {}) as $context
| ($context.conversation // (.thread | split(" ")[0])) as $conversation
# Point at the message that the agent chose; in a channel the conversation's id holds the thread already.
| (if .reply_to != null and (.part // 1) <= 1 then .reply_to | split(" ")[1] else null end) as $target
| "/v3/conversations/\($conversation | @uri)/activities" as $path
| {
    method: "POST",
    json: ({type: "message", textFormat: "plain", replyToId: $target} + content | with_entries(select(.value != null)))
  }
  + (if $context.service_url != null then {url: (($context.service_url | rtrimstr("/")) + $path)} else {path: $path} end)
