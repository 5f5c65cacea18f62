# A reply → by the reply token, which costs nothing, else by push, which counts against the month.

# LINE takes a UUID as the key of a retry. The 26 signs of ours are 128 bits (the first holds three): the same, in hex.
def uuid:
  [split("_") | last | explode[] | [.] as $sign | "0123456789abcdefghjkmnpqrstvwxyz" | explode | index($sign)]
  | [.[] | range(4; -1; -1) as $bit | (. / pow(2; $bit) | floor) % 2][2:] as $bits
  | [range(0; 128; 4) | $bits[.] * 8 + $bits[. + 1] * 4 + $bits[. + 2] * 2 + $bits[. + 3] | "0123456789abcdef"[.:. + 1]]
  | add | "\(.[:8])-\(.[8:12])-\(.[12:16])-\(.[16:20])-\(.[20:])";

# LINE shows pictures that it fetches, with a preview of at most 1 MB: one that is small enough is its own preview.
def picture:
  if (.type | IN("image/jpeg", "image/png")) and (.size // 0) <= 1048576
  then {type: "image", originalContentUrl: .link, previewImageUrl: .link}
  else {type: "text", text: ([.name, .link] | map(select(. != null)) | join("\n"))} end;

# The token is good once: the second part of a long text goes by push.
(.action != "push" and .context.reply_token != null and (.part // 1) <= 1) as $by_token
| [if .file != null then .file | picture else {type: "text", text} end] as $messages
| if $by_token then
    {method: "POST", path: "/v2/bot/message/reply", json: {replyToken: .context.reply_token, messages: $messages}}
  else
    {method: "POST", path: "/v2/bot/message/push",
     # On a push only. The same delivery has the same key: LINE never sends it twice.
     headers: {"X-Line-Retry-Key": (.key | uuid)},
     json: {to: (.thread | split(":")[0]), messages: $messages}}
  end
