# One of our events → at most one request a step.

# The files that can be given; RT takes none that is empty.
def carried($message): [$message.attachments[]? | select(.refused == null and .size != 0)];

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words as the person wrote them, and the files that cannot be given, by name.
def words($message):
  [(($message.text // "") | if $message.format == "html" then html_to_text else . end),
   (($message.attachments // []) - carried($message) | .[]
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
       if .size == null then "" else ", \(.size) bytes" end)\(
       if .refused == null then "" else ": \(.refused)" end)\(if .link == null then "" else " \(.link)" end)]")]
  | map(select(. != "")) | join("\n") | named($message);

# RT takes files in base64: {"$file": …} becomes that when the request is made.
def files($message):
  carried($message) | if . == [] then {} else {Attachments: map(
    {FileName: (.name // "file"), FileType: (.type // "application/octet-stream"), FileContent: {"$file": .id}})} end;

# What stands in the ticket for an event: {text, note}; empty for events that are no message.
def told($event):
  $event.data.message as $message
  | if $event.type == "samtal.message.received" then {text: words($message), note: false, files: files($message)}
    elif $event.type == "samtal.message.sent" then
      # What an agent wrote in the CRM is there already.
      if $message.source.endpoint == $self.endpoint then empty
      else {text: "\($message.author.name // "Sent"): \(words($message))", note: false, files: files($message)} end
    elif $event.type == "samtal.message.failed" then
      {text: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.edited" then
      {text: "An earlier message was changed to:\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.deleted" then
      {text: "An earlier message of \($message.at) was deleted by its writer.", note: true}
    else empty end;

# TicketSQL: a quote inside a text is escaped by a backslash.
def quoted: "'" + gsub("(?<c>[\\\\'])"; "\\\(.c)") + "'";

# The subject of a correspondence is ours to choose; it is how a lost answer is found again.
def mark($event): "samtal \($event.data.message.id) \($event.type | sub("^samtal.message."; ""))";

.event as $event | .ticket as $ticket | .steps as $steps | .step as $step
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| "/REST/2.0" as $root
| if $step == "found" and $new then
    {method: "GET", path: "\($root)/tickets",
     query: {query: "CF.{\($settings.field)} = \($event.data.conversation.id | quoted)", per_page: "1"}}
  elif $step == "created" and $new and $steps.found == null then
    $event.data as $data
    | {method: "POST", path: "\($root)/ticket",
       json: ({Queue: $settings.queue,
         Subject: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]),
         Requestor: $data.person.email, Content: words($data.message), ContentType: "text/plain",
         Priority: $vocab.priority_out[$data.conversation.priority // "normal"],
         CustomFields: {($settings.field): $data.conversation.id}} + files($data.message)
         | with_entries(select(.value != null)))}
  elif $ticket == null then empty # nothing there yet that could be told, or the message is the ticket's first
  elif $step == "said" then
    told($event) | {method: "GET", path: "\($root)/transactions",
      query: {query: "ObjectType = 'RT::Ticket' AND ObjectId = \($ticket.id) AND Subject = \(mark($event) | quoted)"}}
  elif $step == "message" and $steps.said == null then
    told($event) | {method: "POST", path: "\($root)/ticket/\($ticket.id)/\(if .note then "comment" else "correspond" end)",
      json: ({Subject: mark($event), Content: .text, ContentType: "text/plain"} + .files)}
  elif $step == "changed" and $event.data.cause.endpoint != $self.endpoint then
    {method: "PUT", path: "\($root)/ticket/\($ticket.id)"} as $put
    | if $event.type == "samtal.conversation.closed" then $put + {json: {Status: $vocab.status_out.closed}}
      elif $event.type == "samtal.conversation.reopened" then $put + {json: {Status: $vocab.status_out.open}}
      elif $event.type == "samtal.conversation.updated" then
        $put + {json: {Priority: $vocab.priority_out[$event.data.conversation.priority]}}
      else empty end
  else empty end
