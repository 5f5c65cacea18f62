# A reply → one message, a file by its link, from the number that the person wrote to.
(.thread | split(":")) as $place
| ($settings.messaging_service_sid // .context.messaging_service_sid) as $service
| {
    method: "POST", path: "/2010-04-01/Accounts/\($settings.account_sid)/Messages.json",
    form: ({
      To: $place[0], Body: (if .file == null then .text else null end), MediaUrl: .file.link,
      MessagingServiceSid: (if $settings.from == null then $service else null end),
      From: ($settings.from // (if $service == null then .context.from // $place[1] else null end)),
      StatusCallback: $settings.status_callback
    } | with_entries(select(.value != null)))
  }
