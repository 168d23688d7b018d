#!/usr/bin/python3 -B
"""Reads an evidence store by docs/evidence-format.md and by nothing else.

It shares no code with the program and is not meant to be fast: it is what the page is tested with. Whatever does not
fit the page raises Damaged. As a program it prints one JSON object an event, in the order of their numbers.
"""

import json
import pathlib
import re
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence_block import ROLES, Block, Cursor, Damaged, Event, Value, WORD, mix, need, sha256, xxh3

# --- ids ---

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Ids:
    def __init__(self, key):
        self.key = struct.unpack("<QQ", key)

    def round(self, half, turn):
        inner = mix(self.key[turn % 2] + (half << 8 | turn) & WORD)
        return mix(inner ^ self.key[(turn + 1) % 2]) & 0x1ffffff

    def number(self, text):
        """The number of an id, or None."""
        digits = text.replace("-", "").replace(" ", "").upper().translate(str.maketrans("OIL", "011"))
        if len(digits) != 12 or any(digit not in ALPHABET for digit in digits):
            return None
        x = 0
        for digit in digits:
            x = x << 5 | ALPHABET.index(digit)
        if x % 1021 or x & 1023 >= 1021:
            return None
        left, right = x >> 35, x >> 10 & 0x1ffffff
        for turn in (5, 4, 3, 2, 1, 0):
            left, right = right ^ self.round(left, turn), left
        return left << 25 | right

    def id(self, number):
        left, right = number >> 25, number & 0x1ffffff
        for turn in range(6):
            left, right = right, left ^ self.round(right, turn)
        y = left << 25 | right
        x = y << 10 | -(y << 10) % 1021
        digits = "".join(ALPHABET[x >> 5 * at & 31] for at in reversed(range(12)))
        return "-".join((digits[:4], digits[4:8], digits[8:]))


# --- spool ---

def read_image(image, first, count):
    cursor = Cursor(image)
    need(cursor.varint() == len(ROLES), "another number of roles")
    origins = [cursor.texts(7) for _ in range(cursor.varint())]
    fields = [cursor.texts(cursor.varint()) for _ in range(cursor.varint())]
    need(all(1 <= len(names) <= 16 for names in fields), "a field has no names, or too many")
    need(cursor.varint() == count, "the frame says another number of events")
    events = []
    for number in range(first, first + count):
        undated = cursor.varint()
        happened, received = cursor.unpack("qq")
        origin = cursor.varint()
        raw_length, text = cursor.varint(), cursor.text()
        need(undated <= 1 and origin < len(origins) and raw_length <= len(text), "an event is not as it should be")
        event = Event(number, None if undated else happened, received, origins[origin])
        event.raw = text[:raw_length]
        roles = cursor.unpack("12H")
        for _ in range(cursor.varint()):
            offset, length, field, form = cursor.varint(), cursor.varint(), cursor.varint(), cursor.unpack("B")
            need(offset + length <= len(text) and field < len(fields), "a value is outside its event")
            event.values.append(Value(fields[field], text[offset:offset + length], form))
        event.roles = {name: at for name, at in zip(ROLES, roles) if at != 65535}
        need(all(at < len(event.values) for at in event.roles.values()), "a role is no value")
        events.append(event)
    cursor.end()
    return events


def read_spool(path, number, store_id):
    """All events of whole frames, whatever their numbers."""
    data = path.read_bytes()
    header = data[:56]
    if len(header) < 56:
        return []  # was being made
    magic, version, size, store, file_number, salt, check = struct.unpack("<8sII16sQQQ", header)
    need((magic, version, size, store, file_number) == (b"CORDSPL1", 1, 56, store_id, number)
         and check == xxh3(header[:48]), f"{path}: the header is not as it should be")
    events, at = [], 56
    while (at := data.find(b"FRAM", at)) >= 0:
        head = data[at:at + 40]
        if len(head) < 40:
            break
        _, count, first, length, image_check, head_check = struct.unpack("<4sIQQQQ", head)
        image = data[at + 40:at + 40 + length]
        if head_check != xxh3(head[:32], salt) or len(image) != length or image_check != xxh3(image, salt):
            at += 1  # damaged: the next one that fits goes on
            continue
        events += read_image(image, first, count)
        at += 40 + length
    return events


