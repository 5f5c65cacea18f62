# A reply → an event in the room. A file → its upload, then an event that shows it.
(.context.room // (.thread | .[:index("/@")])) as $room
| (.file.type // "") as $type
| if .step == "media" then
    if .file == null then empty
    else {method: "POST", path: "/_matrix/media/v3/upload", query: {filename: .file.name}, body_file: .file.id} end
  else
    ((if .file == null then {msgtype: "m.text", body: .text}
      else {
        msgtype: (if $type | startswith("image/") then "m.image" elif $type | startswith("video/") then "m.video"
                  elif $type | startswith("audio/") then "m.audio" else "m.file" end),
        body: (.file.name // "file"), filename: .file.name, url: .steps.media,
        info: ({mimetype: .file.type, size: .file.size} | with_entries(select(.value != null)))
      } end)
     + {
       # It tells the person, and us whom the echo is for.
       "m.mentions": (if .to.id == null then {} else {user_ids: [.to.id]} end),
       "m.relates_to": (
         if .context.thread != null then
           {rel_type: "m.thread", event_id: .context.thread, is_falling_back: (.reply_to == null),
            "m.in_reply_to": {event_id: (.reply_to // .context.event)}}
         elif .reply_to != null then {"m.in_reply_to": {event_id: .reply_to}}
         else null end)
     } | with_entries(select(.value != null))) as $content
    | {
      method: "PUT",
      path: "/_matrix/client/v3/rooms/\($room | @uri)/send/m.room.message/\("\(.key)-\(.part // 1)" | @uri)",
      json: $content
    }
  end
