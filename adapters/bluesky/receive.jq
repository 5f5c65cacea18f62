# One notification or one post that a search found → our event.

def files($did):
  [(.embed.images // .embed.media.images // [])[] | (.image.ref["$link"]) as $cid | select($cid != null)
   | {reference: "\($did)/\($cid)", type: .image.mimeType, size: .image.size}]
  + [(.embed.video // .embed.media.video) | select(. != null) | {reference: "\($did)/\(.ref["$link"])", type: .mimeType, size}];

def message:
  (.record // {}) as $post | .author.did as $did
  | select($did != $req.session.pds.did and .author.handle != $settings.handle)
  | ($post.reply.root // {uri, cid}) as $root
  | ($post | files($did)) as $files
  | {
      kind: "message", id: .uri,
      # Many people talk in a thread: the one who is talked with stands in ours.
      thread: "\($root.uri)#\($did)",
      author: {id: $did, handle: .author.handle, name: (if .author.displayName == "" then null else .author.displayName end)},
      text: (if ($post.text // "") != "" then $post.text elif $files == [] then "[post]" else null end),
      files: $files, reply_to: $post.reply.parent.uri, visibility: "public", at: .indexedAt,
      permalink: "https://bsky.app/profile/\(.author.handle)/post/\(.uri | split("/") | last)", language: $post.langs[0],
      context: {root: ($root | {uri, cid}), parent: {uri, cid}},
      fields: {reason, search: $req.item}
    };

if $req.poll == "notifications" then select(.reason | IN("mention", "reply", "quote")) | message
elif $req.poll == "search" then message
else empty end
