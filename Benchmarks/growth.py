#!/usr/bin/env python3
"""Measures what a full store costs: intake, claims and look-ups with 10 thousand, 1 million and 5 million messages.

  intake   signed WhatsApp-shaped posts of 1,000 customers spread evenly over the store, with ids that fall anywhere
  claim    4 lanes, as `bench claims` takes them, while 1,000 deliveries wait
  find     what intake asks for each message: who writes here, and in which conversation (`bench lookups`)
  one      GET /v1/conversations/ID, of conversations anywhere
  page     GET /v1/conversations/ID/messages, likewise

Each size is a store of its own, made by the gateway and filled by SQL: conversations of seven messages, a thousand of them
going on at one time, each message with its envelope, its delivery and its attempt, each conversation with its person,
identity, link, leg, lane and ticket. Ratios are of the last size to the first. SQLite is not analysed, because samtal never
does; PostgreSQL is, because its autovacuum does.
"""
import argparse, json, os, shutil, sqlite3, statistics, subprocess, sys, threading, time

import intake as posts
from nodes import OnPostgreSQL, OnSQLite, cpu, settled
from servers import TOKEN, gateway, postgresql, say, workplace

GATEWAY = 18491
CUSTOMERS = 1000
MESSAGES_EACH, AT_ONE_TIME = 7, 1000
BLOCK = MESSAGES_EACH * AT_ONE_TIME
# Within what the journal keeps (`journal.keep` is 90 days).
DAYS = 60
DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"
# The engines' words for: a number in so many decimal digits; the same in hexadecimal; a text's bytes.
WORDS = {
    "postgresql": {
        "numbers": "generate_series(0::bigint, {count} - 1) AS numbers (n)", "make": "CREATE UNLOGGED TABLE", "div": "div({0}, {1})::bigint",
        "decimal": "lpad(({0})::text, {1}, '0')", "hexadecimal": "lpad(to_hex({0}), {1}, '0')",
        "bytes": "convert_to({0}, 'UTF8')",
    },
    "sqlite": {
        "numbers": "(WITH RECURSIVE r (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM r LIMIT {count}) SELECT n FROM r)",
        "make": "CREATE TABLE", "div": "({0}) / ({1})",
        "decimal": "printf('%0{1}d', {0})", "hexadecimal": "printf('%0{1}x', {0})", "bytes": "CAST({0} AS BLOB)",
    },
}
TEXT = "Does it come in another colour? I ordered the blue one last week."
HEADERS = json.dumps([
    ["accept-encoding", "identity"], ["content-length", "501"], ["content-type", "application/json"],
    ["x-hub-signature-256", "sha256=c38caa605a7dc059364e92c861c85551f5216f8415f7ea4c4153f2e03df1c07b"]], separators=(",", ":"))
