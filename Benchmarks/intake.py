#!/usr/bin/env python3
"""Measures intake against peers in one run, with one load generator (wrk, 64 connections).

  /healthz of samtal            the floor: what the HTTP server alone can do
  a static file by nginx        the peer: what a web server can do on this machine
  signed webhooks               WhatsApp-shaped posts, verified, mapped, committed durably, and only then acknowledged

Every post is a message of its own from one of 1,000 customers, and one contract wants all events, so the outbox is
written too; its CRM is away. After each round the store must hold exactly one message for each acknowledged post.
Prints the rates, their ratios, and where the CPU time went by thread. Figures are medians over the rounds.
"""
import argparse, hashlib, hmac, json, os, pathlib, re, shutil, signal, sqlite3, statistics, subprocess, sys, tempfile, time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECRET = b"benchmark"
LUA = """
local template = [==[%s]==]
local threads, ports = %d, {%s}
local counter = 0
function setup(thread)
  thread:set("number", counter)
  if #ports > 0 then thread.addr = wrk.lookup("127.0.0.1", ports[counter %% #ports + 1])[1] end
  counter = counter + 1
end
function init(args)
  lines = {}
  local position = 0
  for line in io.lines(args[1]) do
    if position %% threads == number then lines[#lines + 1] = line end
    position = position + 1
  end
  at = 0
end
function request()
  at = at + 1
  local line = lines[at]
  if not line then wrk.thread:stop(); line = lines[#lines] end
  local id, person, signature = line:match("(%%S+) (%%S+) (%%S+)")
  local body = template:gsub("@ID@", id):gsub("@PERSON@", person)
  return wrk.format("POST", "/channels/phone",
    {["content-type"] = "application/json", ["x-hub-signature-256"] = "sha256=" .. signature}, body)
end
function done(summary, latency, requests)
  io.write(string.format("BAD %%d P50 %%d P99 %%d\\n", summary.errors.status + summary.errors.read + summary.errors.write
    + summary.errors.timeout, latency:percentile(50), latency:percentile(99)))
end
"""
BODY = json.dumps({
    "object": "whatsapp_business_account",
    "entry": [{"id": "102290129340398", "changes": [{"field": "messages", "value": {
        "messaging_product": "whatsapp",
        "metadata": {"display_phone_number": "15550783881", "phone_number_id": "106540352242922"},
        "contacts": [{"profile": {"name": "Customer @PERSON@"}, "wa_id": "@PERSON@"}],
        "messages": [{"from": "@PERSON@", "id": "wamid.@ID@", "timestamp": "1749416383", "type": "text",
                      "text": {"body": "Does it come in another colour? I ordered the blue one last week."}}]}}]}],
}, separators=(",", ":"))


def script(threads=2, ports=()):
    """The posts, shared out among wrk's threads; with `ports`, the nodes take turns: one for each thread."""
    return LUA % (BODY.replace("%", "%%"), threads, ", ".join(map(str, ports)))


def named(number):
    """Whose post it is: ids in a row, 1,000 customers."""
    return f"HBgL{number:012d}", str(16505550000 + number * 7919 % 1000)


def prepare(path, first, count, named=named):
    """One line a post: id, customer, signature over the whole body."""
    with open(path, "w") as out:
        for number in range(first, first + count):
            ident, person = named(number)
            body = BODY.replace("@ID@", ident).replace("@PERSON@", person)
            out.write(f"{ident} {person} {hmac.new(SECRET, body.encode(), hashlib.sha256).hexdigest()}\n")


def wrk(url, seconds, script=None, *arguments, threads=2, connections=64):
    command = ["wrk", f"-t{threads}", f"-c{connections}", f"-d{seconds}s", "--timeout", "10s"]
    command += (["-s", script] if script else []) + [url]
    text = subprocess.run(command + list(arguments), capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1])
    total = int(re.search(r"(\d+) requests in", text)[1])
    other = int((re.search(r"Non-2xx or 3xx responses: (\d+)", text) or [0, 0])[1])
    waits = re.search(r"P50 (\d+) P99 (\d+)", text)
    return rate, total - other, other, (int(waits[1]) / 1000, int(waits[2]) / 1000) if waits else None


def nginx(directory):
    """A static file of the size of our health answer, two workers."""
    (directory / "www").mkdir()
    (directory / "www" / "healthz").write_text("ok\n")
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
        daemon off; worker_processes 2; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
        events {{ worker_connections 1024; }}
        http {{ access_log off; sendfile on; keepalive_requests 100000000; server {{ listen 127.0.0.1:18480; root {directory}/www; }} }}
    """)
    os.chmod(directory, 0o755)
    return subprocess.Popen(["nginx", "-c", str(configuration), "-p", str(directory)],
                            stderr=open(directory / "nginx.err", "w"))


def gateway(binary, directory):
    (directory / "samtal.yaml").write_text(f"""
store: sqlite:samtal.db
listen: 127.0.0.1:18481
connectors: {{adapters: {ROOT}/adapters, contracts: {ROOT}/contracts}}
network: {{allow: [127.0.0.0/8]}}
deliveries: {{schedule: [1h]}}
channels:
  phone:
    adapter: whatsapp-cloud
    settings: {{app_secret: benchmark, verify_token: x, access_token: x, phone_number_id: "106540352242922"}}
