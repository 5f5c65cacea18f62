# Commands in our own vocabulary as plain JSON: one object, an array, or {"commands": [...]}.
if type == "array" then .[] elif (.commands | type) == "array" then .commands[] else . end