EXCHANGES = json.dumps([{
    "milliseconds": 3, "request": "POST http://127.0.0.1:9",
    "request_digest": "60a91a0c3d2a8ac190eab56a82248d23b7456fd4c3a4a7cf0a781ea59c8c224e",
    "response_digest": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", "status": 200}], separators=(",", ":"))
PAYLOAD = json.dumps({
    "at": "2026-11-25T17:46:47.784Z", "data": {
        "conversation": {"id": "@conversation@", "opened_at": "2026-11-25T17:46:45.775Z", "priority": "normal",
                         "status": "open", "subject": TEXT},
        "message": {"adapter": "whatsapp-cloud", "at": "2026-11-25T17:46:43.000Z",
                    "author": {"kind": "person", "name": "Customer @address@"}, "channel": "phone",
                    "direction": "inbound", "external_id": "@external@", "format": "plain", "id": "@message@",
                    "leg": "@leg@", "received_at": "2026-11-25T17:46:47.784Z", "text": TEXT, "thread": "@address@",
                    "visibility": "private"},
        "person": {"id": "@person@", "name": "Customer @address@", "phone": "+@address@"}},
    "type": "samtal.message.received"}, separators=(",", ":"))


def scattered(number):
    """A network's id for a message: unique, and anywhere in the order of ids."""
    return f"HBgL{number * 1103515245 % 4294967291:08x}{number:08d}"


class Filling:
    """The SQL that fills a store. A row of `seed` is a message, one of `matters` a conversation."""

    def __init__(self, engine, count):
        self.words, self.count = WORDS[engine], count
        self.step = DAYS * 86_400_000 // count
        self.first = int(time.time() * 1000) - self.step * count
        # Conversations with at least one message.
        self.matters = count // BLOCK * AT_ONE_TIME + min(count % BLOCK, AT_ONE_TIME)

    def word(self, name, *values):
        return self.words[name].format(*values)

    def id(self, time, number):
        """What follows an id's prefix: 48 bits of its time in ten digits of base 32, then the number."""
        digits = " || ".join(f"substr('{DIGITS}', 1 + CAST(({time}) >> {45 - 5 * place} & 31 AS INTEGER), 1)"
                             for place in range(10))
        return f"{digits} || {self.word('decimal', number, 16)}"

    @staticmethod
    def text(template, **values):
        """A template with columns in it, as SQL."""
        parts = "'" + template.replace("'", "''") + "'"
        for name, column in values.items():
            parts = parts.replace(f"@{name}@", f"' || {column} || '")
        return parts

    def first_of(self, matter):
        """The number of a conversation's first message."""
        return f"{self.word('div', matter, AT_ONE_TIME)} * {BLOCK} + ({matter}) % {AT_ONE_TIME}"

    def seed(self):
        make, time_ = self.words["make"], f"{self.first} + n * {self.step}"
        numbers = self.words["numbers"].format(count=self.matters)
        messages = self.words["numbers"].format(count=self.count)
        matter = f"{self.word('div', 'n', BLOCK)} * {AT_ONE_TIME} + n % {BLOCK} % {AT_ONE_TIME}"
        return [
            f"""{make} matters AS SELECT c, at, {self.id('at', 'c')} AS id, {self.word('decimal', '16500000000 + c', 11)} AS address
                FROM (SELECT n AS c, {self.first} + ({self.first_of('n')}) * {self.step} AS at FROM {numbers}) m""",
            f"""{make} seed AS SELECT n, {matter} AS c, {time_} AS at, {self.id(time_, 'n')} AS id,
                'wamid.HBgL' || {self.word('hexadecimal', 'n * 1103515245 % 4294967291', 8)} || {self.word('decimal', 'n', 8)}
                AS external FROM {messages}""",
        ]

    def matter_rows(self):
        text = TEXT.replace("'", "''")
        return [
            """INSERT INTO people (id, name, phone, created_at)
               SELECT 'per_' || id, 'Customer ' || address, '+' || address, at FROM matters""",
            """INSERT INTO identities (id, network, scope, address, name, phone, created_at)
               SELECT 'idn_' || id, 'whatsapp-cloud', 'phone', address, 'Customer ' || address, '+' || address, at
               FROM matters""",
            """INSERT INTO links (id, identity_id, person_id, evidence, strength, made_by, made_at)
               SELECT 'lnk_' || id, 'idn_' || id, 'per_' || id, 'the person came with this identity', 'verified', 'intake', at
               FROM matters""",
            f"""INSERT INTO conversations (id, person_id, status, subject, opened_at, reason)
                SELECT 'con_' || id, 'per_' || id, 'open', '{text}', at, 'the first message of this person'
                FROM matters""",
            """INSERT INTO legs (id, conversation_id, channel, thread, identity_id, context_at, opened_at)
               SELECT 'leg_' || id, 'con_' || id, 'phone', address, 'idn_' || id, at, at FROM matters""",
            """INSERT INTO lanes (id, destination, conversation_id, urgency)
               SELECT 'lan_' || id, 'contract:crm', 'con_' || id, 10 FROM matters""",
            """INSERT INTO tickets (id, contract, conversation_id, external_id, created_at, updated_at)
               SELECT 'tik_' || id, 'crm', 'con_' || id, CAST(100000 + c AS TEXT), at, at FROM matters""",
        ]

    def journal_rows(self):
        body = self.text(posts.BODY.replace("wamid.@ID@", "@external@").replace("@PERSON@", "@address@"),
                         external="s.external", address="m.address")
        return [
            f"""INSERT INTO envelopes (id, endpoint, method, target, headers, body, verified_by, received_at, outcome)
                SELECT 'env_' || s.id, 'channel:phone', 'POST', '/channels/phone', '{HEADERS}', {self.word('bytes', body)},
                  'hmac', s.at, 'applied' FROM seed s JOIN matters m ON m.c = s.c""",
            f"""INSERT INTO attempts (id, delivery_id, number, started_at, outcome, exchanges, connector)
                SELECT 'atm_' || id, 'dlv_' || id, 1, at, 'ok', '{EXCHANGES}', 'webhook@5a16d302a90d8cb6' FROM seed""",
        ]

    def message_rows(self):
        payload = self.text(
            PAYLOAD, conversation="'con_' || m.id", address="m.address", external="s.external", message="'msg_' || s.id",
            leg="'leg_' || m.id", person="'per_' || m.id")
        return [
            f"""INSERT INTO messages (id, conversation_id, leg_id, identity_id, envelope_id, channel, external_id, direction,
                  author, author_name, visibility, format, text, at, received_at)
                SELECT 'msg_' || s.id, 'con_' || m.id, 'leg_' || m.id, 'idn_' || m.id, 'env_' || s.id, 'phone', s.external,
                  'inbound', 'person', 'Customer ' || m.address, 'private', 'plain', '{TEXT}', s.at, s.at
                FROM seed s JOIN matters m ON m.c = s.c""",
            f"""INSERT INTO deliveries (id, lane_id, kind, payload, correlation, state, attempts, progress, created_at,
                  trying_since, due_at, ended_at, outcome)
                SELECT 'dlv_' || s.id, 'lan_' || m.id, 'event', {payload}, 'env_' || s.id, 'delivered', 1, 1, s.at, s.at, s.at,
                  s.at, 'ok' FROM seed s JOIN matters m ON m.c = s.c""",
        ]

    def every(self):
        """Of how many conversations one is a customer's of the load."""
        return max(self.matters // CUSTOMERS, 1)

    def waiting(self):
        """The first delivery of each of the load's customers waits again; the accounts are right."""
        chosen = f"SELECT 'lan_' || id FROM matters WHERE c % {self.every()} = 0"
        heads = f"SELECT 'dlv_' || s.id FROM seed s WHERE s.c % {self.every()} = 0 AND s.n = {self.first_of('s.c')}"
        return [
            f"DELETE FROM attempts WHERE delivery_id IN ({heads})",
            f"""UPDATE deliveries SET state = 'pending', attempts = 0, progress = 0, ended_at = NULL, outcome = NULL
                WHERE id IN ({heads})""",
            f"UPDATE lanes SET due_at = {self.first} WHERE id IN ({chosen})",
            f"""INSERT INTO balances (endpoint, counter, slot, count) VALUES ('channel:phone', 'received', 0, {self.count}),
                ('channel:phone', 'messages', 0, {self.count}), ('contract:crm', 'enqueued', 0, {self.count})""",
        ]

    TIDY = ["DROP TABLE seed", "DROP TABLE matters"]


class FullPostgreSQL(OnPostgreSQL):
    def __init__(self, server, count):
        super().__init__(server, f"full{count}")

    def fill(self, filling):
        # Only while it is filled: no checks of foreign keys, and a crash would cost the store, which is ours to lose.
        quick = "SET session_replication_role = replica; SET synchronous_commit = off; SET work_mem = '256MB';"

        def run(statements):
            self.server.rows(self.name, quick + ";\n".join(statements))

        run(filling.seed() + ["ANALYZE matters", "ANALYZE seed"])
        side = threading.Thread(target=run, args=(filling.journal_rows(),))
        side.start()
        run(filling.matter_rows() + filling.message_rows())
        side.join()
        run(filling.waiting() + filling.TIDY)
        self.server.rows(self.name, "VACUUM (ANALYZE)")
        self.server.rows("postgres", "CHECKPOINT")

    def rows(self, sql):
        return [row[0] for row in self.server.rows(self.name, sql)]

    def written(self, _process):
        """Of the write-ahead log; the tables' pages follow at checkpoints."""
        return self.log()

    def bytes(self):
        return int(self.server.value(self.name, f"SELECT pg_database_size('{self.name}')"))

    def drop(self):
        self.server.drop(self.name)


class FullSQLite(OnSQLite):
    def __init__(self, directory, count):
        self.place = directory / f"sqlite{count}"
        self.place.mkdir()
        super().__init__(self.place / "samtal.db")

    def fill(self, filling):
        store = sqlite3.connect(self.path, isolation_level=None)
        for line in ("journal_mode = OFF", "synchronous = OFF", "cache_size = -2000000", "temp_store = MEMORY",
                     "locking_mode = EXCLUSIVE"):
            store.execute(f"PRAGMA {line}").fetchall()
        # A table of our own beside the store: dropping it leaves no holes.
        store.execute("ATTACH ':memory:' AS aside" if filling.count <= 2_000_000 else f"ATTACH '{self.place}/aside.db' AS aside")
        store.execute("PRAGMA aside.journal_mode = OFF").fetchall()
        for statement in filling.seed():
            store.execute(statement.replace("CREATE TABLE ", "CREATE TABLE aside."))
        store.execute("CREATE UNIQUE INDEX aside.matters_c ON matters (c)")
        store.execute("BEGIN")
        for statement in filling.matter_rows() + filling.message_rows() + filling.journal_rows() + filling.waiting():
            store.execute(statement)
        store.execute("COMMIT")
        store.close()
        (self.place / "aside.db").unlink(missing_ok=True)
        os.sync()

    def rows(self, sql):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as store:
            return [row[0] for row in store.execute(sql)]

    def written(self, process):
        """What the gateway has written to the disk: the log, and its pages once more when they are moved to the file."""
        lines = dict(line.split(": ") for line in open(f"/proc/{process.pid}/io").read().splitlines())
        return int(lines["write_bytes"])

    def bytes(self):
        return self.path.stat().st_size

    def drop(self):
        shutil.rmtree(self.place)


LUA_GET = """
local suffix = "%s"
local paths = {}
for line in io.lines("%s") do paths[#paths + 1] = "/v1/conversations/" .. line .. suffix end
local at = 0
wrk.headers["authorization"] = "Bearer %s"
function request()
  at = at %% #paths + 1
  return wrk.format("GET", paths[at])
end
"""


def tool(a, *arguments):
    done = subprocess.run([a.tool, *map(str, arguments)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"bench {arguments[0]}: {done.stderr}")
    return json.loads(done.stdout)


def reading(a, directory, ids, suffix):
    """Requests a second for conversations anywhere in the store."""
    (directory / "ids.txt").write_text("\n".join(ids))
    script = directory / "get.lua"
    script.write_text(LUA_GET % (suffix, directory / "ids.txt", TOKEN))
    rate, _, other, _ = posts.wrk(f"http://127.0.0.1:{GATEWAY}", a.seconds, str(script), connections=16)
    if other:
        sys.exit(f"{other} answers to GET {suffix} were no success")
    return rate


def arriving(a, directory, engine, process, addresses, number):
    """Posts a second; for one, the CPU time of the gateway and the bytes written."""
    def named(at):
        return scattered(100_000_000 + at), addresses[at % len(addresses)]

    script, lines = directory / "post.lua", directory / "posts.txt"
    script.write_text(posts.script())
    count = a.posts * a.seconds
    posts.prepare(lines, number * count, count, named)
    before, used, written = settled(engine), cpu([process]), engine.written(process)
    rate, acknowledged, other, _ = posts.wrk(
        f"http://127.0.0.1:{GATEWAY}", a.seconds, str(script), "--", str(lines))
    used, now = cpu([process]) - used, settled(engine)
    if other or not 0 <= now - before - acknowledged <= 64:
        sys.exit(f"{acknowledged} acknowledged, {now - before} stored, {other} refused")
    if acknowledged > count * 0.95:
        sys.exit("there were too few posts for this machine: set --posts")
    return rate, used * 1e6 / acknowledged, (engine.written(process) - written) / acknowledged


def measure(a, directory, engine, filling):
    """All figures of one store."""
    addresses = [f"{16500000000 + c}" for c in range(0, filling.matters, filling.every())][:CUSTOMERS]
    ids = engine.rows("SELECT id FROM conversations ORDER BY id")[::max(filling.matters // 5000, 1)]
    ids = [ids[at * 7919 % len(ids)] for at in range(len(ids))]
    (directory / "addresses.txt").write_text("\n".join(addresses))
    result = {"messages": filling.count, "bytes_a_message": engine.bytes() / filling.count}
    claim = tool(a, "claims", "--store", engine.store, "--rounds", a.claims)
    found = tool(a, "lookups", "--store", engine.store, "--addresses", directory / "addresses.txt")
    if found["found"] != len(addresses):
        sys.exit(f"{found['found']} of {len(addresses)} writers were found")
    result.update(claim_ms=claim["claim"], claim_queries_ms=claim["queries"], find_ms=found["lookup"])
    one, page, arrived = [], [], []
    with gateway(a.samtal, directory, engine.store, GATEWAY) as process:
        for number in range(a.rounds):
            one.append(reading(a, directory, ids, ""))
            page.append(reading(a, directory, ids, "/messages"))
            arrived.append(arriving(a, directory, engine, process, addresses, number))
    rate, used, written = map(statistics.median, zip(*arrived))
    result.update(one=statistics.median(one), page=statistics.median(page), intake=rate, intake_cpu_us=used,
                  intake_written_bytes=written)
    return result


def sizes(a, directory, name, make):
    results = []
    for count in a.messages:
        filling, began = Filling(name, count), time.monotonic()
        engine = make(count)
        # The gateway makes the schema.
        with gateway(a.samtal, directory, engine.store, GATEWAY):
            pass
        engine.fill(filling)
        filled = time.monotonic()
        say(f"{name}, {count} messages: filled in {filled - began:.0f} s, {engine.bytes() / 1e9:.2f} GB")
        results.append(measure(a, directory, engine, filling))
        engine.drop()
        say(f"{name}, {count} messages: measured in {time.monotonic() - filled:.0f} s: " + ", ".join(
            f"{key} {value:.3f}" for key, value in results[-1].items() if key != "messages"))
    return {"sizes": results, "last_to_first": ratios(results[0], results[-1])}


def ratios(first, last):
    """Of each figure, so that less than 1 is worse: rates as they are, times turned over."""
    rates = {key: last[key] / first[key] for key in ("intake", "one", "page")}
    times = {key: first[key] / last[key] for key in ("claim_ms", "claim_queries_ms", "find_ms")}
    return {**rates, **times}


def show(result):
    for name, engine in result.items():
        if name == "settings":
            continue
        print(f"\n{name:<12} messages  intake     CPU  written     claim  its queries    find      one     page  bytes a message")
        for line in engine["sizes"]:
            print(f"  {line['messages']:>18} {line['intake']:6.0f}/s {line['intake_cpu_us']:4.0f} µs {line['intake_written_bytes']:7.0f} B"
                  f" {line['claim_ms']:6.3f} ms"
                  f"  {line['claim_queries_ms']:6.3f} ms {line['find_ms']:6.3f} ms {line['one']:6.0f}/s {line['page']:6.0f}/s"
                  f" {line['bytes_a_message']:9.0f}")
        last = engine["last_to_first"]
        print(f"  {'last to first':>18} {last['intake']:6.2f} {'':19} {last['claim_ms']:8.2f} {last['claim_queries_ms']:12.2f}"
              f" {last['find_ms']:9.2f} {last['one']:10.2f} {last['page']:8.2f}")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samtal", required=True, help="the release binary")
    arguments.add_argument("--tool", required=True, help="the release binary of Benchmarks/Tool")
    arguments.add_argument("--messages", type=int, nargs="+", default=[10_000, 1_000_000, 5_000_000])
    arguments.add_argument("--engines", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    arguments.add_argument("--seconds", type=int, default=5, help="length of one measurement")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--claims", type=int, default=500, help="rounds of claims")
    arguments.add_argument("--posts", type=int, default=20_000, help="how many are made ready for each second")
    arguments.add_argument("--json", action="store_true")
    a = arguments.parse_args()
    for name in ("wrk", "curl"):
        if not shutil.which(name):
            sys.exit(f"{name} is missing: run `make bench`, which installs it")
    result = {}
    with workplace() as directory:
        if "postgresql" in a.engines:
            with postgresql(directory) as server:
                result["settings"] = server.settings()
                result["postgresql"] = sizes(a, directory, "postgresql", lambda count: FullPostgreSQL(server, count))
        if "sqlite" in a.engines:
            result["sqlite"] = sizes(a, directory, "sqlite", lambda count: FullSQLite(directory, count))
    if a.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
