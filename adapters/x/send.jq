# A reply → one post that answers one post, or one direct message. A picture → its upload, then a post or message with it.

# Where X takes a file as what it is: small pictures. Anything else is its name and a link.
def category($prefix):
  (.type // "") as $type
  | if ($type | IN("image/jpeg", "image/png", "image/webp")) and .size <= 5242880 then "\($prefix)_image" else null end;

(.thread | startswith("dm:")) as $in_messages
# A private answer to a public post: a direct message, if the person takes them from us.
| ($in_messages or .visibility == "private") as $direct
| (if .file == null then null else .file | category(if $direct then "dm" else "tweet" end) end) as $category
| .steps.media as $media
| (if .file == null then .text elif $category != null then null
   else [(.file.name // "file" | .[:200]), .file.link] | join("\n") end) as $text
| if .step == "media" then
    if $category == null then empty
    else {method: "POST", path: "/2/media/upload",
          multipart: [{name: "media", file: .file.id}, {name: "media_category", value: $category},
                      {name: "media_type", value: .file.type}]}
    end
  elif $direct then
    (if $in_messages then .thread[3:] else .thread | split(":")[1] end) as $person
    | {method: "POST", path: "/2/dm_conversations/with/\($person)/messages",
       json: (if $category == null then {text: $text} else {attachments: [{media_id: $media}]} end)}
  else
    # A further part answers the part before; the first one the post that the agent chose, else the latest of the person.
    (.previous.id
     // (if .reply_to != null and (.reply_to | test("^[0-9]+$")) then .reply_to else null end)
     // .context.post_id // (.thread | split(":")[0])) as $target
    | {method: "POST", path: "/2/tweets",
       json: ((if $category == null then {text: $text} else {media: {media_ids: [$media]}} end)
              + {reply: {in_reply_to_tweet_id: $target}})}
  end
