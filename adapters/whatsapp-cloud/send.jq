# A file by its link. What WhatsApp shows as an image, a sound or a video has few types; the rest are documents.
def media:
  (.type // "") as $type
  | if ($type | IN("image/jpeg", "image/png")) and (.size // 0) <= 5242880 then {type: "image", image: {link}}
    elif ($type | IN("video/mp4", "video/3gpp")) and (.size // 0) <= 16777216 then {type: "video", video: {link}}
    elif ($type | IN("audio/aac", "audio/mp4", "audio/mpeg", "audio/amr", "audio/ogg")) and (.size // 0) <= 16777216 then
      {type: "audio", audio: {link}}
    else {type: "document", document: ({link} + (if .name == null then {} else {filename: .name} end))} end;

# A reply → one message. A phone number is `to`; who is known by a user id alone ("CO.1047…") is `recipient`.
{
  method: "POST", path: "/\($settings.phone_number_id)/messages",
  json: (
    {messaging_product: "whatsapp", recipient_type: "individual"}
    + (if .file != null then .file | media else {type: "text", text: {body: .text, preview_url: false}} end)
    + (if .thread | test("^[A-Z]{2}\\.") then {recipient: .thread} else {to: .thread} end)
    + (if .reply_to != null and (.part // 1) <= 1 then {context: {message_id: .reply_to}} else {} end)
  )
}
