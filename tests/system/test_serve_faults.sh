#!/bin/bash
# test_serve_faults.sh CORDON: a full disk, one that hangs, a clock that jumps, a sender that dawdles: nothing
# acknowledged is lost, the ledger balances, and it goes on by itself. The disks need root.
if [ "$(id -u)" = 0 ] && [ -z "${CORDON_OWN_MOUNTS:-}" ] && unshare -m true 2>/dev/null; then
    exec env CORDON_OWN_MOUNTS=1 unshare -m "$0" "$@" # whatever is mounted goes with us
fi
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
client=
clean_up() {
    [ -z "$client" ] || kill "$client" 2>/dev/null
    fsfreeze -u "$data" 2>/dev/null
    stop_server KILL 2>/dev/null
    umount -l "$data" 2>/dev/null
    rm -rf "$work"
}
trap clean_up EXIT
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
sources:
  - {name: ward, organisation: RXA, token_sha256: [$token_hash], silence: 30m}
  - {name: quiet, organisation: RXB, addresses: [192.0.2.1/32], silence: 1s}
END
send() { tests/system/serve_client.py "$(port http)" "$token" "$@"; }
load() { # load FIRST COUNT: in the background, what is acknowledged goes to $work/acked
    : >"$work/acked"
    tests/system/serve_client.py "$(port http)" "$token" "$1" "$2" 50 "$work/acked" >/dev/null \
        2>"$work/client_err" & # not through a function: $! is what is ended
    client=$!
}
load_is_through() {
    wait "$client"
    local code=$?
    client=
    [ $code = 0 ] || { cat "$work/client_err"; return 1; }
}
not_logged() { ! logged "$1"; }
has_acked() { [ "$(wc -l <"$work/acked")" -ge "$1" ]; }
status_of() { curl -s -m 60 -o "$work/body" -w '%{http_code}' "http://127.0.0.1:$(port status)/$1"; }
answers() { [ "$(status_of "$1")" = "$2" ]; }
post() { # one event; the answer's status
    curl -s -m 60 -o /dev/null -w '%{http_code}' -H "Authorization: Bearer $token" \
        -d '{"extra":1}' "http://127.0.0.1:$(port http)/api/v1/events"
}
is_told_to_wait() { [ "$(post)" = 503 ]; }
all_is_there() { # what was acknowledged; and the ledger has counted what is stored
    local numbers
    numbers=$("$cordon" hunt -q --json 'n:>=0 | fields n' "$data/evidence" | sed 's/[^0-9]//g' | sort -u)
    check "$1: all that was acknowledged is there" \
        test -z "$(sort -u "$work/acked" | comm -23 - <(echo "$numbers"))"
    start_server || { failed=1; return; }
    status_of metrics >/dev/null
    check "$1: the ledger has counted what is stored" \
        says "source=\"ward\",organisation=\"RXA\",outcome=\"stored\",reason=\"\"} $(stored org:RXA)" body
    check "$1: it stops" stop_server TERM
    check "$1: each is judged once" test "$("$cordon" findings --data "$data" --json |
        sed 's/.*"evidence_id":"\([^"]*\)".*/\1/' | sort -u | wc -l)" = "$(stored 'Image:*evil.exe')"
}

full_disk() {
    mkdir "$data"
    mount -t tmpfs -o size=16m none "$data" || { echo "skipped: no tmpfs for a full disk"; return; }
    start_server || { failed=1; return; }
    load 0 4000
    eventually has_acked 200
    head -c 16m /dev/zero >"$data/ballast" 2>/dev/null
    check "full disk: senders are told to wait" eventually is_told_to_wait
    check "full disk: it says that it is not ready" eventually answers readyz 503
    check "full disk: it lives" answers healthz 200
    check "full disk: it says why" grep -q "No space left" "$work/log"
    stop_server KILL
    rm "$data/ballast"
    local free # however much was stored until the disk was full
    free=$(df --output=avail -k "$data" | tail -1)
    head -c $((free - 512))k /dev/zero >"$data/ballast"
    check "full disk: it starts again with little room" start_server
    kill "$client" 2>/dev/null
    wait "$client" 2>/dev/null
    [ -n "$server" ] || { umount "$data"; return; }
    cp "$work/acked" "$work/acked_before"
    load 4000 4000
    head -c 16m /dev/zero >>"$data/ballast" 2>/dev/null
    check "full disk: it is full again" eventually is_told_to_wait
    check "full disk: and says so again" eventually answers readyz 503
    sleep 1
    rm "$data/ballast"
    check "full disk: with room it goes on by itself" load_is_through
    check "full disk: and is ready" eventually answers readyz 200
    check "full disk: it stops" stop_server TERM
    cat "$work/acked_before" >>"$work/acked"
    all_is_there "full disk"
    umount "$data"
}

