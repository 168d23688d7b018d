"""Blocks, by the section of docs/evidence-format.md that describes them, and what is common to all of a store: numbers,
events, damage. Part of evidence_reader.py."""

import hashlib
import re
import struct

import xxhash
import zstandard

WORD = (1 << 64) - 1
ROLES = ("time", "host", "channel", "event id", "provider", "record id", "user", "message", "product", "category",
         "service", "dataset")
ESCAPED = 1  # a value's flag: JSON's escapes are left in it
EXPIRED = b"[expired]"
SECTION_MAX, PART_MAX, SECTIONS_MAX = 256 << 20, 1 << 30, 16384


class Damaged(Exception):
    """The store is not as the page says."""


def need(condition, what):
    if not condition:
        raise Damaged(what)


def signed(value):
    value &= WORD
    return value - (1 << 64) if value >> 63 else value


class Cursor:
    """Reads the page's kinds of numbers one behind the other."""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def take(self, count):
        need(0 <= count <= len(self.data) - self.at, "it ends too early")
        self.at += count
        return self.data[self.at - count:self.at]

    def unpack(self, form):
        values = struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))
        return values[0] if len(values) == 1 else values

    def varint(self):
        value = 0
        for at in range(10):
            byte = self.take(1)[0]
            value |= (byte & 0x7f) << 7 * at
            if byte < 0x80:
                need(value <= WORD, "a varint has more than 64 bits")
                return value
        raise Damaged("a varint has more than ten bytes")

    def zigzag(self):
        value = self.varint()
        return signed(value >> 1 ^ -(value & 1))

    def text(self):
        return self.take(self.varint())

    def texts(self, count):
        return [self.text() for _ in range(count)]

    def list(self, count):
        form = self.unpack("B")
        width, differences = form & 15, form & 16
        need(form < 32 and width <= 8, "a list of no known form")
        base = self.zigzag()
        numbers = [self.zigzag()] if differences else []
        rest = count - len(numbers)
        need(rest >= 0, "a list of differences without a first number")
        planes = self.take(width * rest)
        planes = [planes[at * rest:(at + 1) * rest] for at in range(width)]
        values = map(lambda column: int.from_bytes(column, "little"), zip(*planes)) if width else [0] * rest
        if not differences:
            return [signed(base + value) for value in values]
        for value in values:
            numbers.append(signed(numbers[-1] + base + value))
        return numbers

    def end(self):
        need(self.at == len(self.data), "there is more than there should be")


def sha256(data):
    return hashlib.sha256(data).digest()


def xxh3(data, seed=0):
    return xxhash.xxh3_64_intdigest(data, seed)


def mix(value):
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9 & WORD
    value = (value ^ value >> 27) * 0x94d049bb133111eb & WORD
    return value ^ value >> 31


# --- events ---

class Value:
    def __init__(self, names, text, form):
        self.names, self.text = [name.decode("utf-8", "replace") for name in names], text
        self.called, self.first = names, names[0]
        self.kind, self.flags = form & 15, form >> 4


class Event:
    """number; received and happened in nanoseconds, happened None when the source says no time; origin, seven texts;
    raw; values; roles: name to index of the value."""

    def __init__(self, number, happened, received, origin):
        self.number, self.happened, self.received, self.origin = number, happened, received, origin
        self.organisation, self.source, self.format, self.event_class = origin[:4]
        self.raw, self.values, self.roles = b"", [], {}


# --- filter ---

