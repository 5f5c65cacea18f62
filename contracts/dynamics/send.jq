# One of our events → at most one request a step.

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words as the person wrote them, and the files that cannot be given, by name.
def words($message):
  [(($message.text // "") | if $message.format == "html" then html_to_text else . end),
   ($message.attachments[]? | select(.refused != null)
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
       if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(
       if .link == null then "" else " \(.link)" end)]")]
  | map(select(. != "")) | join("\n") | named($message);

# What stands in the ticket for an event: {text, note, files}; empty for events that are no message.
def told($event):
  $event.data.message as $message
  | if $event.type == "samtal.message.received" then {text: words($message), note: false, files: true}
    elif $event.type == "samtal.message.sent" then
      # What an agent wrote in the CRM is there already.
      if $message.source.endpoint == $self.endpoint then empty
      else {text: "\($message.author.name // "Sent"): \(words($message))", note: false, files: true} end
    elif $event.type == "samtal.message.failed" then
      {text: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.edited" then
      {text: "An earlier message was changed to:\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.deleted" then
      {text: "An earlier message of \($message.at) was deleted by its writer.", note: true}
    else empty end;

def clean: with_entries(select(.value != null));

# The id of a delivery or of a file, 26 letters of Crockford's base 32, as a GUID: the same on every attempt.
def guid:
  "0123456789abcdefghjkmnpqrstvwxyz" as $letters | "0123456789abcdef" as $digits
  | [.[4:] | split("")[] | . as $letter | $letters | index($letter) | (16, 8, 4, 2, 1) as $bit | (. / $bit | floor) % 2]
  | .[2:] as $bits
  | [range(0; 128; 4) | $bits[.] * 8 + $bits[. + 1] * 4 + $bits[. + 2] * 2 + $bits[. + 3] | $digits[. : . + 1]] | join("")
  | "\(.[0:8])-\(.[8:12])-\(.[12:16])-\(.[16:20])-\(.[20:32])";

# A key in a URL: quotes are doubled.
def key: "'" + gsub("'"; "''") + "'" | @uri;

.event as $event | .ticket as $ticket | .steps as $steps | .step as $step | $event.data as $data | .item as $item
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| "/api/data/v9.2" as $root | ($ticket.id // $steps.case) as $case
| if $step == "contact" and $new then
    {method: "PATCH", path: "\($root)/contacts(\($settings.contact_key)=\($data.person.id | key))",
     json: ($data.person | {lastname: (.name // .handle // "Unknown"), emailaddress1: .email, mobilephone: .phone} | clean)}
  elif $step == "case" and $new then
    {method: "PATCH", path: "\($root)/incidents(\($settings.case_key)=\($data.conversation.id | key))",
     json: {title: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]), description: "A conversation by \($data.message.channel)",
       prioritycode: ($vocab.priority_out[$data.conversation.priority // "normal"] | tonumber),
       "customerid_contact@odata.bind": "/contacts(\($settings.contact_key)='\($data.person.id)')"}}
  elif ($step == "note" or $step == "files") and $case != null then
    told($event)
    | {subject: (if .note then "samtal" else "\($data.person.name // "The person") by \($data.message.channel)" end),
       "objectid_incident@odata.bind": "/incidents(\($case))"} as $note
    | if $step == "note" then
        {method: "PATCH", path: "\($root)/annotations(\($event.id | guid))", json: ($note + {notetext: .text})}
      elif .files then
        $item | {method: "PATCH", path: "\($root)/annotations(\(.id | guid))",
          json: ($note + {isdocument: true, filename: (.name // "file"),
                          mimetype: (.type // "application/octet-stream"), documentbody: {"$file": .id}})}
      else empty end
  elif $step == "changed" and $ticket != null and $data.cause.endpoint != $self.endpoint then
    {method: "PATCH", path: "\($root)/incidents(\($case))", headers: {"If-Match": "*"}} as $patch
    | if $event.type == "samtal.conversation.closed" then
        {method: "POST", path: "\($root)/CloseIncident",
         json: {IncidentResolution: {subject: "Settled in the conversation", "incidentid@odata.bind": "/incidents(\($case))"}, Status: 5}}
      elif $event.type == "samtal.conversation.reopened" then $patch + {json: {statecode: 0, statuscode: 1}}
      elif $event.type == "samtal.conversation.updated" then
        $patch + {json: {prioritycode: ($vocab.priority_out[$data.conversation.priority] | tonumber)}}
      else empty end
  else empty end
