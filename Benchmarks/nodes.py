#!/usr/bin/env python3
"""Measures intake on PostgreSQL with 1, 2 and 3 nodes, against pgbench and against SQLite, in one run.

  samtal     signed WhatsApp-shaped posts as in intake.py, over as many nodes as --nodes says, on one database
  pgbench    the peer: the same statements with the same values in one transaction, on the same database right after,
             with as many clients as the nodes have connections
  sqlite     one node on a file, with the same posts

PostgreSQL runs with its usual durability: the settings are printed, and weaker ones are refused. After each measurement the
store must hold exactly one message for each acknowledged post. Figures are medians over the rounds.
"""
import argparse, contextlib, json, re, shutil, sqlite3, statistics, sys, time

from intake import prepare, script, threads, wrk
from servers import gateway, postgresql, running, say, workplace

FIRST_PORT = 18491
# Six threads, so that the load generator is the same whether they go to 1, 2 or 3 nodes: one node for each thread.
THREADS, CONNECTIONS = 6, 66
# A node's pool (PostgreSQLStore.connectionsDefault).
POOL = 8

# The statements of one message in an open conversation, in their order, as footprint.py counts them. Values that are
# long are variables, so that they travel with each transaction as ours do.
TRANSACTION = """
\\set n :n + 1
\\set address 16505550000 + random(0, 999)
\\set address_lock hash(:address)
\\set message_lock hash(:n * 1000 + :client_id)
\\set conversation_lock hash(:address + 1000000)
\\set now 1764000000000 + :n
BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
INSERT INTO envelopes (id, endpoint, method, target, headers, body, verified_by, received_at, outcome, reason)
  VALUES ('env_1' || lpad(:n::text, 17, '0') || lpad(:client_id::text, 8, '0'), :channel, 'POST', :target, :headers,
  :body, :verified_by, :now, 'applied', NULL);
SELECT pg_advisory_xact_lock(:address_lock), pg_advisory_xact_lock(:message_lock);
{correspondent}
SELECT pg_advisory_xact_lock(:conversation_lock);
{correspondent}
INSERT INTO messages (id, conversation_id, leg_id, identity_id, envelope_id, channel, external_id, direction, author,
    author_name, visibility, format, text, reply_to, at, received_at, state, permalink, language, fields, source_endpoint,
    source_id)
  VALUES ('msg_1' || lpad(:n::text, 17, '0') || lpad(:client_id::text, 8, '0'), :conversation, :leg, :identity,
  'env_1' || lpad(:n::text, 17, '0') || lpad(:client_id::text, 8, '0'), 'phone',
  'wamid.' || lpad(:n::text, 8, '0') || lpad(:client_id::text, 8, '0'), 'inbound', 'person', :author_name, 'private', 'plain',
  :text, NULL, :now, :now, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT id AS lane, due_at, urgency, lease_owner FROM lanes
  WHERE destination = :crm AND conversation_id = :conversation FOR UPDATE \\gset
INSERT INTO deliveries (id, lane_id, kind, payload, correlation, state, created_at, trying_since, due_at, original_id)
  VALUES ('dlv_1' || lpad(:n::text, 17, '0') || lpad(:client_id::text, 8, '0'), :lane, 'event', :payload,
  'env_1' || lpad(:n::text, 17, '0') || lpad(:client_id::text, 8, '0'), 'pending', :now, :now, :now, NULL);
INSERT INTO balances (endpoint, counter, slot, count) VALUES (:channel, 'messages', :client_id, 1),
    (:channel, 'received', :client_id, 1), (:crm, 'enqueued', :client_id, 1)
  ON CONFLICT (endpoint, counter, slot) DO UPDATE SET count = balances.count + excluded.count;
SELECT CAST(pg_current_xact_id_if_assigned() AS TEXT);
COMMIT;
"""
CORRESPONDENT = """
SELECT i.id AS identity, p.id AS person, p.name, p.handle, p.phone, p.email, l.id AS leg, c.id AS conversation, c.person_id,
    c.status, c.subject, c.opened_at, c.closed_at, c.former_id, c.reason, c.priority,
    EXISTS (SELECT 1 FROM messages m WHERE m.channel = 'phone'
      AND m.external_id = 'wamid.' || lpad(:n::text, 8, '0') || lpad(:client_id::text, 8, '0') AND m.direction = 'inbound') AS known,
    EXISTS (SELECT 1 FROM parked q WHERE q.channel = 'phone'
      AND q.external_id = 'wamid.' || lpad(:n::text, 8, '0') || lpad(:client_id::text, 8, '0')) AS parked
  FROM identities i
  JOIN links k ON k.identity_id = i.id AND k.undone_at IS NULL
  JOIN people p ON p.id = k.person_id
  LEFT JOIN legs l ON l.identity_id = i.id AND l.channel = 'phone' AND l.thread = :address::text AND l.ended_at IS NULL
  LEFT JOIN conversations c ON c.id = l.conversation_id
  WHERE i.network = 'whatsapp-cloud' AND i.scope = 'phone' AND i.address = :address::text \\gset
""".strip()
# pgbench reads a colon in a text as the beginning of a variable.
ENDPOINTS = [("channel", "channel:phone"), ("crm", "contract:crm")]


