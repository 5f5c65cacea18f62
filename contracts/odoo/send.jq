# One of our events → at most one request a step. JSON-2: every method is a POST with named arguments.

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

def message_id($event): "<\($event.data.message.id).\($event.type | sub("^samtal.message."; ""))@samtal>";

def call($model; $method; $arguments): {method: "POST", path: "/json/2/\($model)/\($method)", json: $arguments};

def changes($event):
  if $event.data.cause.endpoint == $self.endpoint then {}
  elif $event.type == "samtal.conversation.closed" then {stage_id: ($settings.stage_closed | tonumber)}
  elif $event.type == "samtal.conversation.reopened" then {stage_id: ($settings.stage_open | tonumber)}
  elif $event.type == "samtal.conversation.updated" then {priority: $vocab.priority_out[$event.data.conversation.priority]}
  else {} end;

.event as $event | .ticket as $ticket | .steps as $steps | .step as $step
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| ($ticket.id // $steps.created // $steps.found | if . == null then null else tonumber end) as $id
# A new ticket has the words in its description: only the message's files are still to be said.
| (if $ticket != null then [told($event)][0]
   elif $new and any($event.data.message.attachments[]?; .refused == null) then {text: "", note: false, files: true}
   else null end) as $told
| if $step == "found" and $new then
    call($settings.model; "search_read"; {domain: [[$settings.field, "=", $event.data.conversation.id]], fields: ["id"], limit: 1})
  elif $step == "created" and $new and $steps.found == null then
    $event.data as $data
    | call($settings.model; "create"; {vals_list: [
        {name: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]), description: (words($data.message) | @html | gsub("\r?\n"; "<br>")),
         partner_name: ($data.person | .name // .handle // "Unknown"), partner_email: $data.person.email,
         priority: $vocab.priority_out[$data.conversation.priority // "normal"], ($settings.field): $data.conversation.id}
        | with_entries(select(.value != null))]})
  elif $step == "said" and $told != null then
    call("mail.message"; "search_read"; {domain: [["message_id", "=", message_id($event)]], fields: ["id"], limit: 1})
  elif $step == "files" and $told.files and $steps.said == null then
    call("ir.attachment"; "create"; {vals_list: [{name: (.item.name // "file"), datas: {"$file": .item.id},
      mimetype: (.item.type // "application/octet-stream"), res_model: "mail.compose.message", res_id: 0}]})
  elif $step == "message" and $told != null and $steps.said == null then
    # A body that is no Markup is escaped by Odoo: plain text goes as it is.
    call($settings.model; "message_post"; {ids: [$id], body: $told.text, message_type: "comment",
      subtype_xmlid: (if $told.note then "mail.mt_note" else "mail.mt_comment" end), message_id: message_id($event)}
      + ([$steps.files[]? | values] | if . == [] then {} else {attachment_ids: .} end))
  elif $step == "changed" and $ticket != null then
    changes($event) as $change
    | if $change == {} then empty else call($settings.model; "write"; {ids: [$id], vals: $change}) end
  else empty end
