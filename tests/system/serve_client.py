#!/usr/bin/python3
"""serve_client.py PORT TOKEN FIRST COUNT BATCH [ACKED]: sends numbered events as newline JSON.

Each batch is sent again until it is answered 200, as agents do. The numbers of
acknowledged events go to the file ACKED, a line each, once they are; the count
of batches that were sent more than once to standard output.
"""
import http.client
import json
import sys
import time

port, token, first, count, batch = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6])
acked = open(sys.argv[6], "a") if len(sys.argv) > 6 else None
again = 0
connection = None

for start in range(first, first + count, batch):
    numbers = range(start, min(start + batch, first + count))
    body = "".join(json.dumps({"@timestamp": "2026-11-22T08:00:00Z", "Channel": "Security", "EventID": 4688,
                               "Hostname": "ward%d" % (n % 7), "n": n,
                               "NewProcessName": "C:\\%s.exe" % ("good" if n % 10 else "evil")}) + "\n"
                   for n in numbers)
    tries = 0
    deadline = time.monotonic() + 300
    while True:
        if time.monotonic() > deadline:
            sys.exit("no answer for five minutes")
        tries += 1
        try:
            connection = connection or http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            connection.request("POST", "/api/v1/events", body, {"Authorization": "Bearer " + token})
            reply = connection.getresponse()
            text = reply.read()
            if reply.status == 200:
                result = json.loads(text)
                assert result["stored"] == len(numbers), result
                break
            if reply.status not in (429, 503):
                sys.exit("answered %d: %s" % (reply.status, text.decode(errors="replace")))
            time.sleep(min(float(reply.headers.get("Retry-After", "1")), 1))
        except (OSError, http.client.HTTPException):
            connection = None
            time.sleep(0.05)
    again += tries > 1
    if acked:
        acked.write("".join("%d\n" % n for n in numbers))
        acked.flush()
print(again)
