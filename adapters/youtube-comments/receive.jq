# One comment of a poll → our event: a comment under a video, or an answer to one.
(.snippet.parentId // .id) as $root
| .snippet.authorChannelId.value as $writer
| (.snippet.textOriginal // .snippet.textDisplay) as $words
| .snippet.updatedAt as $changed
| ($changed != null and $changed != .snippet.publishedAt) as $edited
| select($words != null and $words != "" and .snippet.moderationStatus != "rejected")
| {
    kind: "message", id: .id,
    # Many people answer under one comment: the writer belongs to the thread.
    thread: "\($root):\($writer // "unknown")",
    author: {id: ($writer // "unknown:\(.id)"), name: .snippet.authorDisplayName,
             handle: (.snippet.authorDisplayName // "" | if startswith("@") then .[1:] else null end)},
    text: $words, visibility: "public", at: .snippet.publishedAt,
    reply_to: (if .snippet.parentId == null then null else $root end),
    context: {parent_id: $root},
    permalink: "https://www.youtube.com/watch?v=\(.videoId // .snippet.videoId)&lc=\(.id)",
    fields: {video: (.videoId // .snippet.videoId), can_reply: .canReply}
  }
| .edited = ($edited and $writer != $settings.channel_id)
| if .edited then ., {kind: "edit", id, thread, author, text, visibility, at: $changed} else . end
| del(.edited)
| if $writer == $settings.channel_id then
    # Whom the channel answered is not told: only the comment.
    select(.reply_to != null) | . + {kind: "echo", thread: $root, author: null, context: null}
  else . end
