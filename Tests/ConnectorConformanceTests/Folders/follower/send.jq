if .step == "asked" then {path: "/messages", json: {text: .text}}
elif .steps.asked != null then {url: .steps.asked, json: {text: .text}}
else empty end
