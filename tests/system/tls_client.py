#!/usr/bin/python3
"""tls_client.py KIND PORT DIR CERTIFICATE MARK COUNT: sends numbered events over TLS and says what came of it.

KIND is lumberjack, http or syslog; DIR holds ca.pem and CERTIFICATE.pem with its key
(CERTIFICATE "-": none is shown). TOKEN in the environment goes into HTTP's Authorization. Prints
"acknowledged COUNT", "answered STATUS", "sent COUNT" or "refused: REASON". With HOLD in the
environment events are sent one after the other until the file of that name is gone. With
EXPECTED=refused syslog, which has no answers, waits for that as long as it takes.
"""
import http.client
import json
import os
import socket
import ssl
import struct
import sys
import time
import zlib

kind, port, folder, certificate, mark, count = sys.argv[1], int(sys.argv[2]), *sys.argv[3:6], int(sys.argv[6])
hold = os.environ.get("HOLD")
PATIENCE_S = 120


def context():
    made = ssl.create_default_context(cafile=folder + "/ca.pem")
    made.set_ciphers("DEFAULT:@SECLEVEL=0")  # it is the server that is to refuse weak ones
    if certificate != "-":
        made.load_cert_chain(folder + "/" + certificate + ".pem", folder + "/" + certificate + ".key")
    return made


def connect():
    return context().wrap_socket(socket.create_connection(("127.0.0.1", port), PATIENCE_S), server_hostname="localhost")


def exactly(stream, length):
    got = b""
    while len(got) < length:
        more = stream.recv(length - len(got))
        if not more:
            raise OSError("closed")
        got += more
    return got


def window(numbers):
    frames = b"".join(
        b"2J" + struct.pack(">II", at + 1, len(body)) + body
        for at, body in enumerate(json.dumps({"client": mark, "n": n}).encode() for n in numbers))
    packed = zlib.compress(frames)
    return b"2W" + struct.pack(">I", len(numbers)) + b"2C" + struct.pack(">I", len(packed)) + packed


def lumberjack():
    stream = connect()
    for start in range(1, count + 1, 100):
        numbers = range(start, min(start + 100, count + 1))
        stream.sendall(window(numbers))
        acked = 0
        while acked < len(numbers):
            head = exactly(stream, 6)
            assert head[:2] == b"2A", head
            acked = struct.unpack(">I", head[2:])[0]
    return "acknowledged %d" % count


def over_http():
    connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=PATIENCE_S, context=context())
    connection._context.check_hostname = False
    token = os.environ.get("TOKEN")
    body = "".join(json.dumps({"client": mark, "n": n}) + "\n" for n in range(1, count + 1))
    connection.request("POST", "/api/v1/events", body, {"Authorization": "Bearer " + token} if token else {})
    reply = connection.getresponse()
    text = reply.read().decode()
    assert reply.status != 200 or json.loads(text)["stored"] == count, text
    return "answered %d" % reply.status


def syslog():
    stream = connect()
    number = 0
    while number < count or (hold and os.path.exists(hold)):
        number += 1
        message = b"<134>1 2026-11-22T08:00:00Z ward %s - - - numbered %d" % (mark.encode(), number)
        stream.sendall(b"%d %s" % (len(message), message))
        if hold:
            time.sleep(0.02)
    # A refusal is told behind the handshake; else the other side ends when we do.
    if os.environ.get("EXPECTED") == "refused" and stream.recv(1) == b"":
        return "refused: closed"
    stream.unwrap()
    return "sent %d" % number


try:
    print({"lumberjack": lumberjack, "http": over_http, "syslog": syslog}[kind]())
except OSError as error:
    print("refused:", error)
