# One of our events → at most one request a step.

# The files that can be given; ServiceNow takes none that is empty.
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

# Whether an attachment of the incident may be that file: it has no key of ours, but name and size.
def is($file): .file_name == ($file.name // "file") and ($file.size == null or "\(.size_bytes)" == "\($file.size)");

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

def weight: {urgency: $vocab.urgency_out[.], impact: $vocab.impact_out[.]};

def changes($event):
  if $event.data.cause.endpoint == $self.endpoint then {}
  # A resolved incident wants a code and a note; both are those of a new instance.
  elif $event.type == "samtal.conversation.closed" then
    {state: $vocab.status_out.closed, close_code: "Solution provided", close_notes: "Settled in the conversation."}
  elif $event.type == "samtal.conversation.reopened" then {state: $vocab.status_out.open}
  elif $event.type == "samtal.conversation.updated" then $event.data.conversation.priority | weight
  else {} end;

.event as $event | .ticket as $ticket | .steps as $steps | .step as $step
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| ($ticket.id // $steps.created // $steps.found) as $id
| ($new or ($event.type | IN("samtal.message.received", "samtal.message.sent"))
   and $event.data.message.source.endpoint != $self.endpoint) as $carries
| "/api/now/table/\($settings.table)" as $root
| if $step == "found" and $new then
    {method: "GET", path: $root,
     query: {sysparm_query: "correlation_id=\($event.data.conversation.id)", sysparm_fields: "sys_id", sysparm_limit: "1"}}
  elif $step == "created" and $new and $steps.found == null then
    $event.data as $data
    | {method: "POST", path: $root, query: {sysparm_fields: "sys_id,number"},
       json: ({short_description: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]),
         description: "\($data.person | .name // .handle // "Unknown") by \($data.message.channel)",
         comments: words($data.message), correlation_id: $data.conversation.id, correlation_display: "samtal"}
         + ($data.conversation.priority // "normal" | weight))}
  elif $step == "changed" and $ticket != null then
    ([told($event) | {(if .note then "work_notes" else "comments" end): .text}][0] // changes($event)) as $change
    | if $change == {} then empty
      else {method: "PATCH", path: "\($root)/\($ticket.id)", query: {sysparm_fields: "sys_id"}, json: $change} end
  elif ($step == "before" or $step == "attached") and $id != null and $carries
       and carried($event.data.message) != [] then
    {method: "GET", path: "/api/now/attachment",
     query: {sysparm_query: "table_name=\($settings.table)^table_sys_id=\($id)", sysparm_limit: "1000"}}
  elif $step == "files" and $id != null and $carries then
    # Of those that came since the first look, the ones that are this file; a message may hold two alike.
    .item as $file
    | [$steps.attached[]? | select([.sys_id] - ($steps.before // []) != []) | select(is($file))] as $there
    | [carried($event.data.message)[:($steps.files // [] | length) + 1][]
       | select(.name == $file.name and .size == $file.size)] as $alike
    | if ($there | length) >= ($alike | length) then empty
      else {method: "POST", path: "/api/now/attachment/file",
            query: {table_name: $settings.table, table_sys_id: $id, file_name: ($file.name // "file")},
            body_file: $file.id} end
  else empty end
