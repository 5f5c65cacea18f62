# What Odoo's automation rules ("Send Webhook Notification") post → our commands. An empty field is false in Odoo's JSON.
# - about a message: {"_model": "mail.message", "_id", "model", "res_id", "body", "message_type", "subtype_id",
#   "author_id", "attachment_ids", "date"}
# - about a ticket: {"_model": "helpdesk.ticket", "_id", "stage_id", "priority", "write_uid", "write_date"}

# A many2one comes as the id, or as [id, name].
def id: if type == "array" then .[0] else . end | if . == null or . == false then null else tostring end;
def name: if type == "array" then .[1] else null end;
def time: if (. // false) == false then null else "\(.)" | sub(" "; "T") | sub("(\\.[0-9]+)?Z?$"; "Z") end;

if ._model == "mail.message" then
  select(.model == $settings.model and .message_type == "comment")
  | select((.author_id | id) != $settings.partner_id and (.author_id | id) != null)
  | {kind: (if (.subtype_id | id) == $settings.note_subtype then "note" else "reply" end), id: "message:\(._id)",
     ticket: "\(.res_id)", text: (.body | html_to_text),
     files: [$req.calls.attachments[._id | tostring] | arrays | .[] | {reference: "\(.id)", name: (.name // null),
       type: (.mimetype // null), size: (.file_size // null)}],
     agent: (.author_id | {id: id, name: name}), at: (.date | time)}
elif ._model == $settings.model then
  select((.write_uid | id) != $settings.user_id)
  | {ticket: "\(._id)", agent: (.write_uid | {id: id, name: name}), at: (.write_date | time)} as $base
  # The rule tells of the stage only now: a ticket that is neither settled nor put back to the open stage says nothing.
  | (if (.stage_id | id) == $settings.stage_closed then $base + {kind: "close", id: "close:\(._id):\(.write_date)"}
     elif (.stage_id | id) == $settings.stage_open then $base + {kind: "reopen", id: "reopen:\(._id):\(.write_date)"}
     else empty end),
    (select((.priority // false) != false)
     | $base + {kind: "override", id: "priority:\(._id):\(.write_date)", priority: vocab("priority_in"; .priority)})
else empty end
