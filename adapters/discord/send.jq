# A reply → a message in the channel, pointing at the one it answers. Nobody but its writer is pinged.
(.context.channel_id // (.thread | split(":")[0])) as $channel
| (.reply_to // .context.message_id) as $target
| ({
    content: (if .file == null then .text else null end),
    # At most 25 characters. The same for every attempt: Discord gives back the message that exists.
    nonce: "\(.key[-21:])-\(.part // 1)", enforce_nonce: true,
    allowed_mentions: {parse: [], replied_user: true},
    message_reference: (if $target != null and (.part // 1) <= 1
      then {message_id: $target, fail_if_not_exists: false} else null end)
  } | with_entries(select(.value != null))) as $message
| {method: "POST", path: "/channels/\($channel)/messages"}
  + (if .file == null then {json: $message}
     else {multipart: [{name: "payload_json", value: $message}, {name: "files[0]", file: .file.id}]} end)
