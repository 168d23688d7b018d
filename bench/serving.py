"""What bench/serve and bench/endure share: a server on loopback, its load, its figures."""
import hashlib
import json
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.request

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SHARED = os.path.abspath(os.environ.get("CORD_SHARED", os.path.join(TOP, "../shared")))
DATA = os.environ.get("BENCH_DATA", os.path.join(TOP, "build/bench-data"))
BUILD = os.path.join(TOP, "build/release")
RULES = ["rules", "rules-emerging-threats", "rules-threat-hunting", "rules-compliance"]
TOKEN = "bench"


def stop(text):
    print("%s: %s" % (os.path.relpath(sys.argv[0], TOP), text), file=sys.stderr)
    sys.exit(2)


def build():
    cmake = ["cmake", "--preset", "release", "-DCORD_BENCH=ON"]
    if subprocess.run(cmake, cwd=TOP, stdout=subprocess.DEVNULL).returncode != 0 or \
            subprocess.run(["cmake", "--build", BUILD, "--target", "cordon", "bench_load"], cwd=TOP,
                           stdout=subprocess.DEVNULL).returncode != 0:
        stop("the release preset does not build")


def certificate(work):
    made = subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                           "-nodes", "-keyout", work + "/key.pem", "-out", work + "/certificate.pem",
                           "-days", "2", "-subj", "/CN=localhost"], stderr=subprocess.DEVNULL)
    if made.returncode != 0:
        stop("openssl makes no certificate")
    os.chmod(work + "/key.pem", 0o600)


def configure(work, more_sources=""):
    rules = [os.path.join(SHARED, "sigma", name) for name in RULES]
    with open(work + "/cordon.yaml", "w") as file:
        file.write("""data: %s/data
rules: %s
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
  - {protocol: syslog, address: "127.0.0.1:0"}
  - {protocol: syslog-udp, address: "127.0.0.1:0"}
  - {protocol: syslog, name: syslog-tls, address: "127.0.0.1:0", certificate: %s/certificate.pem, key: %s/key.pem,
     connections_per_address: 20000}
sources:
  - {name: bench, organisation: BENCH, addresses: [127.0.0.0/8], token_sha256: [%s]}
%s""" % (work, json.dumps(rules), work, work, hashlib.sha256(TOKEN.encode()).hexdigest(), more_sources))


def more_files():
    """As many open files as may be."""
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


class Server:
    def __init__(self, work):
        self.log = open(work + "/log", "w+")
        self.process = subprocess.Popen([BUILD + "/cordon", "serve", "--config", work + "/cordon.yaml"],
                                        stderr=self.log)
        for _ in range(600):
            text = open(work + "/log").read()
            if " server.ready" in text:
                break
            if self.process.poll() is not None:
                stop("the server does not start: " + text)
            time.sleep(0.1)
        self.ports = dict(re.findall(r'server.listening listener="([^"]*)".* port=(\d+)', text))

    def cpu_s(self):
        fields = open("/proc/%d/stat" % self.process.pid).read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def memory_mb(self, what):
        """VmRSS: now; VmHWM: at most."""
        status = open("/proc/%d/status" % self.process.pid).read()
        return int(re.search(what + r":\s+(\d+)", status).group(1)) / 1024

    def page(self, path):
        url = "http://127.0.0.1:%s%s" % (self.ports["status"], path)
        return urllib.request.urlopen(url, timeout=30).read().decode()

    def metrics(self):
        return self.page("/metrics")

    def sources(self):
        return {source["source"]: source for source in json.loads(self.page("/api/v1/sources"))["sources"]}

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(timeout=300) != 0:
            stop("the server ended badly")


def load_command(server, protocol, events, size, seconds, connections, more=()):
    tls = protocol.endswith("-tls")
    listener = "http" if protocol in ("ndjson", "bulk", "hec") else protocol
    return [BUILD + "/bench/bench_load", "--protocol", protocol.replace("-tls", ""), "--port",
            server.ports[listener], "--events", os.path.join(DATA, events), "--token", TOKEN, "--size",
            str(size), "--seconds", str(seconds), "--connections", str(connections)] + \
        (["--tls"] if tls else []) + list(more)


def number(text, pattern):
    found = re.search("^" + pattern + r" ([\d.]+)$", text, re.M)
    return float(found.group(1)) if found else 0.0


def stages(text, stored):
    """ns an event of each of the intake's stages."""
    found = re.findall(r'^cordon_intake_cpu_seconds_total\{stage="(\w+)"\} ([\d.]+)$', text, re.M)
    return {stage + "_ns": round(float(value) * 1e9 / max(stored, 1)) for stage, value in found}


def settle(server):
    """Waits until nothing is under way. Returns the metrics then, the longest delay that was seen, and how long
    it took: what syslog has sent is not all stored when the sender ends."""
    began = time.monotonic()
    previous = -1
    delay = 0.0
    while True:
        text = server.metrics()
        stored = number(text, "cordon_intake_events_total")
        delay = max(delay, number(text, "cordon_judge_delay_max_seconds"))  # since it was last asked
        if stored == previous and number(text, "cordon_intake_waiting") == 0:
            return text, delay, time.monotonic() - began
        previous = stored
        time.sleep(0.5)
