# A reply → send_message. tracking_data comes back with what the person answers.
{
  method: "POST", path: "/pa/send_message",
  json: ({
    receiver: .thread, min_api_version: 1, type: "text", text,
    sender: ({name: $settings.sender_name[:28], avatar: $settings.sender_avatar} | with_entries(select(.value != null))),
    tracking_data: .conversation
  } | with_entries(select(.value != null)))
}
