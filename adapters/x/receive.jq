# What X tells → our events. Three shapes: the X Activity API ({"data": {"event_type", "payload", "includes"}}), the older
# Account Activity API ({"for_user_id", "tweet_create_events", …}) and one post of a poll ($req.poll).

def text_of: if . == null then null else tostring end;
def some: if . == {} or . == [] or . == "" then null else . end;

# "Mon Mar 26 16:33:26 +0000 2018", or RFC 3339; a direct message has milliseconds in a text.
def old_time:
  if . == null then null elif test("^[0-9]{4}-") then .
  else strptime("%a %b %d %H:%M:%S +0000 %Y") | mktime end;
def of_milliseconds: if . == null then null else tonumber / 1000 | floor end;

# X shortens every link: the words get the real ones back.
def real_links($urls):
  reduce ($urls[]? | select(.url != null and (.expanded_url // .unwound_url) != null)) as $link
    (.; split($link.url) | join($link.expanded_url // $link.unwound_url));

def person: # a user of either API
  {id: ((.id_str // .id) | text_of), name: .name, handle: (.username // .screen_name),
   followers: (.public_metrics.followers_count // .followers_count)};

# ---- Posts: public ----

def post($author; $media):
  (.id_str // .id | text_of) as $id | select($id != null)
  | ((.author_id // .user.id_str // .user.id) | text_of) as $writer
  | (([.referenced_tweets[]? | select(.type == "replied_to") | .id] | .[0])
     // .in_reply_to_status_id_str // .in_reply_to_status_id | text_of) as $parent
  | ((.conversation_id_str // .conversation_id // $parent // $id) | text_of) as $conversation
  | ((.in_reply_to_user_id_str // .in_reply_to_user_id) | text_of) as $answered
  | (.note_tweet.text // .extended_tweet.full_text // .full_text // .text) as $words
  | ([.note_tweet.entities.urls[]?, .entities.urls[]?, .extended_tweet.entities.urls[]?]) as $urls
  # A repost says nothing of its own.
  | select(.retweeted_status == null and ([.referenced_tweets[]? | select(.type == "retweeted")] == []))
  | {
      kind: "message", id: $id,
      # Many people share a conversation: the writer belongs to the thread.
      thread: "\($conversation):\($writer)",
      author: (($author // .user // {}) | person | .id = $writer), text: ($words | real_links($urls)),
      files: [($media[]?, .extended_entities.media[]?)
        | {reference: (.url // .media_url_https // .preview_image_url),
           type: ({photo: "image/*", video: "image/*", animated_gif: "image/*"}[.type // ""])}
        | select(.reference != null)],
      reply_to: $parent, visibility: "public", at: (.created_at | old_time),
      context: {post_id: $id}, language: (.lang | if . == null or test("^(und|q..|zxx)$") then null else . end),
      permalink: "https://x.com/i/status/\($id)",
      fields: {quoted: (([.referenced_tweets[]? | select(.type == "quoted") | .id] | .[0]) // .quoted_status_id_str),
               found_by: $req.item}
    }
  | if $writer == $settings.user_id then
      # A post of ours that answers nobody is no conversation.
      select($answered != null and $answered != $writer)
      | . + {kind: "echo", thread: "\($conversation):\($answered)", author: null, context: null, language: null}
    else . end;

# ---- Direct messages: private ----

def direct($users):
  select(.type == "message_create" and .message_create != null)
  | .message_create as $message | ($message.sender_id | text_of) as $sender
  | ($message.target.recipient_id | text_of) as $recipient
  | ($sender == $settings.user_id) as $ours
  | ($users[$sender] // {} | .data // . | person) as $writer
  | (($message.message_data.attachment.media) // null) as $media
  | {
      kind: "message", id: "dm:\(.id)", thread: "dm:\(if $ours then $recipient else $sender end)",
      author: ($writer | .id = $sender),
      text: ($message.message_data.text | if . == null then null
        else real_links($message.message_data.entities.urls) | some end),
      files: [$media | select(. != null) | {reference: (.media_url_https // .url),
              type: ({photo: "image/*", video: "video/*", animated_gif: "video/*"}[.type // ""])}],
      visibility: "private", at: (.created_timestamp | of_milliseconds),
      fields: {payload: $message.message_data.quick_reply_response.metadata}
    }
  | if .text == null and .files == [] then .text = "[unknown]" else . end
  | if $ours then . + {kind: "echo", author: null} else . end;

# ---- The three shapes ----

def activity: # the X Activity API
  .payload as $payload
  | ([.includes.users[]?, .includes.data.users[]?, $payload.includes.users[]?]) as $users
  | if .event_type | IN("post.create", "post.mention.create", "post.reply.create", "post.quote.create") then
      $payload | (.data // .)
      | . as $post | ([$users[] | (.data // .) | select((.id_str // .id | text_of) == ($post.author_id | text_of))] | .[0])
        as $author
      | post($author; [])
    elif .event_type | IN("dm.received", "dm.sent") then
      ($payload.users // {}) as $known | $payload.direct_message_events[]? | direct($known)
    elif .event_type == "post.delete" then
      {kind: "delete", id: ($payload.id_str // $payload.id | text_of), visibility: "public"}
    elif .event_type == "oauth.revoke" then
      {kind: "notice", id: "revoked:\(.event_uuid)", fields: {revoked: true}}
    else empty end; # typing, reading, likes, follows, and `chat.*`, which is encrypted end to end

def account_activity: # the Account Activity API, deprecated
  (.users // {}) as $users
  | select(.for_user_id == null or (.for_user_id | tostring) == $settings.user_id)
  | (.tweet_create_events[]? | post(null; [])),
    (.direct_message_events[]? | direct($users)),
    (.tweet_delete_events[]? | {kind: "delete", id: (.status.id | text_of), visibility: "public",
      at: (.timestamp_ms | of_milliseconds)});

if $req.poll != null then .author as $author | (.media // []) as $media | post($author; $media)
elif .data.event_type != null then .data | activity
else account_activity end
