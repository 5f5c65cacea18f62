# An outbound message → our commands. Two come: one on CaseComment (what an agent says), one on Case (status, priority).
# The sObject's type stands in its attribute, with a prefix.

# The files that a text names, the longest name first, so that "my label.pdf" does not name "label.pdf" as well; of two
# files of one name the newer. In: [{name, at, …}].
def named_in($text):
  sort_by(.at) | reverse | sort_by(-(.name | length))
  | reduce .[] as $file ({$text, files: []};
      ($file.name | gsub("(?<sign>[^A-Za-z0-9 _])"; "\\\(.sign)")) as $pattern
      | if .text | test("(?<![\\w./-])\($pattern)(?!\\.?\\w)")
        then {text: (.text | split($file.name) | join("\n")), files: (.files + [$file | del(.at)])} else . end)
  | .files;

# The files of a case that a text names; ours are not among them.
def files_of($case; $text):
  [$req.calls.files[$case // ""] | arrays | .[] | select(.CreatedById != $settings.user_id)
   | (.FileExtension // "") as $ending
   | {reference: .LatestPublishedVersionId, at: .CreatedDate, size: .ContentSize,
      name: (.Title + (if $ending == "" or (.Title | endswith(".\($ending)")) then "" else ".\($ending)" end)),
      type: vocab("type_in"; $ending | ascii_downcase)}]
  | named_in($text);

.Envelope.Body.notifications.Notification[]
| .Id as $notification | .sObject
| (."@type" // "" | sub("^.*:"; "")) as $type
| if $type == "CaseComment" then
    select(.CreatedById != $settings.user_id)
    | {kind: (if .IsPublished == "true" then "reply" else "note" end), id: .Id, ticket: .ParentId, text: .CommentBody,
       files: files_of(.ParentId; .CommentBody // ""),
       agent: {id: .CreatedById}, at: .CreatedDate}
  elif $type == "Case" then
    select(.LastModifiedById != $settings.user_id)
    | {ticket: .Id, agent: {id: .LastModifiedById}, at: .LastModifiedDate} as $base
    # It tells of what is, not of what was: saying it again changes nothing.
    | ($base + {kind: (if vocab("status_in"; .Status) == "closed" then "close" else "reopen" end), id: "status:\($notification)"}),
      (select(.Priority != null)
       | $base + {kind: "override", id: "priority:\($notification)", priority: vocab("priority_in"; .Priority)})
  else empty end
