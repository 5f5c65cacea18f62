# Our own vocabulary as plain JSON → events: one object, an array, or {"messages": [...]}.
# Left out: kind is "message", the author may be a bare id, the thread is the author's id.
(if type == "array" then .[] elif (.messages | type) == "array" then .messages[] else . end)
| .kind //= "message"
| if (.author | type) == "string" or (.author | type) == "number" then .author = {id: .author} else . end
| if .thread == null and .author.id != null then .thread = .author.id else . end
