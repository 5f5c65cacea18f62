# A file by its link. Pictures and videos are shown; they have few types and sizes, the rest are files.
def media:
  (.type // "") as $type
  | if ($type | IN("image/jpeg", "image/png")) and .size <= 1048576 then {type: "picture", text: "", media: .link}
    elif $type == "video/mp4" and .size <= 27262976 then {type: "video", media: .link, size}
    else {type: "file", media: .link, size, file_name: (.name // "file" | .[-256:])} end;

# A reply → send_message. tracking_data comes back with what the person answers.
{
  method: "POST", path: "/pa/send_message",
  json: ({
    receiver: .thread, min_api_version: 1,
    sender: ({name: $settings.sender_name[:28], avatar: $settings.sender_avatar} | with_entries(select(.value != null))),
    tracking_data: .conversation
  } + (if .file != null then .file | media else {type: "text", text} end) | with_entries(select(.value != null)))
}
