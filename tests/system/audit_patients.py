#!/usr/bin/env python3
"""What audit messages say of patients, read without Cordon: audit_patients.py ids|fhir|atna FOLDER.

ids: identifiers and names of patients and texts that hold them, one a line; fhir, atna: the records
as they are sent, JSON a line each or syslog in octet-counted frames."""
import base64
import glob
import json
import re
import sys
import xml.etree.ElementTree as ElementTree


def atna(folder):
    for name in sorted(glob.glob(folder + "/atna/*.xml")):
        with open(name, "rb") as file:
            yield file.read()


def fhir(folder):
    for name in sorted(glob.glob(folder + "/fhir-auditevent/**/*.json", recursive=True)):
        with open(name, "rb") as file:
            yield json.load(file)


def ids(folder):
    for message in atna(folder):
        for thing in ElementTree.fromstring(message).iter("ParticipantObjectIdentification"):
            for query in thing.iter("ParticipantObjectQuery"):
                yield query.text.strip()
                # Names in HL7 v2 queries and values in v3 ones.
                text = base64.b64decode(query.text).decode("latin-1")
                yield from re.findall(r"@PID\.5[.0-9]*\^(\w+)", text)
            for detail in thing.iter("ParticipantObjectDetail"):
                yield detail.get("value")
            if thing.get("ParticipantObjectTypeCode") == "1":
                for one in thing.get("ParticipantObjectID").split("~"):
                    yield one.split("^")[0] if len(one.split("^")[0]) > 4 else one
                yield from (name.text for name in thing.iter("ParticipantObjectName"))
    for event in fhir(folder):
        text = json.dumps(event)
        yield from re.findall(r'"Patient/([^"/]+)"', text)
        yield from (entity["query"] for entity in event.get("entity", []) if "query" in entity)
        yield from re.findall(r'"value": "([^"^]+)\^\^\^', text)


def main():
    what, folder = sys.argv[1:]
    if what == "ids":
        print("\n".join(sorted({one for one in ids(folder) if one and one != "PIX"})))
    elif what == "fhir":
        for event in fhir(folder):
            print(json.dumps(event))
    else:
        for message in atna(folder):
            frame = b"<85>1 2026-01-02T03:04:05Z pacs app 1 IHE+RFC-3881 - " + message
            sys.stdout.buffer.write(b"%d " % len(frame) + frame)


main()
