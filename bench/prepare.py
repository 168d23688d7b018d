#!/usr/bin/python3
"""Corpora for the benchmarks, made from the real data beside the checkout.

prepare.py SHARED OUT [EVENTS]

otrf            Windows events as their collectors sent them, in file order
otrf_shuffled   the same in random order, as many hosts interleave
slim, slim_shuffled
                without the rendered Message and the shipper's fields: about 1.3 KB
slim_varied     shuffled, and host, user, GUID, address and number values drawn anew
proc            process creation alone, its command lines varied
lane_*          the synthetic lanes, repeated
worst_*         events an attacker would send: one kind a file; bomb_* for the rules of bench/bombs.yml
evtx            event log files, unpacked
more_rules      1,000 public rules under new ids, their literals altered

Seeded: two runs give the same bytes.
"""
import gzip
import json
import lzma
import os
import random
import re
import sys
import uuid

SHIPPER = {"Message", "message", "EventReceivedTime", "SourceModuleName", "SourceModuleType", "port",
           "@version", "host", "tags", "type", "ecs", "agent", "log", "input"}
HEX = re.compile(r"\{?[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}\}?")
ADDRESS = re.compile(r"\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b")
NUMBER = re.compile(r"\b\d{3,}\b")
WORD = re.compile(r"(?<=[\\/ ])[A-Za-z]{5,}(?=[\\/ .])")


def read(path):
    with lzma.open(path, "rb") as packed:
        yield from packed


def is_process_creation(event):
    channel, number = str(event.get("Channel", "")), str(event.get("EventID", ""))
    return (number == "1" and "Sysmon" in channel) or (number == "4688" and channel.lower() == "security")


def varied(event, rng):
    def text(value):
        value = HEX.sub(lambda m: "{%08x-%04x-%04x-%04x-%012x}" % tuple(
            rng.getrandbits(b) for b in (32, 16, 16, 16, 48)), value)
        value = ADDRESS.sub(lambda m: ".".join(str(rng.randrange(1, 255)) for _ in range(4)), value)
        value = NUMBER.sub(lambda m: str(rng.randrange(10 ** (len(m.group()) - 1), 10 ** len(m.group()))), value)
        return value

    out = {}
    for key, value in event.items():
        if key in ("EventID", "Channel", "SourceName", "ProviderName", "Version", "Task"):
            out[key] = value
        elif key in ("Hostname", "Computer", "host"):
            out[key] = "ws-%04d.example.org" % rng.randrange(10000)
        elif key in ("User", "AccountName", "SubjectUserName", "TargetUserName"):
            out[key] = "EXAMPLE\\user%04d" % rng.randrange(5000)
        elif isinstance(value, str):
            out[key] = text(value)
        else:
            out[key] = value
    line = out.get("CommandLine")
    if isinstance(line, str) and line:
        out["CommandLine"] = WORD.sub(
            lambda m: m.group() if rng.random() < 0.7 else m.group()[0] + "%06x" % rng.getrandbits(24), line)
    return out


def write(path, lines):
    with open(path, "wb") as file:
        file.writelines(lines)
    print("%-28s %8d events %7.1f MB" % (os.path.basename(path), len(lines), os.path.getsize(path) / 1e6))


