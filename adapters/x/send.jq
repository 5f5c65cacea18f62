# A reply → one post that answers one post, or one direct message.
if .thread | startswith("dm:") then
  {method: "POST", path: "/2/dm_conversations/with/\(.thread[3:])/messages", json: {text: .text}}
elif .visibility == "private" then
  # A private answer to a public post: a direct message, if the person takes them from us.
  {method: "POST", path: "/2/dm_conversations/with/\(.thread | split(":")[1])/messages", json: {text: .text}}
else
  # A further part answers the part before; the first one the post that the agent chose, else the latest of the person.
  (.previous.id
   // (if .reply_to != null and (.reply_to | test("^[0-9]+$")) then .reply_to else null end)
   // .context.post_id // (.thread | split(":")[0])) as $target
  | {method: "POST", path: "/2/tweets", json: {text: .text, reply: {in_reply_to_tweet_id: $target}}}
end
