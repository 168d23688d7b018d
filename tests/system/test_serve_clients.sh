#!/bin/bash
# test_serve_clients.sh CORDON: real clients send a counted load while the server is ended and
# started again: everything they were told of is there.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"

count=1000
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: lumberjack, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
sources:
  - {name: agents, organisation: RXA, token_sha256: [$token_hash], addresses: [127.0.0.1]}
END
url() { echo "http://127.0.0.1:$(port http)$1"; }
post() { # post PATH [CURL OPTION...] <body: the answer, then the status
    local path=$1
    shift
    curl -sS -m 120 -w ' %{http_code}' -H "Authorization: Splunk $token" --data-binary @- "$@" "$(url "$path")"
}
answers() { # answers WANTED COMMAND...: what is written begins or ends so
    local wanted=$1 got
    shift
    got=$("$@")
    [[ $got == *"$wanted"* ]] || { echo "  answered: $got"; return 1; }
}
distinct() { # distinct QUERY FIELD: how many different numbers
    "$cordon" hunt -q --json "$1 | fields $2" "$data/evidence" | sed 's/[^0-9]//g' | sort -nu | wc -l
}

check "it starts" start_server

# curl, every packing.
events() { seq "$1" "$2" | sed 's/.*/{"client":"curl","n":&}/'; }
check "newline JSON" answers '"stored":10,' post /api/v1/events < <(events 1 10)
check "gzip" answers '"stored":10,' post /api/v1/events -H 'Content-Encoding: gzip' < <(events 11 20 | gzip)
check "deflate" answers '"stored":10,' post /api/v1/events -H 'Content-Encoding: deflate' < <(
    events 21 30 | python3 -c 'import sys, zlib; sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read()))')
if command -v zstd >/dev/null; then
    check "zstd" answers '"stored":10,' post /api/v1/events -H 'Content-Encoding: zstd' < <(events 31 40 | zstd -c)
else
    check "without zstd, plain" answers '"stored":10,' post /api/v1/events < <(events 31 40)
fi
check "a list" answers '"stored":2,"refused":1,' post /api/v1/events <<<'[{"client":"curl","n":41},7,
    {"client":"curl","n":42}]'
check "what is not gzip is refused" answers ' 400' post /api/v1/events -H 'Content-Encoding: gzip' <<<'plain'
check "HEC says which event was wrong" answers '"code":0,"invalid-event-number":1,"invalid-events":1} 200' \
    post /services/collector <<<'{"event":{"client":"hec","n":1}}{"host":"h"}{"event":{"client":"hec","n":2}}'
check "and refuses what is wrong altogether" answers '"code":12,"invalid-event-number":0} 400' post /services/collector \
    <<<'{"host":"h"}'
check "HEC raw, with a channel" answers '"code":0,"ackId":' post '/services/collector/raw?channel=c&host=ward-7' \
    <<<$'<13>Oct 11 22:14:15 ward su: one\n{"client":"hec","n":3}'
check "and is asked about it" answers '{"acks":{"0":true}} 200' post '/services/collector/ack?channel=c' <<<'{"acks":[0]}'
check "_bulk answers item for item" answers '"status":400' post /logs-test-default/_bulk <<'END'
{"create":{}}
{"client":"bulk","n":1}
{"delete":{"_id":"1"}}
{"index":{"_index":"other"}}
{"client":"bulk","n":2}
END
check "it stops when asked" stop_server TERM
check "what curl sent is there" test "$(distinct client:curl n)" = 42
check "what HEC took is there" test "$(distinct client:hec n)" = 3
check "what _bulk took is there" test "$(distinct client:bulk n)" = 2
check "HEC's host is the event's" test "$(stored 'hec.host:ward-7')" = 2

mkdir "$work/clients"
cp -r tests/system/clients/* "$work/clients"
running=
if command -v npm >/dev/null &&
    (cd "$work/clients" && timeout 120 npm ci --no-audit --no-fund --prefer-offline --silent) >"$work/npm" 2>&1; then
    running="elasticsearch8 otlp-json otlp-protobuf splunk"
    if [ "$(node -p 'parseInt(process.versions.node)')" -ge 20 ]; then
        running="elasticsearch $running"
    else
        echo "skipped: Elasticsearch's client 9 wants Node 20, Debian 12 has 18"
    fi
else
    echo "skipped: npm or its registry is not there, so neither are the HTTP clients"
fi
if command -v go >/dev/null &&
    (cd "$work/clients/beats" && timeout 120 go build -o "$work/beats" .) >"$work/go" 2>&1; then
    running="$running beats0 beats3"
else
    echo "skipped: Go or its module proxy is not there, so neither is Beats' client"
fi

hold_ports 2
first_port=${held[0]}
beats_port=${held[1]}
sed -i "/protocol: http/s/127.0.0.1:0/127.0.0.1:$first_port/
    /protocol: lumberjack/s/127.0.0.1:0/127.0.0.1:$beats_port/" "$work/cordon.yaml"
check "it starts again" start_server
for client in $running; do
    case $client in
    beats*) "$work/beats" "$beats_port" 1 $count "${client#beats}" ;;
    *) node "$work/clients/send.mjs" "$client" "$first_port" "$token" 1 $count ;;
    esac >"$work/sent.$client" 2>&1 &
    echo "$client $!" >>"$work/processes"
done
for signal in KILL TERM KILL; do
    sleep 1
    stop_server $signal
    start_server || failed=1
done
[ -z "$running" ] || while read -r client process; do
    check "$client: all acknowledged" wait "$process"
    echo "  $(head -c 300 "$work/sent.$client")"
done <"$work/processes"
curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out"
check "it stops when asked" stop_server TERM
for client in $running; do
    case $client in
    otlp-*) check "$client: all there" test "$(distinct "attributes.client:$client" attributes.n)" = $count ;;
    splunk) check "$client: all there" test "$(distinct message.client:splunk message.n)" = $count ;;
    *) check "$client: all there" test "$(distinct "client:$client" n)" = $count ;;
    esac
done
check "the ledger has counted what is stored, to the event" \
    says "{source=\"agents\",organisation=\"RXA\",outcome=\"stored\",reason=\"\"} $(stored)" out
exit $failed
