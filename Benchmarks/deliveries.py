#!/usr/bin/env python3
"""Measures the way out: from the outbox to a CRM, on loopback, with the generic webhook on both sides.

  claims    what finding the next deliveries costs when few wait and when very many do
  rate      deliveries to a no-op receiver (nginx) after an outage, against the same client posting without the outbox
  drain     the same with a receiver that takes 20 ms for each post, so that the CRM is what sets the pace
  waits     from a message's acknowledgement to its receipt by the CRM, at half of the highest steady rate

Each with as many lanes at one time as --parallel says. Figures are medians over the rounds; nothing asserts a time.
"""
import argparse, http.client, json, re, shutil, signal, sqlite3, statistics, subprocess, sys, time

from intake import ROOT, await_answer, threads
from servers import noop, running, say, workplace

GATEWAY, NOOP, SLOW = 18481, 18482, 18483
DELAY = 0.020
CUSTOMERS = 1000
# How much of a second's messages may still be on the way when a steady load ends.
BACKLOG_SECONDS = 0.5


def gateway(a, directory, port, parallel):
    """The release binary with one channel and one CRM at `port`, which may not be there yet."""
    contract = directory / "contracts" / "webhook"
    shutil.copytree(ROOT / "contracts" / "webhook", contract)
    with open(contract / "contract.yaml", "a") as out:
        out.write(f"\nlimits: {{parallel: {parallel}}}\n")
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    (directory / "samtal.yaml").write_text(f"""
store: sqlite:samtal.db
listen: 127.0.0.1:{GATEWAY}
connectors: {{adapters: {ROOT}/adapters, contracts: {directory}/contracts}}
network: {{allow: [127.0.0.0/8]}}
deliveries: {{schedule: [{", ".join(["1s"] * 20)}]}}
channels:
  shop: {{adapter: webhook, settings: {{secret: {secret}, reply_url: "http://127.0.0.1:9/"}}}}
contracts:
  crm: {{contract: webhook, settings: {{url: "http://127.0.0.1:{port}/", secret: {secret}}}}}
log: error
""")
    return running([a.samtal, "serve", "--config", str(directory / "samtal.yaml")], directory / "samtal.log")


def receiver(directory, delay, log=None):
    command = [sys.executable, str(ROOT / "Benchmarks" / "receiver.py"), "--port", str(SLOW), "--delay", str(delay)]
    return running(command + (["--log", str(log)] if log else []), directory / "receiver.err")


class Count:
    """How many posts a receiver has had, asked over one connection."""

    def __init__(self, port):
        self.connection, self.port = http.client.HTTPConnection("127.0.0.1", port), port
        await_answer(f"http://127.0.0.1:{port}/status")
        self.own = 1

    def ask(self):
        self.connection.request("GET", "/status")
        text = self.connection.getresponse().read().decode()
        if self.port == SLOW:
            return json.loads(text)["count"]
        # nginx counts our own questions too.
        self.own += 1
        return int(re.search(r"requests\n \d+ \d+ (\d+)", text)[1]) - self.own


def tool(a, *arguments):
    text = subprocess.run([a.tool, *map(str, arguments)], capture_output=True, text=True, check=True).stdout
    return json.loads(text)


def load(a, rate, seconds, prefix, out=None):
    result = tool(a, "load", "--url", f"http://127.0.0.1:{GATEWAY}/channels/shop", "--rate", rate, "--seconds", seconds,
                  "--customers", CUSTOMERS, "--prefix", prefix, *(["--out", out] if out else []))
    if result["acknowledged"] != result["sent"]:
        sys.exit(f"of {result['sent']} posts only {result['acknowledged']} were acknowledged")
    return result


def direct(a, port, count, parallel):
    result = tool(a, "direct", "--url", f"http://127.0.0.1:{port}/", "--count", count, "--parallel", parallel)
    if result["failures"]:
        sys.exit(f"{result['failures']} posts of the bare client failed")
    return count / result["seconds"]


def enqueued(directory):
    with sqlite3.connect(f"file:{directory}/samtal.db?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM deliveries").fetchone()[0]


def receipts(count, total):
    """Each look at the receiver's count, with its time, until it has had `total`: nothing may be missing."""
    patience = time.monotonic() + 600
    while True:
        done, now = count.ask(), time.monotonic()
        yield done, now
        if done >= total:
            return
        if now > patience:
            sys.exit(f"only {done} of {total} deliveries came")
        time.sleep(0.01)


