#!/bin/bash
# test_api.sh CORDON: the API of a running server, held to its OpenAPI file.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
api_requests: 1000
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
  - {protocol: api, address: "127.0.0.1:0"}
sources:
  - {name: ward, organisation: RXA, token_sha256: [$token_hash]}
  - {name: lab, organisation: RXB, addresses: [192.0.2.1/32]}
END
event='{"Channel":"Microsoft-Windows-Sysmon/Operational","Provider_Name":"Microsoft-Windows-Sysmon","EventID":1,"Image":"C:\\evil.exe","Computer":"ws1"}'
ask() { curl -s "$@" "http://127.0.0.1:$(port api)/api/v1/$path"; }
metric() { curl -s "http://127.0.0.1:$(port status)/metrics" | sed -n "s/^$1 //p"; }

check "it starts" start_server
check "an event is taken" test "$(printf '%s\n' "$event" | curl -s -o /dev/null -w '%{http_code}' \
    -H "Authorization: Bearer $token" --data-binary @- "http://127.0.0.1:$(port http)/api/v1/events")" = 200
found() { [ "$(metric cordon_findings_total)" = 1 ]; }
check "and judged" eventually found
check "the link for the first account is for its owner alone" test "$(stat -c %a "$data/setup-link")" = 600
check "every answer is as the file says" tests/system/api_client.py "http://127.0.0.1:$(port api)" "$data" \
    docs/api/openapi.yaml "$work/token"
path=rules
check "refusals are counted" test "$(metric 'cordon_api_replies_total{status="401"}')" -gt 10
curl -s -N -m 120 -o "$work/stream" -H "Authorization: Bearer none" "http://127.0.0.1:$(port api)/api/v1/claims/stream"
check "a stream is not for strangers" says '"status":401' stream
server_url=http://127.0.0.1:$(port api)
check "commands ask it, too" exits 0 "$cordon" sources --server "$server_url" --token-file "$work/token"
check "for sources" says '{"source":"lab","organisation":"RXB","state":"unknown: never heard"' out
check "for findings" exits 0 "$cordon" findings --server "$server_url" --token-file "$work/token"
check "which are there" says '"title":"Evil ran"' out
check "for figures" exits 0 "$cordon" figures --server "$server_url" --token-file "$work/token" --at 2017-05-12T20:00:00Z
check "as known then" says '"known_at":"2017-05-12T20:00:00.000Z"' out
echo wrong >"$work/wrong"
check "not without a token that is known" exits 3 "$cordon" sources --server "$server_url" --token-file "$work/wrong"
check "and it says so" says "the server answers 401" err
check "no token in the clear to elsewhere" exits 2 "$cordon" sources --server http://192.0.2.1 --token-file "$work/token"
check "it stops when asked" stop_server TERM
check "the record holds" "$cordon" record verify "$data/record"

sed -i 's/api_requests: 1000/api_requests: 1/' "$work/cordon.yaml"
check "it starts again" start_server
check "there is no second first account" test ! "$data/setup-link" -nt "$work/cordon.yaml"
# Over kept connections, four at once: a program for each request is slower than a slow machine forgives.
too_often() {
    for _ in $(seq 20); do
        curl -s --parallel --parallel-max 4 "http://127.0.0.1:$(port api)/api/v1/health?try=[1-100]" >"$work/refused" 2>/dev/null
        grep -q '"status":429' "$work/refused" && return 0
    done
    return 1
}
check "who asks too often is told to wait" too_often
check "it stops once more" stop_server TERM
cat >"$work/cordon.yaml" <<END
data: $data.first
listeners:
  - {protocol: api, address: "127.0.0.1:0"}
END
# As whoever begins it at a terminal sees it: reads what it says until it has said it all.
cat >"$work/terminal.py" <<'END'
import os, pty, subprocess, sys
mine, its = pty.openpty()
server = subprocess.Popen(sys.argv[1:], stderr=its, stdin=its)
os.close(its)
said = b""
while b"/setup#setup_" not in said or not said.endswith(b"\n"):
    said += os.read(mine, 4096)
server.terminate()
print(said.decode())
sys.exit(server.wait())
END
check "begun at a terminal" exits 0 python3 "$work/terminal.py" "$cordon" serve --config "$work/cordon.yaml"
check "it prints the link for the first account" says "/setup#$(cat "$data.first/setup-link")" out
check "behind its address" says "http://127.0.0.1:" out
cat >"$work/cordon.yaml" <<END
data: $data
listeners:
  - {protocol: api, address: "0.0.0.0:0"}
END
check "an API that others reach needs TLS" exits 2 "$cordon" serve --check --config "$work/cordon.yaml"
check "and it says so" says "needs certificate and key" err
exit $failed
