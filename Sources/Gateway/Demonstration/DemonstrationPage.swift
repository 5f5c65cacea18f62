// The page of `make run`: the customer on the left, the CRM on the right.

/// One page of HTML, style and script in it; it asks for nothing from outside.
enum DemonstrationPage {
    static let html = """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width">
        <title>Samtal</title>
        <style>
        :root { color-scheme: light dark; --line: #8884; --customer: #2a7de1; --agent: #2c9f5c; }
        * { box-sizing: border-box; }
        body { font: 15px/1.45 system-ui, sans-serif; margin: 0; height: 100vh; display: flex; flex-direction: column; }
        header { padding: .6rem 1rem; border-bottom: 1px solid var(--line); display: flex; gap: 1rem; align-items: baseline; }
        header h1 { font-size: 1.1rem; margin: 0; }
        header p { margin: 0; opacity: .7; }
        main { flex: 1; display: grid; grid-template-columns: 1fr 1.3fr; min-height: 0; }
        section { display: flex; flex-direction: column; min-height: 0; padding: 1rem; }
        section + section { border-left: 1px solid var(--line); }
        h2 { font-size: 1rem; margin: 0 0 .6rem; }
        .scroll { flex: 1; overflow: auto; }
        .bubble { max-width: 80%; padding: .45rem .7rem; border-radius: .8rem; margin: .3rem 0; background: #8882; width: fit-content; white-space: pre-wrap; overflow-wrap: anywhere; }
        .bubble.mine { margin-left: auto; background: var(--customer); color: #fff; }
        .bubble.agent { margin-left: auto; background: var(--agent); color: #fff; }
        .bubble small { display: block; opacity: .75; font-size: .75rem; }
        form { display: flex; gap: .5rem; margin-top: .6rem; }
        input, button { font: inherit; padding: .45rem .6rem; border: 1px solid var(--line); border-radius: .5rem; min-width: 0; }
        input[name=text] { flex: 1; }
        input[name=name] { width: 7rem; }
        .ticket { border: 1px solid var(--line); border-radius: .6rem; padding: .7rem; margin-bottom: .8rem; }
        .ticket header { padding: 0; border: 0; }
        .ticket.closed { opacity: .65; }
        .tag { font-size: .75rem; border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem; }
        .events { font-size: .75rem; opacity: .65; margin-top: .4rem; }
        .empty { opacity: .6; }
        #error { color: #c33; }
        </style>
        </head>
        <body>
        <header><h1>Samtal</h1><p>left: a customer in a shop's chat · right: the CRM that got the ticket · between them: the gateway</p><p id="error"></p></header>
        <main>
        <section><h2>Customer</h2><div class="scroll" id="chat"></div>
        <form id="write"><input name="name" value="Ada" aria-label="Name" required><input name="text" placeholder="Write to the shop" aria-label="Message" required><button>Send</button></form>
        </section>
        <section><h2>CRM</h2><div class="scroll" id="tickets"></div></section>
        </main>
        <script>
        const $ = id => document.getElementById(id);
        const el = (tag, cls, text) => { const e = document.createElement(tag); if (cls) e.className = cls; if (text != null) e.textContent = text; return e; };
        const time = at => new Date(at).toLocaleTimeString();
        async function post(path, body) {
          const r = await fetch(path, {method: "POST", body: JSON.stringify(body)});
          const answer = await r.json();
          const status = answer.status || r.status;
          $("error").textContent = status < 300 ? "" : "the gateway said " + status + " " + ((answer.answer || answer).detail || "");
          refresh();
        }
        $("write").onsubmit = e => { e.preventDefault(); const f = e.target; post("/demo/customer/send", {name: f.name.value, text: f.text.value}); f.text.value = ""; };
        function chat(records) {
          const me = $("write").name.value.toLowerCase(), box = el("div");
          for (const r of records) {
            if (r.side != "customer") continue;
            const c = r.content, mine = !c.action;
            if ((mine ? c.author.id : c.thread) != me) continue;
            const b = el("div", "bubble " + (mine ? "mine" : ""), c.text);
            b.append(el("small", "", (mine ? c.author.name : (c.author || {}).name || "agent") + " · " + time(r.at)));
            box.append(b);
          }
          if (!box.children.length) box.append(el("p", "empty", "Nothing yet. Write something below."));
          return box;
        }
        function ticket(number, conversation, records) {
          const events = records.filter(r => r.side == "crm" && r.conversation == conversation).map(r => r.content);
          const last = events[events.length - 1].data, box = el("div", "ticket " + last.conversation.status), head = el("header");
          head.append(el("strong", "", "T-" + number), el("span", "", last.person.name || "?"), el("span", "tag", last.conversation.status), el("span", "", last.conversation.subject || ""));
          box.append(head);
          const states = {}, shown = new Set();
          for (const e of events) { const m = e.data.message; if (m) states[m.id] = m; }
          for (const e of events) {
            const m = e.data.message; if (!m || shown.has(m.id)) continue; shown.add(m.id);
            const s = states[m.id], b = el("div", "bubble " + (m.direction == "outbound" ? "agent" : ""), s.text);
            b.append(el("small", "", (m.author.name || m.author.kind) + " · " + m.channel + (s.state ? " · " + s.state : "") + " · " + time(m.at)));
            box.append(b);
          }
          const form = el("form"), text = el("input"), send = el("button", "", "Answer"), close = el("button", "", last.conversation.status == "open" ? "Close" : "Reopen");
          text.name = "text"; text.placeholder = "Answer as Kim"; text.dataset.ticket = number; close.type = "button";
          form.append(text, send, close);
          form.onsubmit = e => { e.preventDefault(); if (text.value) post("/demo/crm/answer", {kind: "reply", ticket: "T-" + number, text: text.value}); text.value = ""; };
          close.onclick = () => post("/demo/crm/answer", {kind: last.conversation.status == "open" ? "close" : "reopen", ticket: "T-" + number});
          box.append(form, el("div", "events", events.map(e => e.type.replace("samtal.", "")).join(" → ")));
          return box;
        }
        let before = "";
        async function refresh() {
          const answer = await (await fetch("/demo/state")).text();
          const key = answer + $("write").name.value;
          if (key == before) return;
          before = key;
          const state = JSON.parse(answer), typed = {}, focus = document.activeElement.dataset.ticket;
          document.querySelectorAll("[data-ticket]").forEach(i => typed[i.dataset.ticket] = i.value);
          $("chat").replaceChildren(chat(state.records));
          $("chat").scrollTop = 1e9;
          const all = Object.entries(state.tickets).sort((a, b) => b[1] - a[1]).map(([c, n]) => ticket(n, c, state.records));
          $("tickets").replaceChildren(...(all.length ? all : [el("p", "empty", "No tickets yet.")]));
          document.querySelectorAll("[data-ticket]").forEach(i => { i.value = typed[i.dataset.ticket] || ""; if (i.dataset.ticket == focus) i.focus(); });
        }
        setInterval(() => refresh().catch(() => $("error").textContent = "the gateway does not answer"), 500);
        refresh();
        </script>
        </body>
        </html>
        """
}
