#!/usr/bin/python3 -B
"""compare_evidence.py [--expired] STORE HUNT FOLDER: what evidence_reader.py reads of a store, beside what the program says.

HUNT is what `cordon hunt -q -o jsonl '*' STORE` printed: the same events with the same values. FOLDER has the logs
that are in the store: of those that are lines of text, raw must be these lines. With --expired some value must read
so; without, none may.
"""

import calendar
import json
import pathlib
import re
import sys
import time

from evidence_block import ESCAPED, EXPIRED, Damaged, Gone, pieces
from evidence_reader import Store


class Number(str):
    """A number of JSON as it was written."""


class Differs(Exception):
    pass


def same(where, what, ours, theirs):
    if ours == theirs:
        return
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        what, ours, theirs = next((f"{what} {at}", one, other) for at, (one, other) in enumerate(zip(ours, theirs))
                                  if one != other)
    raise Differs(f"{where}: {what}: read {ours!r:.500}, should be {theirs!r:.500}")


def merged(text):
    """Of bytes that are no UTF-8, how many make one replacement is nobody's rule."""
    return re.sub("\ufffd+", "\ufffd", text) if isinstance(text, str) and not isinstance(text, Number) else text


def plain(text):
    return merged(text.decode("utf-8", "replace"))


def unescaped(text):
    loose = json.loads('"' + text.decode("utf-8", "replace") + '"', strict=False)
    return plain(loose.encode("utf-8", "surrogatepass"))


def nanoseconds(text):
    """RFC 3339 in UTC, to the nanosecond."""
    if text is None:
        return None
    seconds, _, fraction = text[:-1].partition(".")
    return calendar.timegm(time.strptime(seconds, "%Y-%m-%dT%H:%M:%S")) * 10**9 + int(f"{fraction:0<9}")


def member(value):
    if value.kind == 0 or value.kind == 1 and EXPIRED in value.text:
        return unescaped(value.text) if value.flags & ESCAPED else plain(value.text)
    return {1: Number(value.text.decode()), 2: True, 3: False, 4: None, 5: []}[value.kind]


def fields(event):
    found = {}
    for value in event.values:
        found.setdefault(value.names[0], []).append(member(value))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def role(event, name):
    value = event.roles.get(name)
    return None if value is None else str(member(event.values[value]))


def compare(store, event, row):
    where = row["id"]
    same(where, "number", store.ids.number(where), event.number)
    same(where, "when it happened", event.happened, nanoseconds(row.get("time")))
    same(where, "when it came in", event.received, nanoseconds(row["received"]))
    for name, text in (("org", event.organisation), ("source", event.source), ("format", event.format),
                       ("class", event.event_class)):
        same(where, name, plain(text), row.get(name, ""))
    for name in ("host", "user"):
        same(where, name, role(event, name), row.get(name))
    mine = fields(event)
    same(where, "names", list(mine), list(row["fields"]))
    for name, value in mine.items():
        other = row["fields"][name]
        same(where, name, value, [merged(text) for text in other] if isinstance(other, list) else merged(other))
    try:
        raw = event.raw.decode()
    except UnicodeDecodeError:
        raw = None
    if "raw" in row or (raw is not None and "\0" not in raw):
        same(where, "raw", raw, row.get("raw"))


def compare_ids(ids, number):
    """Both ways, as people write them, and with each single wrong character."""
    text = ids.id(number)
    loose = text.lower().replace("-", " ").replace("0", "o").replace("1", "l")
    same(text, "its number", (ids.number(text), ids.number(loose)), (number, number))
    for at in range(12):
        bare = text.replace("-", "")
        wrong = "Z" if bare[at] != "Z" else "Y"
        same(text, "mistyped", ids.number(bare[:at] + wrong + bare[at + 1:]), None)


def searched(event):
    """Texts that a search must find the event by."""
    yield event.raw
    for value in event.values:
        yield unescaped(value.text).encode() if value.flags & ESCAPED else value.text


def compare_filters(store):
    """What is in a row must be in its block's filters, and they must not say that everything is."""
    asked = refused = 0
    for block in store.blocks():
        if isinstance(block.person, Gone):
            continue  # nothing is known of what was in it
        texts = {text for event in block.events() for text in searched(event)}
        for kind, piece in {piece for text in texts for piece in pieces(text)}:
            if not any(bloom.has(kind, piece) for bloom in block.filters):
                raise Differs(f"events {block.number_min} to {block.number_max}: their filters lack {piece!r}")
        for at in range(100):
            asked += 1
            refused += not any(bloom.has(1, b"zq%cj%c" % (97 + at % 26, 97 + at // 26))
                               for bloom in block.filters)
    if asked and not refused:
        raise Differs("their filters say that everything is there")


def compare_lines(events, folder):
    """Files of lines: events of that source are the lines, in whatever order."""
    by_source = {}
    for event in events:
        by_source.setdefault((event.organisation, event.source), []).append(event.raw)
    files = 0
    for (_, source), raws in by_source.items():
        path = folder / pathlib.Path(source.decode()).name
        if path.suffix in (".log", ".json"):
            lines = [line.rstrip(b"\r") for line in path.read_bytes().split(b"\n") if line and not line.startswith(b"#")]
            same(path.name, "lines", sorted(b"\n".join(raws).split(b"\n")), sorted(lines))
            files += 1
    return files


def main(words):
    expired = "--expired" in words
    path, hunt, folder = [word for word in words if word != "--expired"]
    store = Store(path)
    events = store.events()
    with open(hunt, encoding="utf-8") as lines:
        rows = [json.loads(line, parse_int=Number, parse_float=Number, object_pairs_hook=dict) for line in lines]
    rows = {row["id"]: row for row in rows}
    same(path, "ids", sorted(store.ids.id(event.number) for event in events), sorted(rows))
    for event in events:
        compare(store, event, rows[store.ids.id(event.number)])
    for event in events[::max(1, len(events) // 50)]:
        compare_ids(store.ids, event.number)
    compare_filters(store)
    gone = sum(EXPIRED in event.raw for event in events)
    same(path, "has expired", gone > 0, expired)
    files = 0 if expired else compare_lines(events, pathlib.Path(folder))
    counted = sum(len(block.summary.tables) for block in store.blocks() if block.summary.there)
    print(f"  {len(events)} events alike, {len(store.spooled)} of them spooled, {gone} with expired values; "
          f"{sum(len(event.values) for event in events)} values; {counted} tables in summaries; "
          f"{files} files of lines; "
          f"chain: {' '.join(store.chain.kinds)}")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except (Damaged, Differs) as reason:
        sys.exit(f"compare_evidence: {reason}")
