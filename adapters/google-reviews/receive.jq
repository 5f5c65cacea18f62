# One review → our events. Its name, accounts/…/locations/…/reviews/…, is its id and where an answer goes.

def stars: {ONE: 1, TWO: 2, THREE: 3, FOUR: 4, FIVE: 5}[.starRating // ""];

stars as $stars
| (if (.comment // "") != "" then .comment
   elif $stars != null then "★★★★★☆☆☆☆☆"[5 - $stars:10 - $stars] else "[review]" end) as $words
# Google shows no ids of people: the review is the person.
| {id: .name, name: (if .reviewer.isAnonymous == true then null else .reviewer.displayName end)} as $author
| {
    kind: "message", id: .name, thread: .name, author: $author, text: $words, visibility: "public", at: .createTime,
    context: {name}, fields: {rating: $stars, location: $req.item, answered: (.reviewReply != null)}
  },
  # An edited review that we know already: the message above is a duplicate, this one counts.
  (select(.updateTime != .createTime)
   | {kind: "edit", id: .name, thread: .name, author: $author, text: $words, visibility: "public", at: .updateTime, fields: {rating: $stars}})
