# A reply → a post. Its facets (links, hashtags) are counted in bytes of UTF-8. A file → its blob, then a post that shows it.
def facets($pattern; feature):
  . as $text
  | [match($pattern; "g") | . as $found
     | {index: {byteStart: ($text[:$found.offset] | utf8bytelength), byteEnd: ($text[:$found.offset + $found.length] | utf8bytelength)},
        features: [$found.string | feature]}];

# How Bluesky shows a file; what is neither a picture nor a video, or too large for it, is a card with a link.
def shown:
  if (.type // "" | test("^image/")) and .size <= 1000000 then "images"
  elif .type == "video/mp4" and .size <= 50000000 then "video" else "external" end;
def embed($blob):
  shown as $kind | (.name // "file") as $name
  | {"$type": "app.bsky.embed.\($kind)"}
    + (if $kind == "images" then {images: [{image: $blob, alt: $name}]}
       elif $kind == "video" then {video: $blob, alt: $name}
       else {external: {uri: .link, title: $name, description: (.type // "")}} end);

.text as $text
# The parts of a long text answer one another; the root stays.
| (if .previous.id != null and .previous.context.cid != null
   then {uri: .previous.id, cid: .previous.context.cid} else .context.parent end) as $parent
| (($text | facets("https?://[^\\s<>\"]*[^\\s<>\".,;:!?')]"; {"$type": "app.bsky.richtext.facet#link", uri: .}))
   + ($text | facets("(?<![\\p{L}\\p{N}_/&#?=])#[\\p{L}\\p{N}_]+"; {"$type": "app.bsky.richtext.facet#tag", tag: .[1:]}))) as $facets
| if .step == "blob" then
    if .file == null or (.file | shown) == "external" then empty
    else {method: "POST", path: "/xrpc/com.atproto.repo.uploadBlob", body_file: .file.id} end
  else {
    method: "POST", path: "/xrpc/com.atproto.repo.createRecord",
    json: {
      repo: (.session.pds.did // $settings.handle), collection: "app.bsky.feed.post",
      record: ({
        "$type": "app.bsky.feed.post", text: $text, createdAt: $now,
        facets: (if $facets == [] then null else $facets end),
        embed: (.steps.blob as $blob | if .file == null then null else .file | embed($blob) end),
        reply: (if .context.root != null then {root: .context.root, parent: $parent} else null end)
      } | with_entries(select(.value != null)))
    }
  } end
