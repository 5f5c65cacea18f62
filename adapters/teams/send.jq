# A reply → one activity in the conversation. The address came with the message, and Microsoft signed it.
(.context // {}) as $context
| ($context.conversation // (.thread | split(" ")[0])) as $conversation
# Point at the message that the agent chose; in a channel the conversation's id holds the thread already.
| (if .reply_to != null and (.part // 1) <= 1 then .reply_to | split(" ")[1] else null end) as $target
| "/v3/conversations/\($conversation | @uri)/activities" as $path
| {
    method: "POST",
    json: ({type: "message", text: .text, textFormat: "plain", replyToId: $target} | with_entries(select(.value != null)))
  }
  + (if $context.service_url != null then {url: (($context.service_url | rtrimstr("/")) + $path)} else {path: $path} end)
