# One callback of Twilio (a form) → our events: a message of a person, or what became of one of ours.
# A form's values are texts; files are numbered: MediaUrl0, MediaContentType0, …

def some: if . == null or . == "" then null else . end;

def files:
  . as $form
  | [range((.NumMedia // "0") | tonumber)
     | {reference: $form["MediaUrl\(.)"], type: $form["MediaContentType\(.)"]} | select(.reference != null)];

def receipt: {sent: "sent", delivered: "delivered", read: "read", undelivered: "failed", failed: "failed"}[.MessageStatus];

if .MessageStatus != null and .MessageStatus != "received" then
  receipt as $receipt | select($receipt != null)
  | {kind: "receipt", id: .MessageSid, receipt: $receipt,
     reason: (if $receipt == "failed" and (.ErrorCode | some) != null then "error \(.ErrorCode)" else null end)}
elif .From != null and (.MessageSid // .SmsMessageSid) != null then
  files as $files
  | {
      kind: "message", id: (.MessageSid // .SmsMessageSid),
      # Somebody who writes to two of our numbers talks with us in two places.
      thread: "\(.From):\(.To)", author: {id: .From, phone: (if .From | startswith("+") then .From else null end)},
      text: (.Body | some // (if $files == [] then "[empty]" else null end)), files: $files,
      context: {from: .To, messaging_service_sid: (.MessagingServiceSid | some)},
      fields: {country: (.FromCountry | some), city: (.FromCity | some), segments: (.NumSegments | some), opt_out: (.OptOutType | some)}
    }
else empty end
