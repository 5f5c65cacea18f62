# A reply → chat.postMessage, in the thread of the message that is answered. Agents' text is plain: no marks of Slack's.
# A file → where to put it (files.getUploadURLExternal), its bytes, and the post that shows it.
(.thread | split(":")) as $place
| (.context.channel // $place[0]) as $channel
# The second part of a thread in a direct message is its `ts`, never a person.
| (if .context != null then .context.thread_ts else $place[1] end) as $thread
| if .file != null and .step == "place" then
    {method: "POST", path: "/files.getUploadURLExternal",
     form: {filename: (.file.name // "file"), length: (.file.size | tostring)}}
  elif .file != null and .step == "bytes" then
    {method: "POST", url: .steps.place.url, auth: "none", body_file: .file.id, content_type: "application/octet-stream"}
  elif .file != null then
    {method: "POST", path: "/files.completeUploadExternal",
     json: ({
         files: [{id: .steps.place.file, title: (.file.name // "file")}], channel_id: $channel, thread_ts: $thread
       } | with_entries(select(.value != null)))}
  elif .step == "post" then
    {method: "POST", path: "/chat.postMessage",
     json: ({
         channel: $channel, thread_ts: $thread,
         text: (.text | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;")),
         mrkdwn: false
       } | with_entries(select(.value != null)))}
  else empty end
