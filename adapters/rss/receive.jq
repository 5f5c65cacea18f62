# One item of a feed → our event.

def plain: if type == "object" then .["#text"] elif type == "array" then .[0] | plain else . end;
def some: if . == null or . == "" then null else . end;

# A name that feeds write as "mail (name)" or in an element of its own.
def name:
  if type == "array" then .[0] | name elif type == "object" then .name // .["#text"] else . end
  | if type == "string" and test("\\(.+\\)\\s*$") then capture("\\((?<name>.+)\\)\\s*$").name else . end | some;

def html: some | if . == null then null else html_to_text | some end;

# RFC 822 as RSS writes it, RFC 3339 as Atom does; else no time.
def time:
  plain
  | if . == null then null
    elif test("^[0-9]{4}-[0-9]{2}-[0-9]{2}T") then .
    else
      (capture("(?<stamp>[0-9]{1,2} [A-Za-z]{3} [0-9]{4} [0-9]{2}:[0-9]{2}(:[0-9]{2})?) *(?<zone>[-+][0-9]{4}|[A-Z]+)?") // null)
      | if . == null then null else
          (.stamp | if test(":[0-9]{2}:") then . else . + ":00" end | strptime("%d %b %Y %H:%M:%S") | mktime)
          - (.zone | if . == null or test("^[A-Z]") then {EST: -5, EDT: -4, CST: -6, CDT: -5, MST: -7, MDT: -6, PST: -8, PDT: -7}[. // ""] // 0 | . * 3600
             else (if startswith("-") then -1 else 1 end) * ((.[1:3] | tonumber) * 3600 + (.[3:5] | tonumber) * 60) end)
        end
    end;

def event($id; $words; $link; $author; $files; $at):
  (.feed_title | plain | some // $req.item) as $feed
  | {
      kind: "message", id: "\($req.item)#\($id)", thread: "\($req.item)#\($id)",
      author: {id: ($author // $feed), name: ($author // $feed)},
      text: ($words | map(select(. != null)) | unique_by(.) | if . == [] then $link // "[item]" else ($words | map(select(. != null)) | join("\n\n")) end),
      files: $files, visibility: "public", at: $at, permalink: $link, fields: {feed: $feed}
    };

if $req.poll == "xml" then
  ([.link[]? | if type == "object" then select((.["@rel"] // "alternate") == "alternate") | .["@href"] else . end] | .[0]) as $link
  | ((.guid // .id | plain) // .["@about"] // $link // (.title | tojson)) as $id
  | ((.content | plain) // (.encoded | plain) // (.description | plain) // (.summary | plain) | html) as $words
  | [(.enclosure[]? | {reference: .["@url"], type: .["@type"], size: ((.["@length"] // "") | tonumber? // null)}),
     (.link[]? | select(type == "object" and .["@rel"] == "enclosure") | {reference: .["@href"], type: .["@type"]})] as $files
  | event($id; [(.title | plain | html), $words]; $link; (.author | name) // (.creator | name); $files;
      (.published // .pubDate // .date // .updated | time))
elif $req.poll == "json" then
  event(.id // .url; [(.title | some), ((.content_text | some) // (.content_html | html) // (.summary | some))]; (.url // .external_url);
    ((.authors // .feed_authors // [.author])[0].name);
    [.attachments[]? | {reference: .url, type: .mime_type, name: .title, size: .size_in_bytes}]; .date_published)
else empty end
