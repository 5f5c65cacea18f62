# An outbound message of Genesys → a reply. Receipts and events (typing) yield nothing.

def is_conversation: type == "string" and test("^con_[0-9abcdefghjkmnpqrstvwxyz]{26}$");

select(.direction == "Outbound" and (.type == "Text" or .type == "Structured"))
| select(.channel.to.id | is_conversation)
| [.content[]? | .attachment? // empty | select(.url != null)
   | {reference: .url, name: .filename, type: .mime, size: .contentSizeBytes}] as $files
| (.text // "") as $text
| select($text != "" or $files != [])
| {kind: "reply", id: (.id // .channel.messageId), conversation: .channel.to.id, text: $text, files: $files,
   agent: (.channel.from as $from | ($from.nickname // ([$from.firstName, $from.lastName] | map(select(. != null))
           | join(" ") | if . == "" then null else . end)) as $name
           | if $from.id == null then null else {id: $from.id, name: $name} end),
   at: .channel.time}
