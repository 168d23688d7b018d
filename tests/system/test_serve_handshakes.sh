#!/bin/bash
# test_serve_handshakes.sh CORDON: what Elasticsearch's senders ask before they send, in their
# order and with what each looks for in the answers.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"

cat >"$work/cordon.yaml" <<END
data: $data
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
sources:
  - {name: agents, organisation: RXA, token_sha256: [$token_hash]}
END
ask() { # ask WANTED_STATUS WANTED_TEXT METHOD PATH AGENT [CURL OPTION...]: and that it says it is Elasticsearch
    local status=$1 text=$2 method=$3 path=$4 agent=$5 got head=
    shift 5
    [ "$method" = HEAD ] && head=-I
    got=$(curl -sS -m 120 -D "$work/head" -o "$work/out" -w '%{http_code}' ${head:+$head} -X "$method" -A "$agent" \
        "$@" "http://127.0.0.1:$(port http)$path")
    [ "$got" = "$status" ] || { echo "  $method $path: $got, wanted $status"; return 1; }
    grep -qi '^x-elastic-product: elasticsearch' "$work/head" || { echo "  $method $path: no X-Elastic-Product"; return 1; }
    grep -qi '^content-type: application/json' "$work/head" || { echo "  $method $path: no JSON"; return 1; }
    grep -qF -- "$text" "$work/out" || [ -z "$text" ] || { echo "  $method $path does not say $text: $(head -c 300 "$work/out")"; return 1; }
}
valid() { python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/out"; }
version() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1]))["version"]["number"]; print(v.split(".")[0], v.split(".")[1])' "$work/out"; }
sends() { # sends AGENT [CURL OPTION...]: one event by _bulk, and is told that it is there
    local agent=$1
    shift
    printf '{"create":{"_index":"logs-a-default"}}\n{"client":"%s","n":1}\n' "${agent%%/*}" >"$work/bulk"
    ask 200 '"errors":false' POST /_bulk "$agent" "$@" --data-binary "@$work/bulk" \
        -H 'Content-Type: application/x-ndjson' && says '"status":201' out
}

check "it starts" start_server
key=(-H "Authorization: ApiKey $(printf 'ward7:%s' "$token" | base64 -w0)")
basic=(-u "ward7:$token")

# Beats 8: the version decides, which must not be older than theirs up to 8.13; then, unless
# told not to, life cycle, templates and data stream: they go on when theirs is there.
beat=filebeat/8.19.0
check "Beats: the version" ask 200 '"tagline":"You Know, for Search"' GET / $beat "${key[@]}"
check "Beats: is a newer 8" test "$(version)" = "8 19"
check "Beats: whose build is not serverless" says '"build_flavor":"default"' out
check "Beats: a licence that is active" ask 200 '"status":"active"' GET '/_license?human=false' $beat "${key[@]}"
check "Beats 7: features" ask 200 '"ilm":{"available":true,"enabled":true}' GET /_xpack $beat "${key[@]}"
check "Beats: a life cycle that is there" ask 200 "" GET /_ilm/policy/filebeat $beat "${key[@]}"
check "Beats: is JSON" valid
check "Beats: or is put" ask 200 '"acknowledged":true' PUT /_ilm/policy/filebeat $beat "${key[@]}" -d '{"policy":{}}'
check "Beats: a template that is there" ask 200 "" GET /_index_template/filebeat-8.19.0 $beat "${key[@]}"
check "Beats: or is put" ask 200 '"acknowledged":true' PUT /_index_template/filebeat-8.19.0 $beat "${key[@]}" -d '{}'
check "Beats: a data stream that is there" ask 200 "" GET /_data_stream/filebeat-8.19.0 $beat "${key[@]}"
check "Beats: a pipeline" ask 200 "" GET /_ingest/pipeline/filebeat-8.19.0-system $beat "${key[@]}"
check "Beats: send" sends $beat "${key[@]}"
check "Beats: a filtered answer" ask 200 '"errors":false' POST '/_bulk?filter_path=errors,items.*.error,items.*.status' \
    $beat "${key[@]}" --data-binary "@$work/bulk" -H 'Content-Type: application/vnd.elasticsearch+json; compatible-with=8'

# Logstash: alive by HEAD, then version and licence; sniffing, when it is on, finds no other nodes.
log=Logstash/8.19.0
check "Logstash: alive" ask 200 "" HEAD / $log "${basic[@]}"
check "Logstash: the version" ask 200 '"number":"8.' GET / $log "${basic[@]}"
check "Logstash: the cluster's id" says '"cluster_uuid":"' out
check "Logstash: a licence that is active" ask 200 '"status":"active"' GET /_license $log "${basic[@]}"
check "Logstash: features" ask 200 '"ilm"' GET /_xpack $log "${basic[@]}"
check "Logstash: its alias is there" ask 200 "" HEAD /_alias/logstash $log "${basic[@]}"
check "Logstash: its template is there" ask 200 "" HEAD /_index_template/logstash $log "${basic[@]}"
check "Logstash: its old template is there" ask 200 "" HEAD /_template/logstash $log "${basic[@]}"
check "Logstash: its life cycle is there" ask 200 "" GET /_ilm/policy/logstash-policy $log "${basic[@]}"
check "Logstash: nobody else to send to" ask 200 '"nodes":{}' GET /_nodes/http $log "${basic[@]}"
check "Logstash: send" sends $log "${basic[@]}"

# Fluent Bit asks nothing; Vector and others ask for the cluster's health, rsyslog the old way.
check "Fluent Bit: send" sends Fluent-Bit "${basic[@]}"
check "Vector: healthy" ask 200 '"status":"green"' GET /_cluster/health Vector "${basic[@]}"
check "Vector: send" sends Vector "${basic[@]}"
check "rsyslog: healthy" ask 200 "" GET /_cat/health "" "${basic[@]}"

# What there is not is said as Elasticsearch says it.
for path in /_security/_authenticate /_cluster/settings /_monitoring/bulk /logs-a/_search /_snapshot; do
    check "$path is not here" ask 404 '"type":"resource_not_found_exception"' GET $path $beat "${key[@]}"
    check "$path: in JSON" valid
done
check "nothing is told without a token" ask 401 '"type":"security_exception"' GET / $beat
check "and the wrong one" ask 401 '"type":"security_exception"' GET / $beat -u ward7:wrong
check "it stops" stop_server TERM
check "what they sent is there" test "$(stored)" = 5
exit $failed
