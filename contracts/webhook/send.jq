# An event → one POST of the CloudEvent as it is. `ticket` is an extension attribute: the receiver's own id for the
# conversation, as soon as an answer of it named one.
{
  method: "POST", path: "", headers: {"Content-Type": "application/cloudevents+json"},
  json: (.event + (if .ticket.id == null then {} else {ticket: .ticket.id} end))
}
