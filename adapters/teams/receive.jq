# One activity of the Bot Framework → our events.

def some: if . == {} or . == [] or . == "" then null else . end;

def is_personal: (.conversation.conversationType // (if .conversation.isGroup == true then "groupChat" else "personal" end))
  == "personal";
def visibility: if is_personal then "private" else "public" end;

def person: {id, name};

# A personal chat is one person's; in a group chat and in a channel's thread many write, so the writer belongs to it.
def thread: if is_personal then .conversation.id else "\(.conversation.id) \(.from.id)" end;

# <at>Samtal</at> is how a bot is called, not what is said to it; other people's names stay.
def words:
  (.recipient.id) as $bot
  | (reduce (.entities[]? | select(.type == "mention" and .mentioned.id == $bot and .text != null) | .text) as $call
      (.text // ""; split($call) | join(" ")))
  | gsub("<at[^>]*>(?<name>[^<]*)</at>"; "@\(.name)")
  | gsub("&nbsp;"; " ") | gsub("^\\s+|\\s+$"; "") | some;

# Files of a personal chat have an address that needs no token; pictures in the text need the bot's.
def files:
  [.attachments[]?
   | if .contentType == "application/vnd.microsoft.teams.file.download.info" then
       {reference: .content.downloadUrl, name: .name, type: null}
     elif (.contentType // "" | test("^(image|video|audio)/")) then
       {reference: .contentUrl, name: .name, type: .contentType}
     else empty end
   | select(.reference != null)];

def emoji: {like: "👍", heart: "❤️", laugh: "😆", surprised: "😮", sad: "😢", angry: "😠"}[.] // .;

# An id is unique within its conversation only. A channel's conversation carries the id of the message it began with.
def message_id: "\(.conversation.id) \(.id)";

def message:
  files as $files | words as $words
  | {
      kind: "message", id: message_id, thread: thread, author: (.from | person),
      text: ($words // (if $files == [] then "[\(.attachments[0].contentType? // "empty")]" else null end)),
      files: $files, visibility: visibility, at: .timestamp, language: .locale,
      reply_to: (if .replyToId == null then null else "\(.conversation.id) \(.replyToId)" end),
      context: {service_url: .serviceUrl, conversation: .conversation.id},
      fields: {entra_id: .from.aadObjectId, tenant: (.channelData.tenant.id // .conversation.tenantId),
               team: .channelData.team.id, channel: .channelData.channel.id,
               value: (if .text == null then .value else null end)}
    };

if .type == "message" then message
elif .type == "messageUpdate" and .channelData.eventType == "undeleteMessage" then message
elif .type == "messageUpdate" then
  words as $words | select($words != null)
  | {kind: "edit", id: message_id, thread: thread, author: (.from | person), text: $words, visibility: visibility,
     at: .timestamp}
elif .type == "messageDelete" then {kind: "delete", id: message_id, visibility: visibility, at: .timestamp}
elif .type == "messageReaction" then
  . as $activity | "\(.conversation.id) \(.replyToId)" as $id
  | (.reactionsRemoved[]? | {kind: "reaction", id: $id, author: ($activity.from | person), reaction: null,
      visibility: ($activity | visibility), at: $activity.timestamp}),
    (.reactionsAdded[]? | {kind: "reaction", id: $id, author: ($activity.from | person), reaction: (.type | emoji),
      visibility: ($activity | visibility), at: $activity.timestamp})
elif .type == "installationUpdate" then
  {kind: "contact", id: message_id, author: (.from | person), thread: (if is_personal then .conversation.id else null end),
   at: .timestamp, fields: {status: (if .action == "remove" then "bot_left" else "bot_joined" end)}}
else empty end # conversationUpdate, typing, invoke, event, endOfConversation