def drain(count, total):
    """The rate from the first to the last receipt. It begins when the gateway finds the receiver there."""
    looks = [look for look in receipts(count, total) if look[0]]
    (first, began), (last, ended) = looks[0], looks[-1]
    return (last - first) / (ended - began)


def outage(a, parallel, messages, port, profile=False):
    """Messages come in while the CRM is away; it comes back. The drain rate, the bare client's, and CPU times."""
    with workplace() as directory, gateway(a, directory, port, parallel) as process:
        await_answer(f"http://127.0.0.1:{GATEWAY}/healthz")
        load(a, 4000, messages / 4000, "fill")
        total = enqueued(directory)
        with noop(directory, NOOP) if port == NOOP else receiver(directory, DELAY):
            count, before = Count(port), threads(process.pid)
            recorder = None
            if profile:
                recorder = subprocess.Popen(
                    ["perf", "record", "-e", "cpu-clock", "-F", "499", "-g", "-p", str(process.pid), "-o",
                     "/tmp/samtal.perf"], stderr=subprocess.DEVNULL)
            rate = drain(count, total)
            if recorder:
                recorder.send_signal(signal.SIGINT)
                recorder.wait()
            after = threads(process.pid)
            shares = [(name, user - before.get(key, (0, 0, 0))[1], kernel - before.get(key, (0, 0, 0))[2])
                      for key, (name, user, kernel) in after.items()]
            return rate, direct(a, port, total, parallel), total, shares


def claims(a):
    """Medians over rounds; every round takes each size once, so that what runs beside meets them alike."""
    rounds = []
    for number in range(a.rounds):
        rounds.append([tool(a, "claims", "--pending", pending) for pending in a.pending])
        say(f"claims, round {number + 1}: " + ", ".join(
            f"{line['pending']} pending {line['claim']:.3f} ms, queries {line['queries']:.3f}" for line in rounds[-1]))
    results = [{key: statistics.median(line[key] for line in lines) for key in lines[0]} for lines in zip(*rounds)]
    first, last = results[0], results[-1]
    return {"medians_ms": results, "growth": last["claim"] / first["claim"],
            "growth_of_queries": last["queries"] / first["queries"]}


def ratios(a, name, parallel, messages, port):
    """Medians over rounds of the outbox against the bare client."""
    rounds, shares, total = [], [], 0
    for number in range(a.rounds):
        profile = a.profile and name == "rate" and number == a.rounds - 1
        outbox, bare, total, shares = outage(a, parallel, messages, port, profile)
        rounds.append((outbox, bare))
        say(f"{name}, {parallel} at a time, round {number + 1}: {outbox:.0f}/s of {bare:.0f}/s, {outbox / bare:.2f}")
    cpu = sum(user + kernel for _, user, kernel in shares)
    busiest = sorted(shares, key=lambda s: -s[1] - s[2])[:6]
    return {"parallel": parallel, "outbox": statistics.median(r[0] for r in rounds),
            "bare_client": statistics.median(r[1] for r in rounds),
            "ratio": statistics.median(r[0] / r[1] for r in rounds), "cpu_us": cpu * 1e6 / total,
            "threads": [{"name": n, "user_s": round(u, 2), "kernel_s": round(k, 2)} for n, u, k in busiest]}


def paced(a, parallel, rate, seconds):
    """A steady load through the whole way, with 1,000 open conversations: the waits, or None where it does not keep up."""
    with workplace() as directory:
        log, out = directory / "received", directory / "acknowledged"
        with gateway(a, directory, SLOW, parallel), receiver(directory, 0, log):
            count = Count(SLOW)
            await_answer(f"http://127.0.0.1:{GATEWAY}/healthz")
            load(a, 1000, CUSTOMERS / 1000, "warm")
            list(receipts(count, enqueued(directory)))
            before = count.ask()
            result = load(a, rate, seconds, "paced", out)
            behind = result["sent"] - (count.ask() - before)
            kept_up = behind <= rate * BACKLOG_SECONDS and result["seconds"] <= seconds + BACKLOG_SECONDS
            list(receipts(count, enqueued(directory)))
        if not kept_up:
            return None
        received = {line["id"]: line["at"] for line in map(json.loads, reversed(log.read_text().splitlines()))}
        answers = map(json.loads, out.read_text().splitlines())
        return sorted(received[answer["id"]] - answer["at"] for answer in answers)