hung_disk() {
    truncate -s 64M "$work/disk"
    mkfs.ext4 -q "$work/disk" && mount -o loop "$work/disk" "$data" ||
        { echo "skipped: no loop device for a disk that hangs"; return; }
    start_server || { failed=1; return; }
    load 0 8000
    eventually has_acked 200
    fsfreeze -f "$data"
    # One batch at most was on the disk already, and its answer on the way.
    local before
    before=$(wc -l <"$work/acked")
    for _ in 1 2 3; do
        check "hung disk: it lives" answers healthz 200
        check "hung disk: it can be looked at" answers metrics 200
        sleep 0.6
    done
    check "hung disk: nothing is acknowledged meanwhile" test "$(wc -l <"$work/acked")" -le $((before + 50))
    fsfreeze -u "$data"
    check "hung disk: then it goes on" load_is_through
    check "hung disk: it stops" stop_server TERM
    all_is_there "hung disk"
    umount "$data"
}

segments() { find "$data/evidence/segments" -name '*.seg' 2>/dev/null | wc -l; }
has_packed_more_than() { [ "$(segments)" -gt "$1" ]; }

set_clock() { # at once: the file is read all the time
    echo "$1" >"$work/clock.new" && mv "$work/clock.new" "$work/rules/clock"
}
jumping_clock() {
    local library
    library=$(find /usr/lib -name libfaketimeMT.so.1 2>/dev/null | head -1)
    [ -n "$library" ] || { echo "skipped: no faketime for a clock that jumps"; return; }
    # Not every sanitizer's runtime starts with a library put in front of it.
    LD_PRELOAD="$library" FAKETIME=+0 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" \
        timeout -s KILL 60 "$cordon" version >/dev/null 2>&1 ||
        { echo "skipped: this build does not start under faketime"; return; }
    mkdir -p "$data"
    : >"$work/acked_all"
    local first=0 packed
    for offset in +0 -2h +3h +0; do # at a start, and again while it runs
        set_clock "$offset"
        start_server env LD_PRELOAD="$library" FAKETIME_TIMESTAMP_FILE="$work/rules/clock" FAKETIME_NO_CACHE=1 \
            FAKETIME_DONT_FAKE_MONOTONIC=1 ASAN_OPTIONS="${ASAN_OPTIONS:-}:verify_asan_link_order=0" ||
            { failed=1; return; }
        for step in $offset -1h +1h; do
            set_clock "$step"
            packed=$(segments)
            load $first 500
            first=$((first + 500))
            check "clock $offset, then $step: events are taken" load_is_through
            check "clock $offset, then $step: and packed" eventually has_packed_more_than "$packed"
            cat "$work/acked" >>"$work/acked_all"
            if [ $first = 1000 ]; then # set back since it started
                check "clock: who is silent is unknown all the same" eventually logged 'source.unknown source="quiet"'
            fi
        done
        check "clock $offset: who is not silent is not" not_logged 'source.unknown source="ward"'
        if [ "$offset" = -2h ]; then
            stop_server KILL 2>/dev/null
        else
            check "clock $offset: it stops" stop_server TERM
        fi
    done
    mv "$work/acked_all" "$work/acked"
    all_is_there "clock"
    "$cordon" findings --data "$data" --json >"$work/findings"
    sed 's/.*"first_seen":"\([^"]*\)".*/\1/' "$work/findings" >"$work/times"
    check "clock: it did jump, both ways" test "$(sed 's/:.*//' "$work/times" | uniq | wc -l)" -ge 7
    sed 's/{"finding":\([0-9]*\),.*/\1/' "$work/findings" >"$work/numbers"
    check "clock: findings are numbered in their order" test -z "$(seq "$(wc -l <"$work/numbers")" | diff - "$work/numbers")"
}

slow_sender() {
    start_server || { failed=1; return; }
    : >"$work/slow"
    /usr/bin/python3 - "$(port http)" "$token" >"$work/slow" <<'END' &
import socket, sys, time
socks = [socket.create_connection(("127.0.0.1", int(sys.argv[1]))) for _ in range(8)]
for sock in socks:
    sock.send(b"POST /api/v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + sys.argv[2].encode() +
              b"\r\nContent-Length: 1000000\r\n\r\n")
while True:
    for sock in socks:
        sock.send(b"{")
    print("all of them talk", flush=True)
    time.sleep(1)
END
    local slow=$!
    eventually test -s "$work/slow"
    check "a slow sender holds up nobody" timeout 300 tests/system/serve_client.py "$(port http)" "$token" 100000 2000 50 >"$work/out"
    kill $slow
    wait $slow 2>/dev/null
    check "slow sender: it stops" stop_server TERM
}

if [ -n "${CORDON_OWN_MOUNTS:-}" ]; then
    full_disk
    hung_disk
else
    echo "skipped: a full disk and one that hangs need root"
fi
jumping_clock
slow_sender
exit $failed
