# A reply → one direct message or one comment. The visibility decides: what is private never goes out as a comment.
(.thread | split(":")) as $thread
| (.context // {}) as $context
| if .visibility == "public" then
    # Comments are one level deep: the answer goes under the comment that the thread began with.
    {method: "POST", path: "/\($context.root_id // $thread[0])/replies", query: {message: .text}}
  else
    # A private answer to a public comment (Meta: once, within 7 days) names the comment instead of the person.
    (if ($thread | length) == 1 then {id: $thread[0]} else {comment_id: ($context.comment_id // $thread[0])} end)
    as $recipient
    | {
        method: "POST", path: "/\($settings.account_id)/messages",
        json: (
          {recipient: $recipient, message: {text: .text}}
          + (if $settings.human_agent == "yes" and $recipient.id != null
             then {messaging_type: "MESSAGE_TAG", tag: "HUMAN_AGENT"} else {} end)
        )
      }
  end