contracts:
  away:
    contract: webhook
    settings: {{url: "http://127.0.0.1:9/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}
log: error
""")
    return subprocess.Popen([binary, "serve", "--config", str(directory / "samtal.yaml")],
                            stderr=open(directory / "samtal.log", "w"))


def await_answer(url):
    deadline = time.monotonic() + 20
    while subprocess.run(["curl", "-sf", "-o", "/dev/null", url]).returncode:
        if time.monotonic() > deadline:
            sys.exit(f"{url} does not answer")
        time.sleep(0.05)


def threads(pid):
    """CPU seconds by thread id, with the kernel's share."""
    tick = os.sysconf("SC_CLK_TCK")
    times = {}
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        name, rest = re.match(r"\d+ \((.*)\) (.*)", (task / "stat").read_text(), re.S).groups()
        fields = rest.split()
        times[task.name] = (name, int(fields[11]) / tick, int(fields[12]) / tick)
    return times


def messages(directory):
    with sqlite3.connect(f"file:{directory}/samtal.db?mode=ro", uri=True) as store:
        return store.execute("SELECT count(*) FROM messages").fetchone()[0]


def settled(directory):
    """How many messages there are once what was on the way when the load stopped is in."""
    count = messages(directory)
    while True:
        time.sleep(0.5)
        last, count = count, messages(directory)
        if last == count:
            return count


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--samtal", required=True, help="the release binary")
    arguments.add_argument("--seconds", type=int, default=8, help="length of one measurement")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--json", action="store_true")
    arguments.add_argument("--profile", action="store_true", help="perf record during the last round of webhooks")
    a = arguments.parse_args()
    for tool in ("wrk", "nginx", "curl"):
        if not shutil.which(tool):
            sys.exit(f"{tool} is missing: run `make bench`, which installs it")
    directory = pathlib.Path(tempfile.mkdtemp(prefix="samtal-bench-"))
    rates = {"nginx": [], "healthz": [], "webhooks": []}
    waits, shares = [], {}
    (directory / "post.lua").write_text(script())
    peers = [nginx(directory), gateway(a.samtal, directory)]
    try:
        await_answer("http://127.0.0.1:18480/healthz")
        await_answer("http://127.0.0.1:18481/healthz")
        stored, at = messages(directory), 0
        for number in range(a.rounds):
            posts = directory / "posts.txt"
            prepare(posts, at, 30_000 * a.seconds)
            at += 30_000 * a.seconds
            rates["nginx"].append(wrk("http://127.0.0.1:18480/healthz", a.seconds)[0])
            rates["healthz"].append(wrk("http://127.0.0.1:18481/healthz", a.seconds)[0])
            if not number:
                # Every customer's first message makes their conversation; the rounds measure those that go on.
                warm = directory / "warm.txt"
                prepare(warm, 10 ** 11, 2000)
                wrk("http://127.0.0.1:18481", 3, str(directory / "post.lua"), "--", str(warm))
                stored = settled(directory)
            before = threads(peers[1].pid)
            recorder = None
            if a.profile and number == a.rounds - 1:
                recorder = subprocess.Popen(["perf", "record", "-e", "cpu-clock", "-F", "499", "-g", "-p", str(peers[1].pid), "-o",
                                             "/tmp/samtal.perf", "--", "sleep", str(a.seconds)], stderr=subprocess.DEVNULL)
            rate, acknowledged, other, wait = wrk(
                "http://127.0.0.1:18481", a.seconds, str(directory / "post.lua"), "--", str(posts))
            if recorder:
                recorder.wait()
            after = threads(peers[1].pid)
            rates["webhooks"].append(rate)
            waits.append(wait)
            now = settled(directory)
            # Posts on the way when wrk stopped were committed, but their answer was not awaited: at most 64.
            if other or not 0 <= now - stored - acknowledged <= 64:
                sys.exit(f"{acknowledged} acknowledged, {now - stored} stored, {other} refused")
            stored = now
            shares = {key: (after[key][0], after[key][1] - before.get(key, (0, 0, 0))[1],
                            after[key][2] - before.get(key, (0, 0, 0))[2]) for key in after}
            if not a.json:
                print(f"round {number + 1}: " + ", ".join(f"{k} {v[-1]:.0f}/s" for k, v in rates.items()), flush=True)
    finally:
        for peer in peers:
            peer.send_signal(signal.SIGTERM)
        for peer in peers:
            peer.wait(30)
        shutil.rmtree(directory, ignore_errors=True)
    middle = {name: statistics.median(values) for name, values in rates.items()}
    result = {
        "rates": middle, "webhooks_per_healthz": middle["webhooks"] / middle["healthz"],
        "webhooks_per_nginx": middle["webhooks"] / middle["nginx"],
        "p50_ms": statistics.median(w[0] for w in waits), "p99_ms": statistics.median(w[1] for w in waits),
    }
    if a.json:
        print(json.dumps(result, indent=2))
        return
    print(f"\nnginx, static file   {middle['nginx']:10.0f}/s")
    print(f"samtal, /healthz     {middle['healthz']:10.0f}/s   {middle['healthz'] / middle['nginx']:.2f} of nginx")
    print(f"samtal, webhooks     {middle['webhooks']:10.0f}/s   {result['webhooks_per_healthz']:.2f} of /healthz,"
          f" {result['webhooks_per_nginx']:.2f} of nginx; p50 {result['p50_ms']:.1f} ms, p99 {result['p99_ms']:.1f} ms")
    total = sum(user + system for _, user, system in shares.values())
    print(f"\nCPU of the gateway while webhooks came in (last round): {total * 1e6 / acknowledged:.0f} µs a webhook")
    for name, user, system in sorted(shares.values(), key=lambda s: -s[1] - s[2])[:8]:
        if user + system >= 0.05:
            print(f"  {name:<20} {user:6.2f} s user  {system:6.2f} s kernel")


if __name__ == "__main__":
    main()
