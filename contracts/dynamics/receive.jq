# What a Dataverse webhook posts (RemoteExecutionContext) → our commands: Create of annotation, Update of incident.

# [{key, value}] → an object; an option set is {"Value": 1}, a reference {"Id", "LogicalName"}.
def attributes: [.[]? | {key, value}] | from_entries;

([.InputParameters[]? | select(.key == "Target") | .value][0]) as $target
# What a call was too large to tell was read.
| (.PrimaryEntityId // "" | $req.calls.note[.]) as $read
| (if $read == null then $target.Attributes | attributes
   else $read + {objectid: {LogicalName: $read.objecttypecode, Id: $read._objectid_value}} end) as $is
| (.InitiatingUserId // .UserId | ascii_downcase) as $user
| select($user != $settings.user_id)
| .OperationId as $operation | .PrimaryEntityId as $id
| {agent: {id: $user}} as $base
| if .MessageName == "Create" and .PrimaryEntityName == "annotation" then
    select($is.objectid.LogicalName == "incident")
    | $base + {id: $id, ticket: $is.objectid.Id, text: $is.notetext,
        files: (if $is.filename == null then null
                else [{reference: $id, name: $is.filename, type: $is.mimetype, size: $is.filesize}] end),
        kind: (if ($is.subject // "" | ascii_downcase) == ($settings.reply_subject | ascii_downcase) then "reply" else "note" end)}
  elif .MessageName == "Update" and .PrimaryEntityName == "incident" then
    (select($is.statecode != null)
     | $base + {id: "state:\($operation)", ticket: $id,
         kind: (if vocab("state_in"; "\($is.statecode.Value)") == "closed" then "close" else "reopen" end)}),
    (select($is.prioritycode != null)
     | $base + {id: "priority:\($operation)", ticket: $id, kind: "override", priority: vocab("priority_in"; "\($is.prioritycode.Value)")})
  else empty end
