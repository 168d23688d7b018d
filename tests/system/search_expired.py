#!/usr/bin/python3 -B
"""search_expired.py BEFORE AFTER: whether what names persons can be found in a store after it has expired.

BEFORE is a copy of the store AFTER from before its personal files expired. Names are what fields say that have expired
whole; of DOMAIN\\NAME and NAME@DOMAIN the name. Those of a segment are looked for in every byte of its file and of its
blocks' sections and summaries, unpacked: as UTF-8 and as UTF-16LE, whatever the case. What fields are called may still be read, and
events have everything else that they had.
"""

import re
import sys

from evidence_block import DIRECTORY, EXPIRED, TEXT, Damaged
from evidence_reader import SegmentFile, Store

# Accounts that are the same on every machine (docs/evidence-format.md, "What is personal").
NOBODY = set("""system;local system;localsystem;local service;localservice;network service;networkservice;
anonymous logon;anonymous;administrator;administrators;administrateur;guest;defaultaccount;wdagutilityaccount;krbtgt;
everyone;authenticated users;users;public;default;default user;all users;builtin;nt authority;nt service;
trustedinstaller;root;daemon;nobody;www-data;sshd;unset;unknown;none;null;n/a;true;false;localhost;127.0.0.1;0.0.0.0;
255.255.255.255;4294967295""".replace("\n", "").split(";"))
FIELDS = set("user username user_name targetusername subjectusername sourceuser targetuser parentuser accountname name "
             "samaccountname userprincipalname ipaddress sourceaddress sourceip targetusersid subjectusersid".split())
WIDE = EXPIRED.decode().encode("utf-16-le")


def name_of(text):
    """The name in a value, or None when it is nobody's or says too little."""
    name = text.rpartition("\\")[2].partition("@")[0].strip()
    if name.endswith("$") or name.lower() in NOBODY or re.fullmatch(r"(?i)(dwm|umfd)-\d+|s-1-.{0,9}", name):
        return None
    name = re.sub(r"(?i)^[^a-z0-9\x80-\U0010ffff]+|[^a-z0-9\x80-\U0010ffff]+$", "", name)
    if not re.search(r"(?i)[a-z\x80-\U0010ffff]|^\d{6,}$|\d+(\D\d+){3}", name):
        return None
    return name.lower() if 3 <= len(name.encode()) else None


def names_of(block, left):
    """Names that fields of the block said and say no more."""
    for event, now in zip(block.events(), left.events(), strict=True):
        for value, other in zip(event.values, now.values, strict=True):
            if value.text != other.text and EXPIRED not in other.text and WIDE not in other.text:
                raise Damaged(f"{value.names[0]}: {value.text!r} became {other.text!r}")
            if other.text == EXPIRED != value.text and value.names[0].lower().rpartition(".")[2] in FIELDS:
                yield name_of(value.text.decode("utf-8", "replace"))


def hits(name, text):
    narrow, wide = name.encode(), name.encode("utf-16-le")
    if narrow in text:
        whole = rb"(?<![a-z0-9\x80-\xff])" + re.escape(narrow) + rb"(?![a-z0-9\x80-\xff])"
        yield from (hit.start() for hit in re.finditer(whole, text))
    if wide in text:
        yield text.index(wide)


def segments(store):
    for segment in store.chain.segments.values():
        file = SegmentFile(store.path / "segments", segment, store.store_id)
        yield file, list(file.read())


def main(before, after):
    store, left = Store(before), Store(after)
    count = found = size = 0
    for (segment, blocks), (other, left_blocks) in zip(segments(store), segments(left), strict=True):
        names = {name for pair in zip(blocks, left_blocks, strict=True) for name in names_of(*pair)} - {None}
        texts = [(f"file {other.segment.number}", other.data.lower())]
        for number, block in enumerate(left_blocks):
            called = [text.lower() for words in block.fields + block.origins for text in words]
            called = {word for text in called for word in re.split(rb"[^a-z0-9\x80-\xff]", text) + text.split(b".")}
            names -= {word.decode("utf-8", "replace") for word in called}
            texts += [(f"block {number}, section {at}" if kind in (DIRECTORY, TEXT) else f"numbers of block {number}",
                       text.lower()) for at, (kind, text) in enumerate(zip(block.body.kinds, block.body.sections))]
            texts.append((f"block {number}, summary", block.summary.text.lower()))
        for name in sorted(names):
            for where, text in texts:
                # Packed bytes, and numbers, say any short name by chance.
                for at in hits(name, text) if len(name) >= 6 or not where.startswith(("file", "numbers")) else ():
                    found += 1
                    print(f"{name!r} is left in {where}: {text[max(0, at - 60):at + 80]!r}")
        count += len(names)
        size += sum(len(text) for _, text in texts)
    print(f"  {count} names, {found} left in {size} bytes")
    return 1 if found or not count else 0


if __name__ == "__main__":
    try:
        sys.exit(main(*sys.argv[1:]))
    except (Damaged, ValueError) as reason:
        sys.exit(f"search_expired: {reason}")