# --- chain ---

def words(line):
    """The words of a line, as they were before %XX."""
    def plain(word):
        if word == b"-":
            return b""
        return re.sub(rb"%([0-9A-F]{2})", lambda found: bytes([int(found[1], 16)]), word)
    return [plain(word) for word in line.split(b" ")]


class Segment:
    """A segment as the chain tells it."""

    NAMES = ("number", "seal", "segment_bytes", "person_bytes", "blocks", "events", "raw_bytes", "number_min",
             "number_max", "searched_min", "searched_max", "received_min", "received_max", "age_from", "days",
             "personal_days", "organisation")

    def __init__(self, line):
        need(len(line) == len(self.NAMES), "a segment's line has another number of words")
        for name, word in zip(self.NAMES, line):
            setattr(self, name, word if name in ("seal", "organisation") else int(word))
        self.seal = bytes.fromhex(self.seal.decode())
        self.expired = False


class Chain:
    def __init__(self, data, about):
        self.segments, self.holds, self.tombstones, self.origins, self.kinds = {}, {}, [], [], []
        self.through, self.next, self.entries, self.head = 0, 1, 0, bytes(32)
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(about["key"]))
        at = 0
        while at < len(data):
            end = re.compile(rb"^signature [0-9a-f]{128}\n", re.M).search(data, at)
            if not end:
                need(data[at:at + 6] == b"entry "[:len(data) - at], "the chain ends with what is no entry")
                break  # was being written
            self.entry(data[at:end.start()], data[end.start():end.end()], key, about)
            self.head = sha256(data[at:end.end()])
            at = end.end()
        need(self.entries > 0, "the chain has no entry")

    def entry(self, text, signature, key, about):
        self.entries += 1
        where = f"entry {self.entries} of the chain"
        lines = [words(line) for line in text.split(b"\n")[:-1]]
        need(len(lines) >= 4 and [line[0] for line in lines[:4]] == [b"entry", b"time", b"kind", b"previous"],
             f"{where}: its lines are not in order")
        need(int(lines[0][1]) == self.entries, f"{where}: has another number")
        need(bytes.fromhex(lines[3][1].decode()) == self.head, f"{where}: is not behind the one before")
        try:
            key.verify(bytes.fromhex(signature.split()[1].decode()), text)
        except InvalidSignature:
            raise Damaged(f"{where}: the signature is not the key's") from None
        self.kinds.append(lines[2][1].decode())
        for line in lines[4:]:
            self.line(line, about)

    def line(self, line, about):
        name, rest = line[0], line[1:]
        if name in (b"store", b"ids", b"key", b"created"):
            need(self.entries == 1 and b" ".join(rest).decode() == about[name.decode()],
                 "the chain begins with another store")
        elif name == b"segment":
            segment = Segment(rest)
            need(segment.number not in self.segments, "a segment is there twice")
            self.segments[segment.number] = segment
        elif name == b"remove":
            need(self.segments.pop(int(rest[0]), None), "what is removed was not there")
        elif name == b"expire":
            segment = self.segments.get(int(rest[0]))
            need(segment and segment.person_bytes == int(rest[1]), "what expires was not there")
            segment.expired = True
        elif name == b"through":
            self.through = int(rest[0])
        elif name == b"next":
            self.next = int(rest[0])
        elif name == b"hold":
            self.holds[self.entries] = rest
        elif name == b"release":
            need(self.holds.pop(int(rest[0]), None), "what is released was no hold")
        elif name == b"tombstone":
            self.tombstones.append(rest)
        elif name == b"origin":
            self.origins.append(rest)


# --- segment ---

