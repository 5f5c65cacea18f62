#!/usr/bin/env python3
"""Counts what one message costs the store: statements, rows, bytes, log. Exact at any time, whatever runs beside.

  in     a signed WhatsApp-shaped post in an open conversation, and the delivery that it makes for one CRM
  out    that delivery to a CRM that answers 200 at once: what a message costs more when the CRM is there; and what a
         delivery costs when many wait

Posts are made one after the other. On PostgreSQL every statement is counted by pg_stat_statements; sizes are those of
tables with their indexes. On SQLite sizes are by dbstat. Prints tables as docs/scale.md has them.
"""
import argparse, http.client, json, sqlite3, sys, time

from intake import BODY, prepare
from servers import gateway, noop, postgresql, say, workplace

GATEWAY, CRM = 18491, 18495
CUSTOMERS = 1000


def post(path):
    """Makes the posts of a file, one after the other; every one must be acknowledged."""
    connection = http.client.HTTPConnection("127.0.0.1", GATEWAY)
    for line in path.read_text().splitlines():
        ident, person, signature = line.split()
        body = BODY.replace("@ID@", ident).replace("@PERSON@", person)
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={signature}"}
        connection.request("POST", "/channels/phone", body, headers)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            sys.exit(f"a post was answered {answer.status}")


class OnPostgreSQL:
    name = "postgresql"

    def __init__(self, server):
        self.server = server
        server.create("bench")
        server.rows("bench", "CREATE EXTENSION pg_stat_statements")
        self.store = server.address("bench")

    def settle(self):
        """A clean start: the planner knows the tables, and no page has yet to be logged whole."""
        self.server.rows("bench", "ANALYZE")

    def pending(self):
        return int(self.server.value("bench", "SELECT count(*) FROM deliveries WHERE state <> 'delivered'"))

    def start(self):
        self.used = self.server.cpu()
        self.server.rows("bench", "SELECT pg_stat_statements_reset()")
        self.wal = self.server.value("bench", "SELECT pg_current_wal_lsn()")

    def statements(self):
        rows = self.server.rows("bench", """
            SELECT calls, toplevel, regexp_replace(query, '\\s+', ' ', 'g') FROM pg_stat_statements s
            JOIN pg_database d ON d.oid = s.dbid WHERE d.datname = 'bench' ORDER BY calls DESC, query""")
        return [(int(calls), top == "t", query) for calls, top, query in rows]

    def told(self, count):
        """What the server did since the start, for each of so many."""
        used = self.server.cpu() - self.used
        return {"statements": [(calls / count, top, query) for calls, top, query in self.statements()],
                "log": self.log() / count, "server_cpu_us": used * 1e6 / count}

    def log(self):
        return int(self.server.value("bench", f"SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '{self.wal}')::bigint"))

    def sizes(self):
        """Rows, bytes of the table, bytes of its indexes; packed, so that what changed rows leave behind is left out."""
        self.server.rows("bench", "VACUUM (FULL, ANALYZE)")
        found = self.server.rows("bench", """
            SELECT relname, pg_table_size(oid), pg_indexes_size(oid) FROM pg_class
            WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace""")
        return {name: (int(self.server.value("bench", f"SELECT count(*) FROM {name}")), int(table), int(indexes))
                for name, table, indexes in found}

    def connections(self):
        return int(self.server.value(
            "bench", "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'samtal'"))


class OnSQLite:
    name = "sqlite"

    def __init__(self, directory):
        self.path = directory / "samtal.db"
        self.store = f"sqlite:{self.path}"

    def ask(self, sql):
        with sqlite3.connect(f"file:{self.path}?mode=ro", uri=True) as store:
            return store.execute(sql).fetchall()

    def settle(self):
        pass

    def pending(self):
        return self.ask("SELECT count(*) FROM deliveries WHERE state <> 'delivered'")[0][0]

    def start(self):
        pass

    def told(self, count):
        return {}

    def sizes(self):
        pages = dict(self.ask("SELECT name, sum(pgsize) FROM dbstat GROUP BY name"))
        found = {}
        for table, in self.ask("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'"):
            indexes = self.ask(f"SELECT name FROM sqlite_schema WHERE type = 'index' AND tbl_name = '{table}'")
            # A clustered table has no index of its own for its key: pages count for the table.
            found[table] = (self.ask(f"SELECT count(*) FROM {table}")[0][0], pages.get(table, 0),
                            sum(pages.get(name, 0) for name, in indexes))
        return found