class Filter:
    def __init__(self, data):
        need(len(data) >= 24 and data[:8] == b"CORDFLT1", "a filter begins otherwise")
        self.count, check = struct.unpack_from("<QQ", data, 8)
        self.bits = data[24:]
        need(self.count % 64 == 0 and len(self.bits) * 8 == self.count, "a filter has another length")
        need(check == xxh3(self.bits) ^ self.count, "a filter is damaged")

    def bit(self, hashed):
        at = hashed * self.count >> 32
        return self.bits[at >> 3] >> (at & 7) & 1

    def has(self, kind, piece):
        if not self.count:
            return True
        hashed = mix(int.from_bytes(piece, "little") + (kind << 56)) >> 32
        if kind != 2:
            hashed &= ~1
            return bool(self.bit(hashed) and self.bit(hashed * 0x9e3779b1 & 0xffffffff))
        if hashed >= 1 << (30 if re.search(rb"[a-z]", piece) else 31):
            return True  # does not count
        return bool(self.bit((hashed | 1) << 2 & 0xffffffff | 1))


def pieces(text):
    """Of a text that is looked for, the kind and bytes of each piece that must be there."""
    text = text.lower().replace("\u212a".encode(), b"k").replace("\u017f".encode(), b"s")
    for found in re.finditer(rb"[a-z0-9_.-]+", text):
        word, begin, end = found[0], found.start(), found.end()
        whole = 0 < begin and end < len(text)
        if word[:1] in (b"t", b"n") and text[begin - 1:begin] in (b"", b"\\"):
            word, whole = word[1:], False
        if whole and 2 <= len(word) <= 5:
            yield 3, word
        for at in range(len(word) - 4):
            if not re.search(rb"[0-9]", word[at:at + 5]):
                yield 1, word[at:at + 5]
        for at in range(len(word) - 5):
            if re.search(rb"[0-9]", word[at:at + 6]):
                yield 2, word[at:at + 6]


# --- block ---

DIRECTORY, ROWS, LENGTHS, TEXT, COLUMNS, FILTER, SUMMARY = range(1, 8)


class Part:
    """Body or personal part: its sections, unpacked, and its dictionary."""

    def __init__(self, data, magic, head_bytes):
        need(data[:8] == magic, "a part begins otherwise")
        begin, count = struct.unpack_from("<II", data, 8)
        need(count <= SECTIONS_MAX and begin == head_bytes + 24 * count and begin <= len(data),
             "a part's table is not as it should be")
        check, = struct.unpack_from("<Q", data, head_bytes - 8)
        need(check == xxh3(data[:head_bytes - 8] + bytes(8) + data[head_bytes:begin]), "a part's head is damaged")
        self.kinds, self.sections, at, total = [], [], begin, 0
        self.sums = []
        for row in range(count):
            kind, packing, zero, packed, length, more_zero, check = struct.unpack_from("<BBHIIIQ", data,
                                                                                     head_bytes + 24 * row)
            total += length
            need(1 <= kind <= 7 and packing <= 1 and zero == more_zero == 0 and packed <= len(data) - at and
                 length <= SECTION_MAX and total <= PART_MAX, "a section is not as it should be")
            packed_bytes = data[at:at + packed]
            need(check == xxh3(packed_bytes), "a section is damaged")
            if packing:
                packed_bytes = zstandard.ZstdDecompressor().decompress(packed_bytes, max_output_size=length)
            need(len(packed_bytes) == length, "a section has another length")
            self.kinds.append(kind)
            self.sections.append(packed_bytes)
            self.sums.append(check)
            at += packed
        need(at == len(data), "there is something behind the sections")
        self.dictionary = self.read_dictionary()

    def only(self, kind):
        found = [section for section, its_kind in zip(self.sections, self.kinds) if its_kind == kind]
        need(len(found) <= 1, "there are two sections where one should be")
        return found[0] if found else None

    def read_dictionary(self):
        text = b"".join(section for section, kind in zip(self.sections, self.kinds) if kind == TEXT)
        lengths = self.only(LENGTHS)
        if lengths is None:
            return []
        cursor = Cursor(lengths)
        lengths = cursor.list(cursor.varint())
        cursor.end()
        cursor = Cursor(text)
        values = [cursor.take(length) for length in lengths]
        cursor.end()
        return values

    def columns(self, section, offset):
        need(section < len(self.sections) and self.kinds[section] == COLUMNS, "a column is in no section")
        return Cursor(self.sections[section], offset)

    def entries(self, cursor, count):
        """The distinct values, and which of them each entry is."""
        distinct = cursor.varint()
        need(distinct <= count, "a column has more distinct values than entries")
        values = [self.value(number) for number in cursor.list(distinct)]
        numbers = list(range(count)) if distinct == count else cursor.list(count)
        need(all(0 <= number < distinct for number in numbers), "a column's entry is none of its values")
        return values, numbers

    def column(self, section, offset, count):
        values, numbers = self.entries(self.columns(section, offset), count)
        return [values[number] for number in numbers]

    def patch(self, section, offset, values, numbers):
        """What the entries say where others stand in for it: self is the personal part."""
        cursor = self.columns(section, offset)
        stands = set(cursor.list(cursor.varint()))
        need(all(0 <= number < len(values) for number in stands), "what stands in is not in the column")
        hidden = [self.value(number) for number in cursor.list(cursor.varint())]
        which = cursor.list(sum(number in stands for number in numbers))
        need(hidden and all(0 <= number < len(hidden) for number in which), "a patch's entry is none of its values")
        which = iter(which)
        return [hidden[next(which)] if number in stands else values[number] for number in numbers]

    def value(self, number):
        need(0 <= number < len(self.dictionary), "a value is not in the dictionary")
        return self.dictionary[number]


