# A reply → an answer under the comment that the thread began with: YouTube knows one level only.
{
  method: "POST", path: "/comments", query: {part: "snippet"},
  json: {snippet: {parentId: (.context.parent_id // (.thread | split(":")[0])), textOriginal: .text}}
}
