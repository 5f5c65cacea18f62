# One of our events → at most one request a step. Steps: found, created, said, message, had, files, changed.

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

# What stands in the ticket for an event: {text, private, person}; empty for events that are no message.
def told($event):
  $event.data.message as $message
  | if $event.type == "samtal.message.received" then {text: words($message), private: 0, person: true}
    elif $event.type == "samtal.message.sent" then
      # What an agent wrote in GLPI is there already.
      if $message.source.endpoint == $self.endpoint then empty
      else {text: "\($message.author.name // "Sent"): \(words($message))", private: 0} end
    elif $event.type == "samtal.message.failed" then
      {text: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")",
       private: 1}
    elif $event.type == "samtal.message.edited" then
      {text: "An earlier message was changed to:\n\n\($message.text // "")", private: 1}
    elif $event.type == "samtal.message.deleted" then
      {text: "An earlier message of \($message.at) was deleted by its writer.", private: 1}
    else empty end;

# How a followup is found again when its answer was lost: a comment in its HTML, that nobody sees.
def mark($event): "samtal \($event.data.message.id) \($event.type | sub("^samtal.message."; ""))";

# GLPI has no user for the person: who wrote, and where, stands above the first words.
def from($data):
  [$data.person | .name, .handle, .phone, .email | values]
  | (if . == [] then "Unknown" else join(", ") end) + " (\($data.message.channel))";

# How a document is found again.
def tag: "samtal-\(.id)";

# The first thing of a kind that has these words in a field; ^ and $ stand for its begin and end.
def look($path; $field; $words):
  {method: "GET", path: $path, query: {"searchText[\($field)]": $words, range: "0-0", get_hateoas: "false"}};

.event as $event | $event.data as $data | .ticket as $ticket | .steps as $steps | .step as $step
| ($event.type == "samtal.message.received" and $ticket == null) as $new
| ($ticket.id // $steps.created // $steps.found | if . == null then null else tonumber end) as $id
# The ticket's description are the first words: only the message's files are still to be given.
| (if $ticket == null then null else [told($event)][0] end) as $told
| ($new or ($told != null and $told.private == 0)) as $has_files
| if $step == "found" and $new then
    look("/Ticket"; "externalid"; "^\($data.conversation.id)$")
  elif $step == "created" and $new and $steps.found == null then
    {method: "POST", path: "/Ticket", json: {input: ({
       name: ($data.conversation.subject // $data.message.text // "A message on \($data.message.channel)" | .[0:150]),
       content: "<p>\(from($data) | text_to_html)</p><p>\(words($data.message) | text_to_html)</p>",
       externalid: $data.conversation.id, entities_id: ($settings.entity_id | tonumber),
       requesttypes_id: ($settings.source_id | tonumber),
       priority: ($vocab.priority_out[$data.conversation.priority // "normal"] | tonumber), _users_id_requester: 0}
       # Never mailed by GLPI: the answer goes back where the question came from.
       + (if $data.person.email == null then {} else
            {_users_id_requester_notif: {use_notification: [0], alternative_email: [$data.person.email]}} end))}}
  elif $step == "said" and $told != null then
    look("/Ticket/\($id)/ITILFollowup"; "content"; mark($event))
  elif $step == "message" and $told != null and $steps.said == null then
    {method: "POST", path: "/ITILFollowup", json: {input: ({itemtype: "Ticket", items_id: $id,
       content: "<p>\($told.text | text_to_html)</p><!-- \(mark($event)) -->", is_private: $told.private,
       requesttypes_id: ($settings.source_id | tonumber)}
       # A person who writes again opens a solved, closed or pending ticket.
       + (if $told.person then {add_reopen: 1} else {} end))}}
  elif $step == "had" and $has_files then
    look("/Document"; "tag"; "^\(.item | tag)$")
  elif $step == "files" and $has_files and ((.item | tag) as $tag | any($steps.had[]?; . == $tag) | not) then
    {method: "POST", path: "/Document", multipart: [
      {name: "uploadManifest", type: "application/json", value: {input: {name: (.item.name // "file"),
        tag: (.item | tag), entities_id: ($settings.entity_id | tonumber), itemtype: "Ticket", items_id: $id}}},
      {name: "filename[0]", file: .item.id, filename: (.item.name // "file")}]}
  elif $step == "changed" and $ticket != null and $data.cause.endpoint != $self.endpoint then
    {method: "PUT", path: "/Ticket/\($id)"} as $put
    | if $event.type == "samtal.conversation.closed" then
        $put + {json: {input: {status: ($vocab.status_out.closed | tonumber)}}}
      elif $event.type == "samtal.conversation.reopened" then
        $put + {json: {input: {status: ($vocab.status_out.open | tonumber)}}}
      elif $event.type == "samtal.conversation.updated" then
        $put + {json: {input: {priority: ($vocab.priority_out[$data.conversation.priority] | tonumber)}}}
      else empty end
  else empty end
