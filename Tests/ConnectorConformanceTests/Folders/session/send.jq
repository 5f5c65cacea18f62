{path: "/messages", json: {text}}
