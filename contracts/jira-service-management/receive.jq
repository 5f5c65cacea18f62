# A webhook of Jira → our commands. What our own account did, and what a customer wrote in the portal, yields nothing.

def is_ours: . == $settings.account_id;

def told($table; $word): $vocab[$table][$word // "*"] // $vocab[$table]["*"];

def account: if .accountId == null then null else {id: .accountId, name: .displayName, email: .emailAddress} end;

# A body is text (wiki markup) or, in a newer form, a document; of that the words and the line ends are taken.
def words_of: if .type == "text" then .text
  elif .type == "hardBreak" then "\n"
  elif .type == "mention" or .type == "emoji" then .attrs.text // ""
  elif .type == "inlineCard" then .attrs.url // ""
  else ([.content[]? | words_of] | join(""))
    + (if .type | IN("paragraph", "heading", "codeBlock") then "\n" else "" end) end;
def plain: if type == "object" then words_of | sub("\\s+$"; "") else . // "" end;

# The files of a comment: [{reference, name, type, size}]. Their number stands in their addresses.
def files_of: [$req.calls.attachments[.id | tostring] | arrays | .[]
  | (.id // ((._links.jiraRest // ._links.content) | capture("/attachment/(content/)?(?<id>[0-9]+)") | .id)) as $number
  | {reference: "\($number)", name: .filename, type: .mimeType, size}];

# Where a file stands in the text: "[^invoice.pdf]", "!photo.jpg|thumbnail!". The files themselves come beside it.
def without($files):
  reduce ($files[].name | strings | gsub("(?<sign>[^A-Za-z0-9 _])"; "\\\(.sign)")) as $name
    (.; gsub("\\[\\^\($name)\\]|!\($name)(\\|[^!\n]*)?!"; ""))
  | sub("\\s+$"; "");

. as $call
| if .webhookEvent == "comment_created" then
    .comment | select(.author.accountId | is_ours | not) | select(.author.accountType != "customer")
    | files_of as $files
    | {kind: (if .jsdPublic == true then "reply" else "note" end), id: "comment:\(.id)", ticket: $call.issue.id,
       text: (.body | plain | without($files)), files: $files, agent: (.author | account),
       at: (if $call.timestamp == null then null else $call.timestamp / 1000 | floor end)}
  elif .webhookEvent == "jira:issue_updated" then
    select(.user.accountId | is_ours | not)
    | .changelog.items[]?
    | if .field == "status" then
        {kind: (if told("status_in"; $call.issue.fields.status.statusCategory.key) == "closed" then "close"
                else "reopen" end),
         id: "status:\($call.changelog.id)", ticket: $call.issue.id, agent: ($call.user | account)}
      elif .field == "priority" then
        {kind: "override", priority: told("priority_in"; .toString), id: "priority:\($call.changelog.id)",
         ticket: $call.issue.id, agent: ($call.user | account)}
      else empty end
  else empty end
