# A reply → one POST of JSON to reply_url. Members that are not known are left out.
def clean: with_entries(select(.value != null and .value != {}));
{
  method: "POST", path: "",
  json: ({
      action, text, thread, reply_to, visibility, context, part, parts, conversation, message,
      # {"$file": …} becomes the file's bytes in base64 when the request is made.
      file: (if .file == null then null else .file + {content: {"$file": .file.id}} end),
      author: (.author // {} | clean), to: (.to // {} | clean)
    } | clean)
}