def waits(a, parallel):
    """The highest rate of steps of an eighth that is kept up, then the waits at half of it."""
    low, high = 0, None
    rate = 400
    while high is None or high - low > high / 8:
        if paced(a, parallel, rate, a.seconds) is None:
            high = rate
        else:
            low = rate
        say(f"waits, {parallel} at a time: {rate}/s is {'kept up' if low == rate else 'too much'}")
        rate = round(low * 2 if high is None else (low + high) / 2)
    medians, nineties, half = [], [], low / 2
    for number in range(a.rounds):
        times = paced(a, parallel, half, a.seconds)
        if times is None:
            sys.exit(f"half of the highest rate, {half}/s, was not kept up: the machine is busy otherwise")
        medians.append(times[len(times) // 2])
        nineties.append(times[len(times) * 99 // 100])
        say(f"waits, {parallel} at a time, round {number + 1}: {half:.0f}/s, "
            f"median {medians[-1]:.1f} ms, p99 {nineties[-1]:.1f} ms")
    return {"parallel": parallel, "highest": low, "rate": half, "median_ms": statistics.median(medians),
            "p99_ms": statistics.median(nineties)}


def show(result):
    if "claims" in result:
        print("\nclaiming 4 lanes      commit    queries alone   giving back")
        for line in result["claims"]["medians_ms"]:
            print(f"  {line['pending']:>9} pending {line['claim']:7.3f} ms    {line['queries']:7.3f} ms"
                  f"      {line['giving_back']:7.3f} ms")
        print(f"  growth            {result['claims']['growth']:7.2f}       {result['claims']['growth_of_queries']:7.2f}")
    for name, title in (("rate", "deliveries to a no-op receiver"), ("drain", "drain of a receiver with 20 ms a post")):
        for line in result.get(name, []):
            print(f"\n{title}, {line['parallel']} at a time"
                  f"\n  outbox {line['outbox']:.0f}/s, bare client {line['bare_client']:.0f}/s, ratio {line['ratio']:.2f};"
                  f" {line['cpu_us']:.0f} µs of CPU a delivery")
            if name == "drain":
                print(f"  {line['outbox'] / (line['parallel'] / DELAY):.2f} of {line['parallel'] / DELAY:.0f}/s,"
                      " which such a receiver can take")
            for thread in line["threads"]:
                if thread["user_s"] + thread["kernel_s"] >= 0.05:
                    print(f"  {thread['name']:<20} {thread['user_s']:6.2f} s user  {thread['kernel_s']:6.2f} s kernel")
    for line in result.get("waits", []):
        print(f"\nacknowledged to received, {line['parallel']} at a time, at {line['rate']:.0f}/s (half of"
              f" {line['highest']}/s): median {line['median_ms']:.1f} ms, p99 {line['p99_ms']:.1f} ms")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samtal", required=True, help="the release binary")
    arguments.add_argument("--tool", required=True, help="the release binary of Benchmarks/Tool")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--seconds", type=int, default=8, help="length of one drain or one steady load")
    arguments.add_argument("--messages", type=int, default=20_000, help="how many wait for the no-op receiver")
    arguments.add_argument("--parallel", type=int, nargs="+", default=[4, 16], help="lanes carried at one time")
    arguments.add_argument("--pending", type=int, nargs="+", default=[10, 10_000, 1_000_000])
    arguments.add_argument("--only", nargs="+", choices=["claims", "rate", "drain", "waits"], help="default: all")
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--profile", action="store_true", help="perf record during the last round of each rate")
    a = arguments.parse_args()
    for name in ("nginx", "curl"):
        if not shutil.which(name):
            sys.exit(f"{name} is missing: run `make bench`, which installs it")
    parts = {
        "claims": lambda: claims(a),
        "rate": lambda: [ratios(a, "rate", p, a.messages, NOOP) for p in a.parallel],
        "drain": lambda: [ratios(a, "drain", p, int(a.seconds * p / DELAY), SLOW) for p in a.parallel],
        "waits": lambda: [waits(a, p) for p in a.parallel],
    }
    result = {name: part() for name, part in parts.items() if not a.only or name in a.only}
    if a.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)


if __name__ == "__main__":
    main()
