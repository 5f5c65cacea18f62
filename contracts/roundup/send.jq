# One of our events → at most one request a step.

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words as the person wrote them, and the files that cannot be given, by name.
def words($message):
  [(($message.text // "") | if $message.format == "html" then html_to_text else . end),
   ($message.attachments[]? | select(.refused != null)
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
       if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(if .link == null then "" else " \(.link)" end)]")]
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

def message_id($event): "<\($event.data.message.id).\($event.type | sub("^samtal.message."; ""))@samtal>";

# Status or priority, whatever this event changes.
def changes($event):
  if $event.data.cause.endpoint == $self.endpoint then {}
  elif $event.type == "samtal.conversation.closed" then {status: $vocab.status_out.closed}
  elif $event.type == "samtal.conversation.reopened" then {status: $vocab.status_out.open}
  elif $event.type == "samtal.conversation.updated" then {priority: $vocab.priority_out[$event.data.conversation.priority]}
  else {} end;

.event as $event | .ticket as $ticket | .steps as $steps | .step as $step
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| [told($event)][0] as $told
| ($steps.said // $steps.said_now) as $message
| [$steps.files[]? | values] as $files
| "/rest/data" as $root
| if $ticket == null and ($new | not) then empty # nothing there yet that could be told
  elif $step == "found" and $new then
    {method: "GET", path: "\($root)/issue", query: {"external_id:": $event.data.conversation.id, "@fields": "external_id"}}
  elif $step == "said" and $told != null then
    {method: "GET", path: "\($root)/msg", query: {"messageid:": message_id($event), "@fields": "messageid"}}
  elif $step == "said_now" and $told != null and $steps.said == null then
    {method: "POST", path: "\($root)/msg",
     # A message without an author is taken, and then cannot be linked: 409 "no such user None".
     json: {author: $settings.user, messageid: message_id($event), date: $event.data.message.at[0:19],
       content: ((if $told.note then "Note: " else "" end) + $told.text)}}
  elif $step == "files" and $told.files then
    # A form with the bytes, as the web page sends it.
    {method: "POST", path: "\($root)/file", multipart: [
      {name: "name", value: (.item.name // "file")}, {name: "type", value: (.item.type // "application/octet-stream")},
      {name: "content", file: .item.id}]}
  elif $step == "created" and $new and $steps.found == null then
    $event.data as $data
    | {method: "POST", path: "\($root)/issue",
       json: {title: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]),
         external_id: $data.conversation.id, status: $vocab.status_out.open,
         priority: $vocab.priority_out[$data.conversation.priority // "normal"], messages: [$message], files: $files}}
  elif $step == "issue" and $steps.created == null and ($told != null or changes($event) != {}) then
    {method: "GET", path: "\($root)/issue/\($ticket.id // $steps.found)"}
  elif $step == "changed" and $steps.issue != null then
    (changes($event) + (if $message == null or ($steps.issue.messages | index($message)) != null then {}
                        else {messages: ($steps.issue.messages + [$message])}
                          + (if $files == [] then {} else {files: ($steps.issue.files + $files)} end) end)) as $change
    # Replacing the whole list is safe with If-Match; "@op": "add" would add to the status too.
    | if $change == {} then empty
      else {method: "PATCH", path: "\($root)/issue/\($ticket.id // $steps.found)", headers: {"If-Match": $steps.issue.etag},
            json: $change} end
  else empty end
