# A reply → chat.postMessage, in the thread of the message that is answered. Agents' text is plain: no marks of Slack's.
(.thread | split(":")) as $place
| {
    method: "POST", path: "/chat.postMessage",
    json: ({
        channel: (.context.channel // $place[0]),
        # The second part of a thread in a direct message is its `ts`, never a person.
        thread_ts: (if .context != null then .context.thread_ts else $place[1] end),
        text: (.text | gsub("&"; "&amp;") | gsub("<"; "&lt;") | gsub(">"; "&gt;")),
        mrkdwn: false
      } | with_entries(select(.value != null)))
  }
