{kind: "message", id, thread: "t", author: {id: .by}, text}
