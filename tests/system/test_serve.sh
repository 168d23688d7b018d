#!/bin/bash
# test_serve.sh CORDON: a server takes events, keeps and judges each once, whatever ends it.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
send() { tests/system/serve_client.py "$(port http)" "$token" "$@"; }
rome_hash=$(printf rome | sha256sum | cut -d' ' -f1)
post() { # post: what comes in, from rome; the answer's head and body
    curl -s -i -H "Authorization: Bearer rome" --data-binary @- "http://127.0.0.1:$(port http)/api/v1/events"
}
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
sources:
  - {name: ward, organisation: RXA, token_sha256: [$token_hash]}
  - {name: lab, organisation: RXB, addresses: [192.0.2.1/32], silence: 1s}
  - {name: rome, organisation: RXD, token_sha256: [$rome_hash], silence: 0, zone: "+02:00", events_a_second: 10}
END

check "it starts" start_server
check "a batch is taken" send 0 100 100 "$work/acked"
check "what is no JSON is refused" test "$(printf 'nonsense\n{"n":-1}\n' |
    curl -s -H "Authorization: Bearer $token" --data-binary @- "http://127.0.0.1:$(port http)/api/v1/events" |
    grep -o '"stored":1,"refused":1')" = '"stored":1,"refused":1'
check "nobody else is let in" test "$(curl -s -o /dev/null -w '%{http_code}' -H 'Authorization: Bearer wrong' \
    -d '{}' "http://127.0.0.1:$(port http)/api/v1/events")" = 401
check "a body that is announced too long is not waited for" test "$(curl -s -m 120 -o /dev/null -w '%{http_code}' \
    -H "Authorization: Bearer $token" -H 'Content-Length: 99999999999' -d '{}' \
    "http://127.0.0.1:$(port http)/api/v1/events")" = 413
check "it says that it is well" test "$(curl -s "http://127.0.0.1:$(port status)/healthz")" = ok
curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
check "and counts" says 'cordon_source_records_total{source="ward",organisation="RXA",outcome="stored",reason=""} 101' out
check "each group stands together, as Prometheus wants it" awk '
    /^# TYPE/ { if (seen[$3]++) exit 1; group = $3; next }
    /^#/ { next }
    { name = $1; sub(/[{].*/, "", name); if (group ~ /delay_seconds$/) sub(/_(bucket|sum|count)$/, "", name)
      if (name != group) { print "  " $0; exit 1 } }' "$work/out"
for name in cordon_build_info process_resident_memory_bytes process_cpu_seconds_total process_open_fds \
    cordon_source_last_event_seconds cordon_source_pending; do
    check "among them $name" grep -q "^${name}[{ ].* *[1-9]\|^cordon_source_pending.* 0" "$work/out"
done
check "what did not come whole, too" says \
    'cordon_source_records_total{source="ward",organisation="RXA",outcome="refused",reason="oversize"} 1' out
curl -s "http://127.0.0.1:$(port status)/api/v1/sources" >"$work/out"
check "the ledger can be asked for" grep -q '{"source":"ward","organisation":"RXA","state":"heard","received":[0-9]*,"stored":101,' "$work/out"
check "one organisation does not see another's counts" test \
    "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(port http)/metrics")" != 200
echo '{"@timestamp":"2026-11-22 08:00:00","where":"rome"}' | post >"$work/out"
check "a date without a zone is taken" says '"stored":1,"refused":0' out
"$cordon" hunt -q --json where:rome "$data/evidence" >"$work/out"
check "and is of its source's" says '"time":"2026-11-22T06:00:00.000Z"' out
seq -f '{"many":%.0f}' 1000 | post >"$work/out"
check "a request is taken whole" says '"stored":1000,"refused":0' out
seq -f '{"many":%.0f}' 10 | post >"$work/out"
check "and the next is to wait for its rate" says 'HTTP/1.1 429' out
check "it is told how long" grep -qi '^retry-after: [1-9]' "$work/out"
curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
check "who had to wait is counted" says 'cordon_source_waits_total{source="rome"}' out
cp "$work/cordon.yaml" "$work/good.yaml"
sed -i 's/protocol: status/protcol: status/' "$work/cordon.yaml"
kill -HUP $server
awaits_log reload_refused
check "a configuration with a mistake is refused, with its place" \
    grep -q "server.reload_refused .*line 6, protcol: .*did you mean protocol" "$work/log"
check "and the old one stays" send 100 10 10
sed 's/name: ward, organisation: RXA/name: theatre, organisation: RXC/' "$work/good.yaml" >"$work/cordon.yaml"
kill -HUP $server
awaits_log server.reloaded
check "a good one comes into force" send 110 10 10
curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
check "for what comes from then on" says 'source="theatre",organisation="RXC",outcome="stored",reason=""} 10' out
sed -i 's/^pack_after: 1/pack_after: 2/; s/protocol: status/name: health, &/; s/{protocol: http,/&frame_max: 1K, /' "$work/cordon.yaml"
kill -HUP $server
for change in 'key="pack_after"' 'list="listeners" name="http" key="frame_max"' 'list="listeners" name="health" key="name"'; do
    check "what takes a restart is told: $change" awaits_log "server.restart_needed $change"
done
check "and nothing else" test "$(grep -c server.restart_needed "$work/log")" = 4 # the listener's old name, too
cp "$work/good.yaml" "$work/cordon.yaml"
check "who is silent is unknown" awaits_log 'source.unknown source="lab" organisation="RXB"'
check "it stops when asked" stop_server TERM
check "all of it was packed or spooled" test "$(stored)" = 1122

# Ended five times in the middle, and asked to end once: the client goes on all the while.
hold_ports 1
sed -i "/protocol: http/s/127.0.0.1:0/127.0.0.1:${held[0]}/" "$work/cordon.yaml"
check "it starts again" start_server
tests/system/serve_client.py "${held[0]}" "$token" 1000 20000 50 "$work/acked" >"$work/again" 2>"$work/client_err" &
client=$!
for signal in KILL KILL TERM KILL KILL KILL; do
    sleep 0.4
    stop_server $signal
    start_server || failed=1
done
check "the client got through" wait "$client"
echo "  $(cat "$work/again") batches were sent more than once"
stop_server TERM

"$cordon" hunt -q --json 'n:>=0 | fields n' "$data/evidence" | sed 's/[^0-9]//g' | sort -n >"$work/stored"
sort -nu "$work/acked" >"$work/acked_once"
check "everything acknowledged is there" test -z "$(sort -u "$work/stored" | comm -13 - <(sort -u "$work/acked_once"))"
check "all 20,100 were acknowledged" test "$(wc -l <"$work/acked_once")" = 20100
start_server
curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
stop_server TERM
check "the ledger has counted what is stored, to the event" \
    says "source=\"ward\",organisation=\"RXA\",outcome=\"stored\",reason=\"\"} $(stored org:RXA)" out
"$cordon" findings --data "$data" --json >"$work/findings"
sed 's/.*"evidence_id":"\([^"]*\)".*/\1/' "$work/findings" | sort >"$work/judged"
check "no event was judged twice" test -z "$(uniq -d "$work/judged")"
check "no event was left unjudged" test "$(wc -l <"$work/judged")" = "$(stored 'Image:*evil.exe')"
check "findings are numbered without a gap" test \
    "$(sed 's/{"finding":\([0-9]*\),.*/\1/' "$work/findings" | tail -1)" = "$(wc -l <"$work/findings")"
check "the evidence proves itself" "$cordon" evidence verify "$data/evidence"
exit $failed