class OnPostgreSQL:
    def __init__(self, server, name):
        self.server, self.name, self.store = server, name, server.address(name)
        server.create(name)

    def messages(self):
        return int(self.server.value(self.name, "SELECT count(*) FROM messages"))

    def cpu(self):
        return self.server.cpu()

    def log(self):
        """Bytes of write-ahead log so far."""
        return int(self.server.value(self.name, "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"))

    def connections(self):
        return int(self.server.value(
            self.name, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'samtal'"))


class OnSQLite:
    def __init__(self, path):
        self.path, self.store = path, f"sqlite:{path}"

    def messages(self):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as store:
            return store.execute("SELECT count(*) FROM messages").fetchone()[0]

    def cpu(self):
        return 0

    def log(self):
        return 0

    def connections(self):
        return 0


def settled(engine):
    """How many messages there are once what was on the way when the load stopped is in."""
    count = engine.messages()
    while True:
        time.sleep(0.5)
        last, count = count, engine.messages()
        if last == count:
            return count


def cpu(processes):
    return sum(user + kernel for process in processes for _, user, kernel in threads(process.pid).values())


def intake(a, directory, engine, nodes):
    """The rate of posts over so many nodes, their waits, and the CPU time that one takes of the nodes and the server."""
    ports = [FIRST_PORT + number for number in range(nodes)]
    lua, warm, posts = directory / "post.lua", directory / "warm.txt", directory / "posts.txt"
    lua.write_text(script(THREADS, ports))
    load = {"threads": THREADS, "connections": CONNECTIONS}
    prepare(warm, 10 ** 11, 4000)
    prepare(posts, 0, a.posts * a.seconds)
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(gateway(a.samtal, directory, engine.store, port)) for port in ports]
        # Every customer's first message makes their conversation; what is measured are those that go on.
        wrk(f"http://127.0.0.1:{ports[0]}", 3, str(lua), "--", str(warm), **load)
        before, stored, server, log = cpu(processes), settled(engine), engine.cpu(), engine.log()
        rate, acknowledged, other, wait = wrk(
            f"http://127.0.0.1:{ports[0]}", a.seconds, str(lua), "--", str(posts), **load)
        used, now = engine.cpu() - server, settled(engine)
        if other or not 0 <= now - stored - acknowledged <= CONNECTIONS:
            sys.exit(f"{acknowledged} acknowledged, {now - stored} stored, {other} refused")
        if acknowledged > a.posts * a.seconds * 0.95:
            sys.exit("there were too few posts for this machine: set --posts")
        return {"rate": rate, "p50_ms": wait[0], "p99_ms": wait[1],
                "node_cpu_us": (cpu(processes) - before) * 1e6 / acknowledged,
                "server_cpu_us": used * 1e6 / acknowledged, "log_bytes": (engine.log() - log) / acknowledged,
                "connections": engine.connections()}


def pgbench(a, directory, engine, clients):
    """Transactions a second with the statements of one message; the values are those of the last one."""
    server = engine.server
    row = server.rows(engine.name, """
        SELECT e.target, e.headers, e.body, e.verified_by, m.author_name, m.text, d.payload FROM deliveries d
        JOIN envelopes e ON e.id = d.correlation JOIN messages m ON m.envelope_id = e.id
        ORDER BY d.sequence DESC LIMIT 1""")[0]
    names = ("target", "headers", "body", "verified_by", "author_name", "text", "payload")
    path = directory / "message.sql"
    path.write_text(TRANSACTION.format(correspondent=CORRESPONDENT))
    values = [part for name, value in [*zip(names, row), *ENDPOINTS, ("n", "0")] for part in ("-D", f"{name}={value}")]
    before, used = engine.messages(), server.cpu()
    text = server.run("pgbench", engine.name, "-n", "-M", "prepared", "-c", clients, "-j", 2, "-T", a.seconds,
                      "-f", path, *values)
    used, rate = server.cpu() - used, float(re.search(r"tps = ([\d.]+)", text)[1])
    done = int(re.search(r"actually processed: (\d+)", text)[1])
    if engine.messages() - before != done:
        sys.exit(f"pgbench says {done} transactions, and {engine.messages() - before} messages came")
    return {"rate": rate, "server_cpu_us": used * 1e6 / done}


def median(rounds):
    """Of each figure over the rounds."""
    return {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}


def measure(a, directory, server):
    """Every round takes each number of nodes once, so that what runs beside meets them alike."""
    ours, peers, ratios = ({nodes: [] for nodes in a.nodes} for _ in range(3))
    files = []
    for number in range(a.rounds):
        for nodes in a.nodes:
            engine = OnPostgreSQL(server, f"bench{nodes}")
            ours[nodes].append(intake(a, directory, engine, nodes))
            peers[nodes].append(pgbench(a, directory, engine, nodes * POOL))
            ratios[nodes].append(ours[nodes][-1]["rate"] / peers[nodes][-1]["rate"])
            server.drop(engine.name)
            say(f"round {number + 1}, PostgreSQL, {nodes} nodes: {ours[nodes][-1]['rate']:.0f}/s,"
                f" pgbench {peers[nodes][-1]['rate']:.0f}/s, ratio {ratios[nodes][-1]:.2f}")
        place = directory / f"sqlite{number}"
        place.mkdir()
        files.append(intake(a, directory, OnSQLite(place / "samtal.db"), 1))
        shutil.rmtree(place)
        say(f"round {number + 1}, SQLite, 1 node: {files[-1]['rate']:.0f}/s")
    return {
        "settings": server.settings(),
        "postgresql": [{"nodes": n, "samtal": median(ours[n]), "pgbench": median(peers[n]), "clients": n * POOL,
                        "ratio": statistics.median(ratios[n])} for n in a.nodes],
        "sqlite": median(files),
        "sqlite_per_postgresql": statistics.median(
            file["rate"] / one["rate"] for file, one in zip(files, ours[a.nodes[0]])),
    }


def show(result):
    print("PostgreSQL with " + ", ".join(f"{name} = {value}" for name, value in result["settings"].items()))
    print("\n                     posts a second    p50       p99    CPU a post: nodes  server   pgbench     CPU    ratio"
          "  connections  log a post")
    for line in result["postgresql"]:
        ours, peer = line["samtal"], line["pgbench"]
        print(f"  PostgreSQL, {line['nodes']} nodes {ours['rate']:10.0f} {ours['p50_ms']:11.1f} ms {ours['p99_ms']:6.1f} ms"
              f" {ours['node_cpu_us']:15.0f} µs {ours['server_cpu_us']:5.0f} µs {peer['rate']:7.0f}/s"
              f" {peer['server_cpu_us']:4.0f} µs {line['ratio']:6.2f} {ours['connections']:10.0f}  {ours['log_bytes']:7.0f} bytes")
    file = result["sqlite"]
    print(f"  SQLite, 1 node      {file['rate']:10.0f} {file['p50_ms']:11.1f} ms {file['p99_ms']:6.1f} ms"
          f" {file['node_cpu_us']:15.0f} µs")
    first, last = result["postgresql"][0], result["postgresql"][-1]
    print(f"\n  {last['nodes']} nodes to {first['nodes']}: {last['samtal']['rate'] / first['samtal']['rate']:.2f};"
          f" SQLite to PostgreSQL with {first['nodes']}: {result['sqlite_per_postgresql']:.2f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samtal", required=True, help="the release binary")
    arguments.add_argument("--seconds", type=int, default=8, help="length of one measurement")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--nodes", type=int, nargs="+", default=[1, 2, 3])
    arguments.add_argument("--posts", type=int, default=20_000, help="how many are made ready for each second")
    arguments.add_argument("--json", action="store_true")
    a = arguments.parse_args()
    for tool in ("wrk", "curl"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: run `make bench`, which installs it")
    with workplace() as directory, postgresql(directory) as server:
        result = measure(a, directory, server)
    if a.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
