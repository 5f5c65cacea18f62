# A reply → one message or one comment. The visibility decides: what is private never goes out as a comment.
(.thread | split(":")) as $thread
| (.context // {}) as $context
| (if $settings.appsecret_proof == "no" then "plain" else "page" end) as $auth
| if .visibility == "public" then
    # The comment that is answered, else the post, else the comment that the thread began with.
    ($context.comment_id // $context.post_id // $thread[0]) as $target
    | {method: "POST", path: "/\($target)/comments", auth: $auth, json: {message: .text}}
  else
    # A private answer to a public comment (Meta: once, within 7 days) names the comment instead of the person.
    (if ($thread | length) == 1 then {id: $thread[0]}
     elif $context.comment_id != null then {comment_id: $context.comment_id}
     elif $context.post_id != null then {post_id: $context.post_id}
     else {comment_id: $thread[0]} end) as $recipient
    | {
        method: "POST", path: "/me/messages", auth: $auth,
        json: (
          {recipient: $recipient, message: {text: .text, metadata: .key}}
          + (if $settings.human_agent == "yes" and $recipient.id != null
             then {messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT"} else {messaging_type: "RESPONSE"} end)
        )
      }
  end
