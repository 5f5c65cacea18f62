# A reply → sendMessage. The {token} in the path is filled in after jq is done: jq never sees it.
(.context // {}) as $context
| (.thread | split(":")[0]) as $chat
# Point at the message that the agent chose, else, in a chat of many, at the one that is answered.
| (if .reply_to != null and (.reply_to | test("^-?[0-9]+:[0-9]+$")) then .reply_to | split(":")[1] | tonumber
   else $context.message_id end) as $target
# Where it goes, and what it points at.
| ({
    chat_id: ($context.chat_id // ($chat | tonumber)),
    message_thread_id: $context.message_thread_id,
    direct_messages_topic_id: $context.direct_messages_topic_id,
    reply_parameters: (if $target != null and (.part // 1) <= 1
      then {message_id: $target, allow_sending_without_reply: true} else null end)
  } | with_entries(select(.value != null))) as $place
| if .file == null then {method: "POST", path: "/bot{token}/sendMessage", json: ($place + {text})}
  else
    # A form with the bytes. What is no photo that Telegram takes, no video and no sound goes as a document.
    (.file.type // "") as $type
    | (if ($type | IN("image/jpeg", "image/png", "image/webp")) and (.file.size // 0) <= 10485760 then "Photo"
       elif $type == "video/mp4" then "Video"
       elif $type | IN("audio/mpeg", "audio/mp4") then "Audio"
       else "Document" end) as $kind
    | {method: "POST", path: "/bot{token}/send\($kind)",
       multipart: ([$place | to_entries[] | {name: .key, value: .value}]
                   + [{name: ($kind | ascii_downcase), file: .file.id}])}
  end
