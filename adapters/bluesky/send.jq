# A reply → a post. Its facets (links, hashtags) are counted in bytes of UTF-8.
def facets($pattern; feature):
  . as $text
  | [match($pattern; "g") | . as $found
     | {index: {byteStart: ($text[:$found.offset] | utf8bytelength), byteEnd: ($text[:$found.offset + $found.length] | utf8bytelength)},
        features: [$found.string | feature]}];

.text as $text
# The parts of a long text answer one another; the root stays.
| (if .previous.id != null and .previous.context.cid != null
   then {uri: .previous.id, cid: .previous.context.cid} else .context.parent end) as $parent
| (($text | facets("https?://[^\\s<>\"]*[^\\s<>\".,;:!?')]"; {"$type": "app.bsky.richtext.facet#link", uri: .}))
   + ($text | facets("(?<![\\p{L}\\p{N}_/&#?=])#[\\p{L}\\p{N}_]+"; {"$type": "app.bsky.richtext.facet#tag", tag: .[1:]}))) as $facets
| {
    method: "POST", path: "/xrpc/com.atproto.repo.createRecord",
    json: {
      repo: (.session.pds.did // $settings.handle), collection: "app.bsky.feed.post",
      record: ({
        "$type": "app.bsky.feed.post", text: $text, createdAt: $now,
        facets: (if $facets == [] then null else $facets end),
        reply: (if .context.root != null then {root: .context.root, parent: $parent} else null end)
      } | with_entries(select(.value != null)))
    }
  }
