# One of our events → the request of one step. Steps: found, created, label, files, comment,
# transitions, change.

# A message of nothing but files has their names for words.
def named($message): if . == "" then [$message.attachments[]? | "[\(.name // "file")]"] | join("\n") else . end;

# Words, and the files that cannot be given, by name.
def words($message):
  ([$message.attachments[]? | select(.refused != null)
    | "[\(.name // "file")\(if .type == null then "" else ", \(.type)" end)\(
      if .size == null then "" else ", \(.size) bytes" end): \(.refused)\(
      if .link == null then "" else " \(.link)" end)]"] | join("\n")) as $files
  | [($message.text // ""), $files] | map(select(. != "")) | join("\n") | named($message);

def person_name: .name // .handle // .email // .phone // "Unknown";

# Stands at the end of the description: what a request is found again by.
def reference($data): "Reference: \($data.conversation.id) \($data.message.id)";

.event as $event | $event.data as $data | $data.message as $message
| ($event.type == "samtal.message.received") as $received
| (.ticket.id // .steps.created.id // .steps.found.id) as $issue
| (if $received then
     # The request was made of this very message.
     if .steps.created != null or ((.steps.found.description // "") | contains($message.id)) then null
     else {body: "\($data.person | person_name): \(words($message))", public: true} end
   elif $event.type == "samtal.message.sent" and $message.source.endpoint != $self.endpoint then
     {body: words($message), public: true}
   elif $event.type == "samtal.message.failed" then
     {body: "This reply did not reach the person: \($message.reason // "no reason given")\n\n\($message.text // "")",
      public: false}
   elif $event.type == "samtal.message.edited" then
     {body: "An earlier message was changed to:\n\n\($message.text // "")", public: false}
   elif $event.type == "samtal.message.deleted" then
     {body: "An earlier message of \($message.at) was deleted by its writer.", public: false}
   else null end) as $say
| (if $data.cause.endpoint == $self.endpoint then null
   elif $event.type == "samtal.conversation.closed" then "closed"
   elif $event.type == "samtal.conversation.reopened" then "open"
   else null end) as $status
| ($received or ($event.type == "samtal.message.sent" and $message.source.endpoint != $self.endpoint)) as $carries
| {"X-ExperimentalApi": "opt-in"} as $opt_in
| if .step == "found" then
    if .ticket == null and $received then
      {method: "GET", path: "/rest/api/2/search/jql",
       query: {jql: "description ~ \"\\\"\($data.conversation.id)\\\"\" ORDER BY created ASC",
               fields: "description", maxResults: "1"}}
    else empty end
  elif .step == "created" then
    if .ticket == null and $received and .steps.found == null then
      {method: "POST", path: "/rest/servicedeskapi/request",
       json: {serviceDeskId: $settings.service_desk_id, requestTypeId: $settings.request_type_id,
              requestFieldValues: {
                summary: ($data.conversation.subject // $message.text // "A message on \($message.channel)"
                          | gsub("\\s+"; " ") | .[0:150]),
                description: "\($data.person | person_name): \(words($message))\n\n\(reference($data))"}}}
    else empty end
  elif .step == "label" then
    # The webhook minds only requests with this label.
    if .ticket == null and $received and $issue != null then
      {method: "PUT", path: "/rest/api/2/issue/\($issue)",
       json: {update: {labels: [{add: "samtal"}]}}}
    else empty end
  elif .step == "files" then
    if $issue != null and $carries then
      {method: "POST", path: "/rest/servicedeskapi/servicedesk/\($settings.service_desk_id)/attachTemporaryFile",
       headers: ($opt_in + {"X-Atlassian-Token": "no-check"}),
       multipart: [{name: "file", file: .item.id, filename: (.item.name // "file")}]}
    else empty end
  elif .step == "comment" then
    ([.steps.files[]? | values]) as $files
    | if $issue == null then empty
      elif $files != [] then
        # A comment with files; the request that was made of this very message has its words already.
        {method: "POST", path: "/rest/servicedeskapi/request/\($issue)/attachment", headers: $opt_in,
         json: ({temporaryAttachmentIds: $files, public: true}
                + (if $say == null then {} else {additionalComment: {body: $say.body}} end))}
      elif $say != null then
        {method: "POST", path: "/rest/servicedeskapi/request/\($issue)/comment", json: $say}
      else empty end
  elif .step == "transitions" then
    if .ticket != null and $status != null then
      {method: "GET", path: "/rest/api/2/issue/\(.ticket.id)/transitions"}
    else empty end
  elif .step == "change" and .ticket != null then
    if $status != null then
      ([.steps.transitions[]? | select((.category == "done") == ($status == "closed"))][0]) as $way
      # The workflow may offer none, for it stands there already or the account may not.
      | if $way == null then empty else
          {method: "POST", path: "/rest/api/2/issue/\(.ticket.id)/transitions", json: {transition: {id: $way.id}}} end
    elif $event.type == "samtal.conversation.updated" and $data.cause.endpoint != $self.endpoint then
      {method: "PUT", path: "/rest/api/2/issue/\(.ticket.id)",
       json: {fields: {priority: {name: $vocab.priority_out[$data.conversation.priority // "normal"]}}}}
    else empty end
  else empty end
