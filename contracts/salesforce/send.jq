# One of our events → at most one request a step. Steps: write, there, files.

# The files that can be given; Salesforce takes none that is empty.
def carried($message): [$message.attachments[]? | select(.refused == null and .size != 0)];

# What a file is found again by.
def mark: "samtal \(.id)";

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

# What stands in the ticket for an event: {text, note}; empty for events that are no message.
def told($event):
  $event.data.message as $message
  | if $event.type == "samtal.message.received" then {text: words($message), note: false}
    elif $event.type == "samtal.message.sent" then
      # What an agent wrote in the CRM is there already.
      if $message.source.endpoint == $self.endpoint then empty
      else {text: "\($message.author.name // "Sent"): \(words($message))", note: false} end
    elif $event.type == "samtal.message.failed" then
      {text: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.edited" then
      {text: "An earlier message was changed to:\n\n\($message.text // "")", note: true}
    elif $event.type == "samtal.message.deleted" then
      {text: "An earlier message of \($message.at) was deleted by its writer.", note: true}
    else empty end;

def clean: with_entries(select(.value != null));

# Event and message together: each event about a message is a row of its own.
def said($event):
  told($event)
  | {Body__c: .text, Internal__c: .note, Inbound__c: ($event.type == "samtal.message.received"),
     Occurred_At__c: ($event.data.message.at // $event.time), Channel__c: $event.data.message.channel};

.event as $event | .ticket as $ticket | $event.data as $data
| "/services/data/\($settings.api_version)" as $root | "\($root)/sobjects" as $objects | $settings.field as $field
| "\($objects)/\($settings.message_object)/\($field)/\($event.id | @uri)" as $said_url
| ($ticket.id // .steps.write) as $case
| ($data.message.source.endpoint != $self.endpoint
   and ($event.type | IN("samtal.message.received", "samtal.message.sent"))) as $carries
| if .step == "there" then
    (if $case != null and $carries then carried($data.message) else [] end) as $files
    | if $files == [] then empty else
        [$files[] | "'\(mark)'"] | join(", ")
        | {method: "GET", path: "\($root)/query",
           query: {q: "SELECT Description FROM ContentVersion WHERE Description IN (\(.))"}} end
  elif .step == "files" then
    .item as $file
    | if $case == null or ($carries | not) or (.steps.there // [] | index([$file | mark])) != null then empty else
        {method: "POST", path: "\($objects)/ContentVersion",
         json: {Title: ($file.name // "file" | .[0:255]), PathOnClient: ($file.name // "file" | .[-255:]),
           Description: ($file | mark), VersionData: {"$file": $file.id}, FirstPublishLocationId: $case}} end
  elif $ticket == null then
    if $event.type != "samtal.message.received" then empty # nothing there yet that could be told
    else {method: "POST", path: "\($root)/composite", json: {allOrNone: true, compositeRequest: [
      {method: "PATCH", referenceId: "contact", url: "\($objects)/Contact/\($field)/\($data.person.id | @uri)",
       body: ($data.person | {LastName: (.name // .handle // "Unknown"), Email: .email, Phone: .phone} | clean)},
      {method: "PATCH", referenceId: "case", url: "\($objects)/Case/\($field)/\($data.conversation.id | @uri)",
       body: {Subject: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]), Origin: ($vocab.origin[$data.message.adapter // ""] // $vocab.origin["*"]),
         Priority: $vocab.priority_out[$data.conversation.priority // "normal"], Contact: {($field): $data.person.id}}},
      {method: "PATCH", referenceId: "said", url: $said_url,
       body: (said($event) + {Case__r: {($field): $data.conversation.id}})}]}} end
  elif $data.message != null then
    said($event) | {method: "PATCH", path: $said_url, json: (. + {Case__c: $ticket.id})}
  elif $data.cause.endpoint == $self.endpoint then empty
  else
    (if $event.type == "samtal.conversation.closed" then {Status: $vocab.status_out.closed}
     elif $event.type == "samtal.conversation.reopened" then {Status: $vocab.status_out.open}
     elif $event.type == "samtal.conversation.updated" then {Priority: $vocab.priority_out[$data.conversation.priority]}
     else empty end)
    | {method: "PATCH", path: "\($objects)/Case/\($ticket.id)", json: .}
  end
