# One of our events → the request of one step. Steps: found, created, articles, article, change.

def clean: with_entries(select(.value != null));

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words, and the files that cannot be given, by name.
def words($message):
  ([$message.attachments[]? | select(.refused != null)
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(
      if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n") | named($message);

# Zammad keeps an article's message id (made for mail); ours is what an article is found again by.
def mark($event): "<\($event.data.message.id // "").\($event.type | ltrimstr("samtal."))@samtal>";

# Zammad takes files in base64: {"$file": …} becomes that when the request is made.
def files($event):
  if $event.type | IN("samtal.message.received", "samtal.message.sent") then
    [$event.data.message.attachments[]? | select(.refused == null)
     | {filename: (.name // "file"), data: {"$file": .id}, "mime-type": (.type // "application/octet-stream")}]
    | if . == [] then null else . end
  else null end;

def article($event; $text; $sender; $internal; $customer):
  {body: $text, content_type: (if $event.data.message.format == "html" then "text/html" else "text/plain" end),
   attachments: files($event), type: "note", sender: $sender, internal: $internal, message_id: mark($event),
   origin_by_id: (if $sender == "Customer" then $customer else null end)} | clean;

def person_name: .name // .handle // .email // .phone // "Unknown";

. as $job | .event as $event | $event.data as $data | $data.message as $message
| (.ticket.id // .steps.found.id) as $known
| ((.ticket.context // {}).customer_id // .steps.found.customer_id) as $customer
# What is to be said, if anything
| (if $event.type == "samtal.message.received" then {text: words($message), sender: "Customer", internal: false}
   elif $event.type == "samtal.message.sent" and $message.source.endpoint != $self.endpoint then
     {text: words($message), sender: "Agent", internal: false}
   elif $event.type == "samtal.message.failed" then
     {text: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")",
      sender: "System", internal: true}
   elif $event.type == "samtal.message.edited" then
     {text: "An earlier message was changed to:\n\n\($message.text // "")", sender: "System", internal: true}
   elif $event.type == "samtal.message.deleted" then
     {text: "An earlier message of \($message.at) was deleted by its writer.", sender: "System", internal: true}
   else null end) as $say
# … and what is to be changed
| (if $data.cause.endpoint == $self.endpoint then null
   elif $event.type == "samtal.conversation.closed" then {state: $vocab.status_out.closed}
   elif $event.type == "samtal.conversation.reopened" then {state: $vocab.status_out.open}
   elif $event.type == "samtal.conversation.updated" then
     {priority: $vocab.priority_out[$data.conversation.priority // "normal"]}
   else null end) as $change
| if .step == "found" then
    # Only a message of the person makes a ticket. The condition asks the database, not the search index.
    if .ticket == null and $event.type == "samtal.message.received" then
      {method: "GET", path: "/api/v1/tickets/search",
       query: {("condition[ticket." + $settings.key_field + "][operator]"): "is",
               ("condition[ticket." + $settings.key_field + "][value]"): $data.conversation.id,
               limit: "1", expand: "true"}}
    else empty end
  elif .step == "created" then
    if $known == null and $event.type == "samtal.message.received" then
      {method: "POST", path: "/api/v1/tickets",
       json: ({title: ($data.conversation.subject // $message.text // "A message on \($message.channel)" | .[0:150]),
               group: $settings.group,
               customer: ({login: $data.person.id, firstname: ($data.person | person_name),
                           email: $data.person.email} | clean),
               priority: $vocab.priority_out[$data.conversation.priority // "normal"],
               tags: ["samtal", $message.adapter, $message.channel] | map(select(. != null)) | unique | join(","),
               article: article($event; $say.text; $say.sender; $say.internal; null)}
              + {($settings.key_field): $data.conversation.id})}
    else empty end
  elif .step == "articles" then
    if $known != null and $say != null then {method: "GET", path: "/api/v1/ticket_articles/by_ticket/\($known)"}
    else empty end
  elif .step == "article" then
    if $known != null and $say != null and ((.steps.articles // []) | index([mark($event)]) | not) then
      {method: "POST", path: "/api/v1/ticket_articles",
       json: ({ticket_id: ($known | tonumber)} + article($event; $say.text; $say.sender; $say.internal; $customer))}
    else empty end
  elif .step == "change" then
    if .ticket != null and $change != null then
      {method: "PUT", path: "/api/v1/tickets/\(.ticket.id)", json: $change}
    else empty end
  else empty end
