# An outbound message → our commands. Two come: one on CaseComment (what an agent says), one on Case (status, priority).
# The sObject's type stands in its attribute, with a prefix.

# The files of a case whose names stand in a text; ours are not among them.
def named_files($case; $text):
  [$req.calls.files[$case // ""] | arrays | .[] | select(.CreatedById != $settings.user_id)
   | (.FileExtension // "") as $ending
   | (.Title + (if $ending == "" or (.Title | endswith(".\($ending)")) then "" else ".\($ending)" end)) as $name
   | select($text | contains($name))
   | {reference: .LatestPublishedVersionId, name: $name, type: vocab("type_in"; $ending | ascii_downcase),
      size: .ContentSize}];

.Envelope.Body.notifications.Notification[]
| .Id as $notification | .sObject
| (."@type" // "" | sub("^.*:"; "")) as $type
| if $type == "CaseComment" then
    select(.CreatedById != $settings.user_id)
    | {kind: (if .IsPublished == "true" then "reply" else "note" end), id: .Id, ticket: .ParentId, text: .CommentBody,
       files: named_files(.ParentId; .CommentBody // ""),
       agent: {id: .CreatedById}, at: .CreatedDate}
  elif $type == "Case" then
    select(.LastModifiedById != $settings.user_id)
    | {ticket: .Id, agent: {id: .LastModifiedById}, at: .LastModifiedDate} as $base
    # It tells of what is, not of what was: saying it again changes nothing.
    | ($base + {kind: (if vocab("status_in"; .Status) == "closed" then "close" else "reopen" end), id: "status:\($notification)"}),
      (select(.Priority != null)
       | $base + {kind: "override", id: "priority:\($notification)", priority: vocab("priority_in"; .Priority)})
  else empty end
