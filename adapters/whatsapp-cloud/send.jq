# A reply → one text message. A phone number is `to`; who is known by a user id alone ("CO.1047…") is `recipient`.
{
  method: "POST", path: "/\($settings.phone_number_id)/messages",
  json: (
    {messaging_product: "whatsapp", recipient_type: "individual", type: "text", text: {body: .text, preview_url: false}}
    + (if .thread | test("^[A-Z]{2}\\.") then {recipient: .thread} else {to: .thread} end)
    + (if .reply_to != null and (.part // 1) <= 1 then {context: {message_id: .reply_to}} else {} end)
  )
}
