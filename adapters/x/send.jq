# A reply → one post that answers one post, or one direct message. A picture or film → its upload, then a post or message
# with it.

# Where X takes a file as what it is: small pictures, pictures that move, films. Anything else is its name and a link.
def category($prefix):
  (.type // "") as $type
  | if ($type | IN("image/jpeg", "image/png", "image/webp")) and .size <= 5242880 then "\($prefix)_image"
    elif $type == "image/gif" and .size <= 15728640 then "\($prefix)_gif"
    elif ($type | IN("video/mp4", "video/quicktime")) and .size > 0 then "\($prefix)_video"
    else null end;

(.thread | startswith("dm:")) as $in_messages
# A private answer to a public post: a direct message, if the person takes them from us.
| ($in_messages or .visibility == "private") as $direct
| (if .file == null then null else .file | category(if $direct then "dm" else "tweet" end) end) as $category
| ($category != null and ($category | endswith("_image") | not)) as $in_slices
| (.steps.media // .steps.begin) as $media
| (if .file == null then .text elif $category != null then null
   else [(.file.name // "file" | .[:200]), .file.link] | join("\n") end) as $text
| if .step == "media" then
    if $category == null or $in_slices then empty
    else {method: "POST", path: "/2/media/upload",
          multipart: [{name: "media", file: .file.id}, {name: "media_category", value: $category},
                      {name: "media_type", value: .file.type}]}
    end
  elif .step != "post" and ($in_slices | not) then empty
  elif .step == "begin" then
    {method: "POST", path: "/2/media/upload/initialize",
     json: {media_type: .file.type, media_category: $category, total_bytes: .file.size}}
  elif .step == "slices" then
    {method: "POST", path: "/2/media/upload/\($media)/append",
     multipart: [{name: "media", file: .file.id, slice: .item},
                 {name: "segment_index", value: (.item.offset / 4194304)}]}
  elif .step == "end" then {method: "POST", path: "/2/media/upload/\($media)/finalize"}
  elif .step == "ready" then
    # Without a word about it there is nothing to wait for.
    if .steps.end == null then empty
    else {method: "GET", path: "/2/media/upload", query: {command: "STATUS", media_id: $media}} end
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
