# One of our events → at most one request.

def clean: with_entries(select(.value != null));

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words as the person wrote them. `body` would be read as Markdown, so plain text goes as escaped HTML.
def words($message):
  ($message.text // "") as $text
  | ([$message.attachments[]? | select(.refused != null)
      | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
        if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(
        if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | def html: @html | gsub("\r?\n"; "<br>");
    (if $message.format == "html" then $text else $text | html end) as $shown
  | [$shown, ($files | html)] | map(select(. != "")) | join("<br>")
  | if . == "" then named($message) | html else . end;

# A comment with the files that were uploaded for it.
def comment($message; $uploads):
  {html_body: words($message), public: true} + (if $uploads == [] then {} else {uploads: $uploads} end);

def note($text): {html_body: ($text | @html | gsub("\r?\n"; "<br>")), public: false};

def update($ticket; $change): {method: "PUT", path: "/api/v2/tickets/\($ticket.id).json", json: {ticket: $change}};

def person_name: .name // .handle // .email // .phone // "Unknown";

def create($event; $uploads):
  $event.data as $data | $data.message as $message
  | {method: "POST", path: "/api/v2/tickets.json",
     json: {ticket: {
       subject: ($data.conversation.subject // $message.text // "A message on \($message.channel)" | .[0:150]),
       comment: comment($message; $uploads),
       requester: ({name: ($data.person | person_name), email: $data.person.email} | clean),
       external_id: $data.conversation.id,
       tags: (["samtal", $message.adapter, $message.channel] | map(select(. != null)) | unique)
     }}};

.event as $event | .ticket as $ticket | $event.data.message as $message
| (if .ticket == null then "new" else "known" end) as $state
| [.steps.files[]? | values] as $uploads
| ($event.type == "samtal.message.received"
   or ($event.type == "samtal.message.sent" and $state == "known" and $message.source.endpoint != $self.endpoint)) as $carries
| if .step == "files" then
    if $carries then {method: "POST", path: "/api/v2/uploads.json", query: {filename: (.item.name // "file")}, body_file: .item.id}
    else empty end
  elif $event.type == "samtal.message.received" then
    if $state == "new" then create($event; $uploads)
    else update($ticket; {comment: (comment($message; $uploads) + ({author_id: $ticket.context.requester_id} | clean))}) end
  elif $state == "new" then empty # nothing there yet that could be told
  elif $event.type == "samtal.message.sent" then
    # What an agent wrote in Zendesk is there already.
    if $message.source.endpoint == $self.endpoint then empty else update($ticket; {comment: comment($message; $uploads)}) end
  elif $event.type == "samtal.message.failed" then
    update($ticket; {comment: note(
      "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")")})
  elif $event.type == "samtal.message.edited" then
    update($ticket; {comment: note("An earlier message was changed to:\n\n\($message.text // "")")})
  elif $event.type == "samtal.message.deleted" then
    update($ticket; {comment: note("An earlier message of \($message.at) was deleted by its writer.")})
  elif $event.data.cause.endpoint == $self.endpoint then empty
  elif $event.type == "samtal.conversation.closed" then update($ticket; {status: "solved"})
  elif $event.type == "samtal.conversation.reopened" then update($ticket; {status: "open"})
  else empty end