def fold(name):
    return bytes(name).lower()  # of bytes: ASCII alone


def says(value):
    return value.kind not in (4, 5)


class Summary:
    """What a block says of itself; nothing when there are no bytes."""

    def __init__(self, data):
        self.there, self.text = bool(data), b""
        if not data:
            return
        part = Part(data, b"CORDSUM1", 24)
        need(part.kinds == [SUMMARY] and len(part.sections[0]) <= 1 << 20, "a summary has other sections")
        self.text = part.sections[0]
        cursor = Cursor(self.text)
        self.roles = {"host": cursor.varint(), "user": cursor.varint(), "class": cursor.varint()}
        names = [(cursor.text(), cursor.varint(), cursor.varint()) for _ in range(cursor.varint())]
        self.names = {name: codes for name, *codes in names}
        keys = [bytes(name) for name, *_ in names]
        need(keys == sorted(set(keys)), "the names of a summary are not in order")
        self.times = cursor.list(cursor.varint())
        need(self.times == sorted(set(self.times)), "the times of a summary are not in order")
        self.tables = [self.table(cursor.text()) for _ in range(cursor.varint())]
        cursor.end()

    def table(self, data):
        cursor, found = Cursor(data), {}
        count = cursor.varint()
        need(count <= 257, "a table has too many values")
        for _ in range(count):
            form, text, rows, first, last = (cursor.unpack("B"), bytes(cursor.text()), cursor.varint(), cursor.varint(),
                                             cursor.varint())
            need(form & 15 <= 4 and form >> 4 <= 1 and max(first, last) < len(self.times), "a value is none")
            need((form, text) not in found, "a value is there twice")
            found[form, text] = [rows, self.times[first], self.times[last]]
        cursor.end()
        return found

    def check(self, events):
        """What it says is what the events say."""
        if not self.there:
            return
        said = {}  # of each question, of each event, the saying values
        for at, event in enumerate(events):
            for value in event.values:
                if says(value):
                    first = fold(value.first)
                    whole = {fold(name) for name in value.called} | {first.rsplit(b".", 1)[-1]}
                    for question in [(name, 0) for name in whole] + [(first, 1)]:
                        said.setdefault(question, {}).setdefault(at, []).append(value)
            if event.event_class:
                said.setdefault("class", {})[at] = [Value([b"class"], event.event_class, 0)]
            for role in self.roles:
                if role in event.roles and says(event.values[event.roles[role]]):
                    said.setdefault(role, {})[at] = [event.values[event.roles[role]]]
        need({question[0] for question in said if isinstance(question, tuple)} == set(map(bytes, self.names)),
             "a summary has other names than its block")
        for role, code in self.roles.items():
            self.compare(code, said.get(role, {}), events)
        for name, codes in self.names.items():
            for rooted, code in enumerate(codes):
                self.compare(code, said.get((bytes(name), rooted), {}), events)

    def compare(self, code, said, events):
        need(bool(code) == bool(said), "a summary knows of values that are not there, or not of those that are")
        if code < 2:
            return
        need(code - 2 < len(self.tables) and all(len(values) == 1 for values in said.values()),
             "a table is not there, or counts rows with two values")
        counted = {}
        for at, event in enumerate(events):
            value = said[at][0] if at in said else None
            key = (value.kind | (value.flags & ESCAPED) << 4, bytes(value.text)) if value else (4, b"")
            when = event.received if event.happened is None else event.happened
            rows, first, last = counted.get(key, (0, when, when))
            counted[key] = [rows + 1, min(first, when), max(last, when)]
        need(counted == self.tables[code - 2], "a table says other than its rows")


