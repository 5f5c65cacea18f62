# A message that was asked for, or an event that Discord posted → our events.

# 0 is a message, 19 a reply; everything else is the server talking (joins, pins, boosts …).
def message:
  select(.type | IN(0, 19))
  | (.author.id == $settings.bot_user_id) as $own
  | select($own or (.author.bot != true and .webhook_id == null))
  | "\(.channel_id)/\(.id)" as $place
  | [.attachments[]? | {reference: "\($place)/\(.id)", name: .filename, type: .content_type, size}] as $files
  | [.sticker_items[]?.name | "[\(.)]"] as $stickers
  | ([.content, $stickers[]] | map(select(. != null and . != "")) | join("\n")) as $words
  | select($words != "" or $files != [])
  | {
      kind: (if $own then "echo" else "message" end), id: .id,
      # Many people share a channel: the one who is talked with stands in the thread.
      thread: "\(.channel_id):\(if $own then .referenced_message.author.id // .author.id else .author.id end)",
      author: {id: .author.id, name: (.author.global_name // .author.username), handle: .author.username},
      text: (if $words == "" then null else $words end), files: $files, reply_to: .message_reference.message_id,
      context: (if $own then null else {channel_id, message_id: .id} end),
      visibility: "public", at: .timestamp,
      permalink: (if $settings.guild_id != null then "https://discord.com/channels/\($settings.guild_id)/\(.channel_id)/\(.id)" else null end)
    };

if $req.poll == "messages" then message
elif .event.type == "APPLICATION_AUTHORIZED" or .event.type == "APPLICATION_DEAUTHORIZED" then
  {kind: "contact", id: "\(.event.type):\(.event.data.user.id):\(.event.timestamp)", at: (.event.timestamp | if test("(Z|[-+][0-9:]+)$") then . else . + "Z" end), # Discord leaves the zone out
   author: {id: .event.data.user.id, name: .event.data.user.global_name, handle: .event.data.user.username},
   fields: {status: (if .event.type == "APPLICATION_AUTHORIZED" then "joined" else "left" end)}}
else empty end
