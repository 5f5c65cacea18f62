# One callback of the Slack Events API → our events. A `ts` is unique within its channel only: ours is "channel:ts".

def seconds: tonumber;

# Slack's marks → plain text: <@U1|ada> → @ada, <#C1|help> → #help, <https://x|words> → words (https://x).
def plain:
  gsub("<@(?<id>[A-Z0-9]+)(\\|(?<name>[^>]*))?>"; "@\(if .name == null or .name == "" then .id else .name end)")
  | gsub("<#(?<id>[A-Z0-9]+)(\\|(?<name>[^>]*))?>"; "#\(if .name == null or .name == "" then .id else .name end)")
  | gsub("<!subteam\\^(?<id>[A-Z0-9]+)(\\|@?(?<name>[^>]*))?>"; "@\(if .name == null or .name == "" then .id else .name end)")
  | gsub("<!date\\^[^|>]*\\|(?<words>[^>]*)>"; .words)
  | gsub("<!(?<word>[a-z]+)(\\|[^>]*)?>"; "@\(.word)")
  | gsub("<(mailto:|tel:)[^|>]*\\|(?<words>[^>]*)>"; .words)
  | gsub("<(?<url>[a-z]+:[^|>]+)(\\|(?<words>[^>]*))?>";
      if .words == null or .words == "" or .words == .url then .url else "\(.words) (\(.url))" end)
  | gsub("&lt;"; "<") | gsub("&gt;"; ">") | gsub("&amp;"; "&");

def words: .text | if . == null or . == "" then null else plain end;

# A file of a shared channel may come as an id alone.
def file: {reference: .id, name: (.name // .title), type: .mimetype, size};

def is_direct: .channel_type == "im" or ((.channel // "") | startswith("D"));

def id: "\(.channel):\(.ts)";

def root: .thread_ts // (if is_direct then null else .ts end);

# What the bot, another app or our own people say. $app is the app with its bot users: the post of a file names no app.
def is_ours($app): (.app_id != null and .app_id == $app.id) or (.user != null and (.user | IN($app.users[])));
def is_staff: $settings.staff_team != null and (.user_team // .source_team // .team) == $settings.staff_team;

# Where an answer goes: the channel, the thread in it, and in a place of many the one who is talked with.
def thread($person):
  [.channel, root, (if is_direct then null else $person end)] | map(select(. != null)) | join(":");

def visibility: if is_direct then "private" else "public" end;

def fields: {team: (.user_team // .source_team // .team), channel_type, subtype};

# Who wrote: the name comes with the event, or from a look-up.
def author:
  ($req.calls.user[.user // ""] // {}) as $known
  | {id: (.user // .bot_id), name: (.user_profile.real_name // $known.name // .bot_profile.name),
     handle: (.user_profile.name // $known.handle)};

def message($app):
  (is_ours($app) or is_staff) as $echo
  | words as $words | [.files[]? | file] as $files
  | select(($words != null or $files != []) and ($echo or (.bot_id == null and .subtype != "bot_message")))
  | {
      kind: (if $echo then "echo" else "message" end),
      # When we post a file Slack names the file, not yet its message: see send.result.id.
      id: (if is_ours($app) and $words == null then "file:\(.files[0].id)" else id end),
      # In a thread that somebody else began our own words are said to that one.
      thread: thread(if $echo then .parent_user_id // .user else .user end),
      author: author,
      text: $words, files: $files,
      reply_to: (if .thread_ts != null and .thread_ts != .ts then "\(.channel):\(.thread_ts)" else null end),
      context: (if $echo then null else {channel, thread_ts: root} end),
      visibility: visibility, at: (.ts | seconds), fields: fields
    };

# Unfurled links and new replies change a message too: only other words are an edit.
def changed:
  .channel as $channel
  | if .message.subtype == "tombstone" then # a message that was deleted but has a thread
      {kind: "delete", id: "\($channel):\(.message.ts)", at: (.event_ts // .ts | seconds)}
    else
      select(.message.text != .previous_message.text) | (.message | words) as $words | select($words != null)
      | {kind: "edit", id: "\($channel):\(.message.ts)",
         author: (.message | author),
         text: $words, at: (.message.edited.ts // .event_ts // .ts | seconds)}
    end;

# The common ones; others stay as Slack names them.
def emoji:
  split("::")[0]
  | {"+1": "👍", "thumbsup": "👍", "-1": "👎", "thumbsdown": "👎", "heart": "❤️", "eyes": "👀", "white_check_mark": "✅",
     "heavy_check_mark": "✔️", "x": "❌", "tada": "🎉", "pray": "🙏", "joy": "😂", "smile": "😄", "slightly_smiling_face": "🙂",
     "cry": "😢", "rage": "😡", "fire": "🔥", "clap": "👏", "raised_hands": "🙌", "wave": "👋", "ok_hand": "👌", "100": "💯",
     "rocket": "🚀", "question": "❓", "warning": "⚠️"}[.] // ":\(.):";

def reaction:
  select(.item.type == "message")
  | {kind: "reaction", id: "\(.item.channel):\(.item.ts)", author: {id: .user},
     reaction: (if .type == "reaction_removed" then null else .reaction | emoji end), at: (.event_ts | seconds)};

select(.type == "event_callback")
| {id: .api_app_id, users: [.authorizations[]? | select(.is_bot == true) | .user_id]} as $app | .event_id as $event | .event
| if .type == "app_mention" or .type == "message" then
    if .subtype == "message_changed" then changed
    elif .subtype == "message_deleted" then {kind: "delete", id: "\(.channel):\(.deleted_ts)", at: (.event_ts // .ts | seconds)}
    elif .subtype | IN(null, "file_share", "thread_broadcast", "me_message", "bot_message") then message($app)
    else empty end
  elif .type == "reaction_added" or .type == "reaction_removed" then reaction
  elif .type == "member_joined_channel" or .type == "member_left_channel" then
    {kind: "contact", id: "event:\($event)", author: {id: .user},
     fields: {channel, status: (if .type == "member_joined_channel" then "joined" else "left" end)}}
  else empty end