class BlockEntry:
    """A block as the footer tells it."""

    def __init__(self, cursor, origins, version):
        (self.offset, self.length, self.filter_offset, self.filter_length, self.person_offset,
         self.person_length) = cursor.unpack("6Q")
        self.events, count = cursor.unpack("II")
        self.times = cursor.unpack("4q")
        self.number_min, self.number_max, self.raw_bytes = cursor.unpack("3Q")
        self.body_sum, self.filter_sum, self.person_sum = (cursor.take(32) for _ in range(3))
        self.summary_offset, self.summary_length, self.summary_sum = 0, 0, sha256(b"")
        if version > 1:
            self.summary_offset, self.summary_length = cursor.unpack("QQ")
            self.summary_sum = cursor.take(32)
        need(count <= len(origins), "a block has more origins than its segment")
        numbers = [cursor.unpack("I") for _ in range(count)]
        need(numbers == sorted(set(numbers)) and all(at < len(origins) for at in numbers),
             "a block's origins are not the segment's")
        self.origins = [origins[at] for at in numbers]


def part_of(data, offset, length, end, what):
    need(offset + length <= end, f"{what} is outside the file")
    return data[offset:offset + length]


class SegmentFile:
    """Both files of a segment: everything that the seal covers is checked before a block is read."""

    def __init__(self, folder, segment, store_id):
        name = f"{segment.number:08d}"
        self.data = (folder / f"{name}.seg").read_bytes()
        self.segment, self.store_id = segment, store_id
        need(len(self.data) == segment.segment_bytes, f"{name}.seg has another length")
        self.header(self.data, b"CORDSEG1")
        self.footer()
        self.person = None
        path = folder / f"{name}.person"
        if segment.person_bytes and not segment.expired:
            self.person = path.read_bytes()
            need(len(self.person) == segment.person_bytes, f"{name}.person has another length")
            self.header(self.person, b"CORDPER1")
        self.gaps()

    def header(self, data, magic):
        wanted = magic + struct.pack("<II16sQ", 1, 64, self.store_id, self.segment.number) + bytes(24)
        need(data[:64] == wanted, f"the header of segment {self.segment.number} is not as it should be")

    def footer(self):
        segment, data = self.segment, self.data
        offset, length, magic = struct.unpack("<QQ8s", data[-24:])
        need(magic == b"CORDEND1" and offset + length + 24 == len(data), "the tail is not as it should be")
        need(sha256(data[offset:offset + length]) == segment.seal, "the footer is not what was sealed")
        cursor = Cursor(data[offset:offset + length])
        need(cursor.take(8) == b"CORDFOOT", "the footer is none")
        version, blocks, origins, days, personal_days, zero = cursor.unpack("6I")
        store_id, number, events, raw_bytes, number_min, number_max = cursor.unpack("16s5Q")
        times = cursor.unpack("5q")
        self.filters_at = cursor.unpack("Q")
        self.summaries_at = cursor.unpack("Q") if version > 1 else offset
        self.footer_at, person_bytes = cursor.unpack("2Q")
        organisation = cursor.text()
        need(version in (1, 2), "a footer of no known version")
        need((blocks, days, personal_days, zero, store_id, number, events, raw_bytes, number_min, number_max,
              *times, self.footer_at, person_bytes, organisation) ==
             (segment.blocks, segment.days, segment.personal_days, 0, self.store_id, segment.number,
              segment.events, segment.raw_bytes, segment.number_min, segment.number_max, segment.searched_min,
              segment.searched_max, segment.received_min, segment.received_max, segment.age_from, offset,
              segment.person_bytes, segment.organisation), "footer and chain tell it differently")
        self.origins = [cursor.texts(7) for _ in range(origins)]
        need(all(origin[0] == organisation for origin in self.origins), "an origin of another organisation")
        self.blocks = [BlockEntry(cursor, self.origins, version) for _ in range(blocks)]
        cursor.end()

    def gaps(self):
        """Parts lie one behind the other and leave no byte out."""
        body, bloom, summary, person = 64, 0, 0, 64
        for block in self.blocks:
            need((block.offset, block.filter_offset, block.summary_offset) == (body, bloom, summary),
                 "there is a gap between blocks")
            body, bloom = body + block.length, bloom + block.filter_length
            summary += block.summary_length
            if block.person_length:
                need(block.person_offset == person, "there is a gap between personal parts")
                person += block.person_length
        need(body == self.filters_at and body + bloom == self.summaries_at and
             body + bloom + summary == self.footer_at, "there is a gap before filters, summaries or footer")
        need(person == self.segment.person_bytes or not self.segment.person_bytes and person == 64,
             "there is a gap behind the personal parts")

    def read(self):
        """Of each block the entry, the block, and what was sealed."""
        for entry in self.blocks:
            body = part_of(self.data, entry.offset, entry.length, self.filters_at, "a body")
            bloom = part_of(self.data, self.filters_at + entry.filter_offset, entry.filter_length, self.summaries_at,
                            "a filter")
            summary = part_of(self.data, self.summaries_at + entry.summary_offset, entry.summary_length,
                              self.footer_at, "a summary")
            person = b""
            if self.person is not None and entry.person_length:
                person = part_of(self.person, entry.person_offset, entry.person_length, len(self.person),
                                 "a personal part")
            need(sha256(body) == entry.body_sum, "a body is not what was sealed")
            need(sha256(bloom) == entry.filter_sum, "a filter is not what was sealed")
            need(sha256(summary) == entry.summary_sum, "a summary is not what was sealed")
            if person or not entry.person_length:
                need(sha256(person) == entry.person_sum, "a personal part is not what was sealed")
            block = Block(body, person, bloom, summary)
            need((block.rows, block.times, block.number_min, block.number_max, block.raw_bytes,
                  block.person_length) == (entry.events, entry.times, entry.number_min, entry.number_max,
                                           entry.raw_bytes, entry.person_length),
                 "block and footer tell it differently")
            need(sorted(block.origins) == sorted(entry.origins), "block and footer have other origins")
            yield block