def await_empty(engine):
    patience = time.monotonic() + 120
    while engine.pending():
        if time.monotonic() > patience:
            sys.exit(f"{engine.pending()} deliveries are not made")
        time.sleep(0.2)


def grown(after, before, count):
    """By how much each table grew with each message; what did not grow is left out."""
    lines = {}
    for table, (rows, bytes_, indexes) in after.items():
        was = before.get(table, (0, 0, 0))
        line = [(now - then) / count for now, then in zip((rows, bytes_, indexes), was)]
        if any(line):
            lines[table] = {"rows": round(line[0], 3), "table": round(line[1]), "indexes": round(line[2])}
    return lines


def phase(engine, posts, count):
    """Makes posts and tells what they cost."""
    engine.settle()
    before = engine.sizes()
    engine.start()
    post(posts)
    time.sleep(1)
    return {**engine.told(count), "tables": grown(engine.sizes(), before, count)}


def measure(a, engine, directory):
    numbers = iter(range(10))

    def posts(count):
        path = directory / "posts.txt"
        prepare(path, 10 ** 6 * next(numbers), count)
        return path

    with gateway(a.samtal, directory, engine.store, GATEWAY, CRM):
        say(f"{engine.name}: the CRM is away")
        post(posts(CUSTOMERS))
        away = phase(engine, posts(a.messages), a.messages)
        if engine.name == "postgresql":
            away["connections"] = engine.connections()
        with noop(directory, CRM):
            say(f"{engine.name}: the CRM is there")
            engine.start()
            waiting = engine.pending()
            await_empty(engine)
            drained = engine.told(waiting)
            there = phase(engine, posts(a.messages), a.messages)
            await_empty(engine)
    return {"in": away, "in_and_out": there, "drained": drained}


def show_tables(result):
    """What each table grew by for one message in, and by how much more with its delivery made."""
    print(f"  {'table':<16} {'rows in':>8} {'bytes':>7} {'indexes':>8}   {'rows out':>8} {'bytes':>7} {'indexes':>8}")
    zero = {"rows": 0, "table": 0, "indexes": 0}
    total = [0] * 4
    both = result["in_and_out"]["tables"]
    for table in sorted({*result["in"]["tables"], *both}):
        came, all_ = result["in"]["tables"].get(table, zero), both.get(table, zero)
        out = {key: all_[key] - came[key] for key in zero}
        print(f"  {table:<16} {came['rows']:8.2f} {came['table']:7} {came['indexes']:8}   "
              f"{out['rows']:8.2f} {out['table']:7} {out['indexes']:8}")
        total = [t + v for t, v in zip(total, (came["table"], came["indexes"], out["table"], out["indexes"]))]
    print(f"  {'all':<16} {'':8} {total[0]:7} {total[1]:8}   {'':8} {total[2]:7} {total[3]:8}")


def show_statements(result):
    titles = (("in", "a message in"), ("in_and_out", "a message in and out"), ("drained", "a delivery of many that wait"))
    for name, title in titles:
        print(f"\n  {title}: {result[name]['log']:.0f} bytes of log,"
              f" {result[name]['server_cpu_us']:.0f} µs of the server's CPU; round trips:")
        seen = result[name]["statements"]
        for calls, top, query in seen:
            if top and calls >= 0.05:
                print(f"    {calls:6.2f}  {query[:150]}")
        print(f"    {sum(calls for calls, top, _ in seen if top):6.2f}  together;"
              f" {sum(calls for calls, top, _ in seen if not top):.2f} more inside the server for foreign keys")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samtal", required=True, help="the release binary")
    arguments.add_argument("--messages", type=int, default=5000)
    arguments.add_argument("--engines", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    arguments.add_argument("--json", action="store_true")
    a = arguments.parse_args()
    result = {}
    if "postgresql" in a.engines:
        more = {"shared_preload_libraries": "pg_stat_statements", "pg_stat_statements.track": "all"}
        with workplace() as directory, postgresql(directory, **more) as server:
            result["settings"] = server.settings()
            result["postgresql"] = measure(a, OnPostgreSQL(server), directory)
    if "sqlite" in a.engines:
        with workplace() as directory:
            result["sqlite"] = measure(a, OnSQLite(directory), directory)
    if a.json:
        print(json.dumps(result, indent=2))
        return
    for engine in a.engines:
        print(f"\n{engine}")
        show_tables(result[engine])
        if engine == "postgresql":
            show_statements(result[engine])
            print(f"\n  connections of one node: {result[engine]['in']['connections']}")


if __name__ == "__main__":
    main()