def dump(event):
    return json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def windows(shared, out, events):
    folder = os.path.join(shared, "data/windows-json-otrf")
    files = sorted(os.path.join(base, name) for base, _, names in os.walk(folder)
                   for name in names if name.endswith(".xz"))
    each = max(1, 2 * events // max(1, len(files)))
    whole, slim, proc = [], [], []
    for path in files:
        for at, line in enumerate(read(path)):
            if at >= each * 8:
                break
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if not isinstance(event, dict) or "EventID" not in event:
                continue
            if at < each:
                whole.append(line)
                slim.append({k: v for k, v in event.items() if k not in SHIPPER})
            if is_process_creation(event):
                proc.append({k: v for k, v in event.items() if k not in SHIPPER})
    whole, slim = whole[:events], slim[:events]
    rng = random.Random(20170512)
    write(os.path.join(out, "otrf.ndjson"), whole)
    write(os.path.join(out, "slim.ndjson"), [dump(e) for e in slim])
    order = list(range(len(whole)))
    rng.shuffle(order)
    write(os.path.join(out, "otrf_shuffled.ndjson"), [whole[i] for i in order])
    write(os.path.join(out, "slim_shuffled.ndjson"), [dump(slim[i]) for i in order])
    write(os.path.join(out, "slim_varied.ndjson"), [dump(varied(slim[i], rng)) for i in order])
    creations = []
    while proc and len(creations) < events // 2:
        creations.extend(dump(varied(event, rng)) for event in rng.sample(proc, len(proc)))
    write(os.path.join(out, "proc.ndjson"), creations[:events // 2])


def lanes(shared, out, events):
    folder = os.path.join(shared, "sigma-lanes")
    for name in sorted(os.listdir(folder)):
        if name.endswith(".ndjson"):
            with open(os.path.join(folder, name), "rb") as file:
                lines = file.readlines()
            write(os.path.join(out, "lane_" + name), lines * max(1, events // len(lines)))


def literals(shared):
    """The texts that process-creation rules look for, as an attacker reads them in the rules."""
    found = []
    folder = os.path.join(shared, "sigma/rules/windows/process_creation")
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            found += re.findall(r"^\s+- '([^'\n]{4,80})'", file.read(), re.M)
    return found


def worst(shared, out):
    rng = random.Random(20170512)
    words = literals(shared)

    def fill(parts, size=65536):
        text, have = [], 0
        while have < size:
            part = parts()
            text.append(part)
            have += len(part) + 1
        return " ".join(text)[:size]

    def creation(line):
        return {"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational",
                "Image": "C:\\Windows\\System32\\cmd.exe", "ParentImage": "C:\\Windows\\explorer.exe",
                "CommandLine": line, "User": "EXAMPLE\\user"}

    def near(word):
        at = rng.randrange(len(word))
        return word[:at] + chr(97 + rng.randrange(26)) + word[at + 1:]

    kinds = {
        "literals": lambda: creation(fill(lambda: rng.choice(words))),
        "near_misses": lambda: creation(fill(lambda: near(rng.choice(words)))),
        "random_words": lambda: creation(fill(lambda: "".join(chr(97 + rng.randrange(26)) for _ in range(rng.randrange(3, 12))))),
        "one_letter": lambda: creation("a" * 65536),
        "backslashes": lambda: creation("\\" * 32768),
        "emoji": lambda: creation("".join(chr(0x1f300 + rng.randrange(0x300)) for _ in range(16384))),
        "cjk": lambda: creation("".join(chr(0x4e00 + rng.randrange(0x5000)) for _ in range(21000))),
        "regex_bait": lambda: creation("rundll32.exe " * 2000 + "javascript:" * 1000 + "^" * 20000),
        "small_literals": lambda: creation(fill(lambda: rng.choice(words), 1024)),
        "thousand_fields": lambda: {**creation("cmd.exe /c whoami"),
                                    **{"Field%d_%d" % (i, rng.randrange(10)): "value %d" % i for i in range(1000)}},
        "rule_fields": lambda: {**creation("cmd.exe"), "Image": [rng.choice(words) for _ in range(1000)]},
    }
    for name, make in kinds.items():
        write(os.path.join(out, "worst_%s.ndjson" % name), [dump(make()) for _ in range(64)])
    escaped = [re.sub(rb'(?<="CommandLine":")[^"]*', lambda m: b"".join(b"\\u%04x" % b for b in m.group()[:10000]), dump(
        creation(fill(lambda: "".join(chr(97 + rng.randrange(26)) for _ in range(8)))))) for _ in range(64)]
    write(os.path.join(out, "worst_escapes.ndjson"), escaped)


def bombs(out):
    """Texts on which the expressions of bench/bombs.yml backtrack. Runs of letters stay, each by itself, below
    what a limit for each place of the text would allow."""
    rng = random.Random(20170512)

    def runs(letter, size):
        text = ""
        while len(text) < size:
            text += letter * rng.randrange(8, 17) + "b"
        return text[:size]

    def words(size):
        return "".join(rng.choice("abcdefgh") for _ in range(size))

    kinds = {
        "bomb_nested": lambda: "a" * 65535 + "b",
        "bomb_runs": lambda: runs("a", 65536),
        "bomb_words": lambda: words(65000) + "!",
        "bomb_far": lambda: "cmd /c powershell -enc " * 2850,
        "bomb_all": lambda: runs("a", 16000) + runs("x", 16000) + "y!" + "cmd /c powershell -enc " * 700 + words(16000),
        "bomb_small": lambda: runs("a", 300) + runs("x", 300) + "y!" + "cmd /c powershell -enc " * 15 + words(300),
    }
    for name, make in kinds.items():
        events = [{"EventID": 1, "Channel": "Microsoft-Windows-Sysmon/Operational", "User": "EXAMPLE\\user",
                   "Image": "C:\\Windows\\System32\\cmd.exe", "CommandLine": make()} for _ in range(64)]
        write(os.path.join(out, "worst_%s.ndjson" % name), [dump(event) for event in events])


def evtx(shared, out):
    folder = os.path.join(shared, "data/windows-evtx-attack")
    target = os.path.join(out, "evtx")
    os.makedirs(target, exist_ok=True)
    size = count = 0
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if name.endswith(".evtx.gz"):
                with gzip.open(os.path.join(base, name)) as packed:
                    data = packed.read()
                with open(os.path.join(target, "%03d_%s" % (count, name[:-3])), "wb") as file:
                    file.write(data)
                size += len(data)
                count += 1
    print("%-28s %8d files  %7.1f MB" % ("evtx", count, size / 1e6))


def altered(text, rng):
    """Another rule of the same shape: a letter of every longer word of its detection changed."""
    lines, inside = [], False
    for line in text.splitlines():
        top = line and not line[0].isspace()
        inside = line.startswith("detection:") if top else inside
        if line.startswith("id:"):
            line = "id: " + str(uuid.UUID(int=rng.getrandbits(128), version=4))
        elif inside and not top and not line.lstrip().startswith(("condition:", "#")):
            at = re.match(r"\s*(-\s)?\s*([^'\"\s][^:'\"]*:(?=\s|$))?", line).end()
            line = line[:at] + re.sub(r"(?<=[a-z]{4})[a-z]", lambda m: chr(97 + rng.randrange(26)), line[at:])
        lines.append(line)
    return "\n".join(lines) + "\n"


def more_rules(shared, out):
    rng = random.Random(20170512)
    folder = os.path.join(shared, "sigma/rules")
    paths = sorted(os.path.join(base, name) for base, _, names in os.walk(folder)
                   for name in names if name.endswith(".yml"))
    target = os.path.join(out, "more_rules")
    os.makedirs(target, exist_ok=True)
    for at, path in enumerate(rng.sample(paths, 1000)):
        with open(path, encoding="utf-8") as file:
            text = altered(file.read(), rng)
        with open(os.path.join(target, "%04d.yml" % at), "w", encoding="utf-8") as file:
            file.write(text)
    print("%-28s %8d rules" % ("more_rules", 1000))


def main():
    shared, out = sys.argv[1], sys.argv[2]
    events = int(sys.argv[3]) if len(sys.argv) > 3 else 100000
    os.makedirs(out, exist_ok=True)
    windows(shared, out, events)
    lanes(shared, out, events)
    worst(shared, out)
    bombs(out)
    evtx(shared, out)
    more_rules(shared, out)


main()