class Gone:
    """A personal part that is not there any more: whatever is asked for has expired."""

    def column(self, _section, _offset, entries):
        return [EXPIRED] * entries

    def value(self, _number):
        return EXPIRED


class Shape:
    def __init__(self, cursor, counts):
        """counts: origins, fields, roles."""
        (self.origin, self.rows, self.skeleton_bytes, self.raw_holes, self.raw_skeleton, holes,
         spans) = (cursor.varint() for _ in range(7))
        need(self.origin < counts[0], "a shape is from nowhere")
        self.holes, last = [], {}
        self.cuts, cut = [], 0
        for at in range(holes):
            cut += cursor.varint()
            self.cuts.append(cut)
            code = cursor.varint()
            kind, change = code & 3, code >> 2
            last[kind] = last.get(kind, 0) + (change >> 1 ^ -(change & 1))
            need(kind != 1 or 0 <= last[kind] < at and self.holes[last[kind]][0] != 1, "a hole repeats no hole")
            self.holes.append((kind, last[kind]))
        need(cut <= self.skeleton_bytes, "a hole is behind the skeleton")
        self.spans, end = [], (0, 0)
        for _ in range(spans):
            field, form = cursor.varint(), cursor.unpack("B")
            need(field < counts[1], "a span is of no field")
            begin = (end[0] + cursor.zigzag(), end[1] + cursor.zigzag())
            end = (begin[0] + cursor.zigzag(), begin[1] + cursor.zigzag())
            self.spans.append((field, form, begin, end))
        roles = [cursor.varint() for _ in range(counts[2])]
        need(all(role <= spans for role in roles), "a role is no span")
        self.roles = {name: role - 1 for name, role in zip(ROLES, roles) if role}

    def cut_up(self, skeleton):
        """Where each piece begins and ends."""
        ends = self.cuts + [len(skeleton)]
        self.skeleton = skeleton
        self.pieces = [skeleton[begin:end] for begin, end in zip([0] + self.cuts, ends)]

    def text(self, values):
        parts = [self.pieces[0]]
        for value, piece in zip(values, self.pieces[1:]):
            parts += (value, piece)
        return b"".join(parts)


