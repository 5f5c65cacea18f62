"""The real servers that benchmarks stand on: PostgreSQL, started by the harness of the tests; samtal itself."""
import contextlib, hashlib, os, pathlib, shutil, signal, socket, subprocess, sys, tempfile

from intake import ROOT, await_answer

HARNESS = ROOT / "Tests" / "TestSupport" / "Servers" / "postgresql.sh"
# All that makes a commit durable is as the server comes; memory and logs are sized for a machine of 8 GB and more.
SETTINGS = {"shared_buffers": "1GB", "max_wal_size": "4GB", "checkpoint_timeout": "15min"}
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "wal_level": "replica"}
TOKEN = "sam_" + "benchmark" * 5


def say(text):
    """Progress goes to standard error: what is printed is the result."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def workplace():
    directory = pathlib.Path(tempfile.mkdtemp(prefix="samtal-bench-"))
    os.chmod(directory, 0o755)
    try:
        yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


@contextlib.contextmanager
def running(command, errors):
    """A process for as long as the block runs."""
    with open(errors, "a") as out:
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=out)
    try:
        yield process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(120)


def noop(directory, port):
    """nginx that answers 200 at once and counts."""
    configuration = directory / "nginx.conf"
    configuration.write_text(f"""
        daemon off; worker_processes 1; pid {directory}/nginx.pid; error_log {directory}/nginx.log;
        events {{ worker_connections 1024; }}
        http {{
          access_log off; keepalive_requests 100000000;
          server {{
            listen 127.0.0.1:{port}; client_body_temp_path {directory}/body;
            location / {{ return 200; }}
            location = /status {{ stub_status; }}
          }}
        }}
    """)
    return running(["nginx", "-c", configuration, "-p", directory], directory / "nginx.err")


def programs():
    """Where PostgreSQL's programs lie: of the newest version that is there."""
    found = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not found:
        sys.exit("PostgreSQL is missing: run `make bench`, which installs it")
    return found[-1].parent


class PostgreSQL:
    """A running server, reached by the socket in its directory."""

    def __init__(self, directory):
        self.directory, self.bin = directory, programs()

    def address(self, database):
        return f"postgresql://samtal@/{database}?host={self.directory}"

    def run(self, program, database, *arguments, text=None):
        command = [self.bin / program, *arguments, "-h", self.directory, "-U", "samtal", database]
        done = subprocess.run(list(map(str, command)), input=text, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{program}: {done.stderr.strip()[-2000:]}")
        return done.stdout

    def rows(self, database, sql):
        """The rows of the last query, each a list of texts."""
        lines = self.run("psql", database, "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", text=sql)
        return [line.split("\t") for line in lines.splitlines()]

    def value(self, database, sql):
        return self.rows(database, sql)[0][0]

    def create(self, database):
        self.rows("postgres", f"CREATE DATABASE {database}")

    def drop(self, database):
        self.rows("postgres", f"DROP DATABASE {database} WITH (FORCE)")

    def cpu(self):
        """CPU seconds that the server and all its processes have used."""
        postmaster = (self.directory / "data" / "postmaster.pid").read_text().split()[0]
        ticks = 0
        for place in pathlib.Path("/proc").iterdir():
            if not place.name.isdigit():
                continue
            try:
                fields = (place / "stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue  # It ended meanwhile: its time is its parent's now.
            if place.name == postmaster:
                ticks += sum(map(int, fields[11:15]))
            elif fields[1] == postmaster:
                ticks += sum(map(int, fields[11:13]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def settings(self):
        """What decides how durable and how quick it is. A server that promises less than usual measures nothing."""
        names = [*DURABLE, *SETTINGS, "wal_sync_method", "server_version"]
        found = {name: self.value("postgres", f"SHOW {name}") for name in names}
        for name, value in DURABLE.items():
            if found[name] != value:
                sys.exit(f"PostgreSQL runs with {name} = {found[name]}")
        return found


@contextlib.contextmanager
def postgresql(directory, **more):
    """A server for as long as the block runs; its data goes with it."""
    place = directory / "postgresql"
    place.mkdir()
    settings = [part for name, value in {**SETTINGS, **more}.items() for part in ("-c", f"{name}={value}")]
    process = subprocess.Popen(["/bin/sh", str(HARNESS), str(programs()), str(place), *settings],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        if process.stdout.readline() != "ready\n":
            sys.exit("the PostgreSQL server did not start")
        yield PostgreSQL(place)
    finally:
        process.stdin.close()
        process.wait(120)


def write_configuration(path, store, port, crm=9):
    """One WhatsApp-shaped channel, and one CRM at `crm`; nobody listens at port 9."""
    path.write_text(f"""
store: {store}
listen: 127.0.0.1:{port}
connectors: {{adapters: {ROOT}/adapters, contracts: {ROOT}/contracts}}
network: {{allow: [127.0.0.0/8]}}
deliveries: {{schedule: [{"1h" if crm == 9 else ", ".join(["1s"] * 20)}]}}
channels:
  phone:
    adapter: whatsapp-cloud
    settings: {{app_secret: benchmark, verify_token: x, access_token: x, phone_number_id: "106540352242922"}}
contracts:
  crm:
    contract: webhook
    settings: {{url: "http://127.0.0.1:{crm}/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}}
tokens:
  - {{name: bench, hash: "sha256:{hashlib.sha256(TOKEN.encode()).hexdigest()}", scopes: ["conversations:read"]}}
log: error
""")


@contextlib.contextmanager
def gateway(binary, directory, store, port, crm=9):
    """One node of the release binary."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            sys.exit(f"somebody listens at port {port} already")
    configuration = directory / f"samtal-{port}.yaml"
    write_configuration(configuration, store, port, crm)
    with running([binary, "serve", "--config", configuration], directory / f"samtal-{port}.log") as process:
        await_answer(f"http://127.0.0.1:{port}/healthz")
        yield process
