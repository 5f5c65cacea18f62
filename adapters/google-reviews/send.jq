# A reply → the reply below the review. There is one: a later answer replaces it.
{method: "PUT", path: "/v4/\(.context.name // .thread)/reply", json: {comment: .text}}