class Block:
    def __init__(self, body, person, bloom, summary):
        self.body = Part(body, b"CORDBLK1", 104)
        (self.rows, self.origin_count, *times, self.number_min, self.number_max, self.raw_bytes,
         self.person_length, zero) = struct.unpack_from("<II4q5Q", body, 16)
        self.times = tuple(times)
        need(zero == 0, "a block's head is not as it should be")
        self.filters = [Filter(bloom)]
        self.summary = Summary(summary)
        self.person = Gone()
        if person:
            self.person = Part(person, b"CORDPER1", 32)
            belongs, = struct.unpack_from("<Q", person, 16)
            need(len(person) == self.person_length and belongs == self.body.sums[0], "it is another block's part")
            own = self.person.only(FILTER)
            self.filters += [Filter(own)] if own is not None else []
        elif not self.person_length:
            self.person = None
        self.read_directory()

    def read_directory(self):
        need(self.body.kinds and self.body.kinds[0] == DIRECTORY, "a block has no directory")
        cursor = Cursor(self.body.sections[0])
        self.origins = [cursor.texts(7) for _ in range(cursor.varint())]
        need(len(self.origins) == self.origin_count, "head and directory have other origins")
        self.fields = [cursor.texts(cursor.varint()) for _ in range(cursor.varint())]
        columns = []
        for _ in range(cursor.varint()):
            part = cursor.varint()
            columns.append([part] + [cursor.varint() for _ in range(5 if part == 2 else 3)])
        roles = cursor.varint()
        need(roles == len(ROLES), "another number of roles")
        counts = (len(self.origins), len(self.fields), roles)
        self.shapes = [Shape(cursor, counts) for _ in range(cursor.varint())]
        for shape in self.shapes:
            shape.cut_up(cursor.take(shape.skeleton_bytes))
        cursor.end()
        self.columns = []
        for part, entries, section, offset, *patch in columns:
            need(part == 0 or part <= 2 and self.person is not None, "a column is in no part")
            if part == 2 and not isinstance(self.person, Gone):
                values, numbers = self.body.entries(self.body.columns(section, offset), entries)
                self.columns.append(self.person.patch(*patch, values, numbers))
            else:
                self.columns.append((self.person if part == 1 else self.body).column(section, offset, entries))
        self.hand_out()

    def hand_out(self):
        """Of each hole of each shape its values, one a row of the shape."""
        taken = [0] * len(self.columns)
        for shape in self.shapes:
            shape.values = []
            for kind, number in shape.holes:
                if kind == 0:
                    need(number < len(self.columns), "a hole is in no column")
                    values = self.columns[number][taken[number]:taken[number] + shape.rows]
                    taken[number] += shape.rows
                    need(len(values) == shape.rows, "a column has too few entries")
                elif kind == 1:
                    values = shape.values[number]
                else:
                    need(kind == 2 or self.person is not None, "a hole is in no part")
                    values = [(self.body if kind == 2 else self.person).value(number)] * shape.rows
                shape.values.append(values)
        need(taken == [len(column) for column in self.columns], "a column has entries left")

    def events(self):
        rows = self.body.only(ROWS)
        need(rows is not None, "a block has no rows")
        cursor = Cursor(rows)
        lists = [cursor.list(self.rows) for _ in range(5)]
        cursor.end()
        ranks, raw_bytes = [0] * len(self.shapes), 0
        for shape_number, number, received, dated, time in zip(*lists):
            need(0 <= shape_number < len(self.shapes) and dated in (0, 1), "a row has no shape")
            need(dated or time == received, "a row without a time has one")
            shape, rank = self.shapes[shape_number], ranks[shape_number]
            need(rank < shape.rows, "a shape has more rows than it says")
            ranks[shape_number] += 1
            event = Event(number, time if dated else None, received, self.origins[shape.origin])
            self.fill(event, shape, [values[rank] for values in shape.values])
            raw_bytes += len(event.raw)
            yield event
        need(ranks == [shape.rows for shape in self.shapes], "a shape has fewer rows than it says")
        if not isinstance(self.person, Gone):
            need(raw_bytes == self.raw_bytes, "raw is longer or shorter than it was")

    def fill(self, event, shape, values):
        text = shape.text(values)
        before = [0]
        for value in values:
            before.append(before[-1] + len(value))

        def place(holes, skeleton):
            need(0 <= holes < len(before) and 0 <= skeleton <= len(shape.skeleton), "a place is outside its row")
            return before[holes] + skeleton
        event.raw = text[:place(shape.raw_holes, shape.raw_skeleton)]
        for field, form, begin, end in shape.spans:
            begin, end = place(*begin), place(*end)
            need(begin <= end, "a value ends before it begins")
            event.values.append(Value(self.fields[field], text[begin:end], form))
        event.roles = shape.roles
