# One of our events → at most one request a step. JSON-2: every method is a POST with named arguments.

# Words as the person wrote them, and the files by name: our events carry no bytes.
def words($message):
  [(($message.text // "") | if $message.format == "html" then html_to_text else . end),
   ($message.attachments[]? | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
     if .size == null then "" else ", \(.size) bytes" end)]")]
  | map(select(. != "")) | join("\n");

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
| (if $ticket == null then null else [told($event)][0] end) as $told
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
  elif $step == "message" and $told != null and $steps.said == null then
    # A body that is no Markup is escaped by Odoo: plain text goes as it is.
    call($settings.model; "message_post"; {ids: [$ticket.id | tonumber], body: $told.text, message_type: "comment",
      subtype_xmlid: (if $told.note then "mail.mt_note" else "mail.mt_comment" end), message_id: message_id($event)})
  elif $step == "changed" and $ticket != null then
    changes($event) as $change
    | if $change == {} then empty else call($settings.model; "write"; {ids: [$ticket.id | tonumber], vals: $change}) end
  else empty end