# --- store ---

class Store:
    def __init__(self, path):
        self.path = pathlib.Path(path)
        lines = (self.path / "STORE").read_text().split("\n")
        need(lines[:2] == ["cordon evidence store", "format 1"] and lines[-1] == "", "it is no store")
        self.about = dict(line.split(" ", 1) for line in lines[2:-1])
        self.store_id = bytes.fromhex(self.about["store"])
        self.ids = Ids(bytes.fromhex(self.about["ids"]))
        spooled = []
        for file in sorted(self.path.glob("spool/*.spool"), key=lambda file: int(file.stem)):
            spooled += read_spool(file, int(file.stem), self.store_id)
        self.chain = Chain((self.path / "chain").read_bytes(), self.about)
        self.spooled = {}
        for event in spooled:
            if event.number > self.chain.through:
                self.spooled.setdefault(event.number, event)

    def blocks(self):
        for segment in self.chain.segments.values():
            yield from SegmentFile(self.path / "segments", segment, self.store_id).read()

    def events(self):
        """Every event once, by number."""
        events = dict(self.spooled)
        for block in self.blocks():
            found = list(block.events())
            block.summary.check(found)
            for event in found:
                need(event.number not in events, f"event {event.number} is there twice")
                events[event.number] = event
        return [events[number] for number in sorted(events)]


def shown(event, ids):
    """An event as a line of JSON in which every byte is a character."""
    return json.dumps({
        "id": ids.id(event.number), "number": event.number, "happened": event.happened, "received": event.received,
        "origin": [text.decode("latin-1") for text in event.origin], "raw": event.raw.decode("latin-1"),
        "values": [[value.names, value.kind, value.flags, value.text.decode("latin-1")] for value in event.values],
        "roles": event.roles})


def main(paths):
    for path in paths:
        store = Store(path)
        for event in store.events():
            print(shown(event, store.ids))


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except Damaged as damage:
        sys.exit(f"evidence_reader: {damage}")
