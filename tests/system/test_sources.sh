#!/bin/bash
# cordon sources, over journals that a server has left behind.
. "$(dirname "$0")/kit.sh"

data=tests/golden/sources
cat >"$work/cordon.yml" <<'YAML'
listeners:
  - {name: logs, protocol: syslog, address: '127.0.0.1:6601'}
sources:
  - {name: rxa-firewalls, organisation: RXA, addresses: 10.0.0.0/8, silence: 0}
  - {name: rj1-lab, organisation: RJ1, addresses: 10.9.0.0/16}
YAML

run() { check "${*:2}" exits 0 "$@"; }
same() { # same NAME: what was printed is what the file holds
    diff "$data/$1" "$work/out" >"$work/diff" || { head -5 "$work/diff"; return 1; }
}

run "$cordon" sources --data "$data"
check "a table of sources" same table
run "$cordon" sources --data "$data" --json
check "the same in JSON" same table.jsonl
run "$cordon" sources --data "$data" --config "$work/cordon.yml"
check "with the configuration, who was never heard is unknown" same configured
run "$cordon" sources --data "$data" --minutes rxa-firewalls
check "minutes of one" same minutes
run "$cordon" sources --data "$data" --minutes all --from 2023-03-28T11:01:00Z --json
check "minutes of all, from one on" same minutes.jsonl
run "$cordon" sources --data "$data" quarantine
check "the quarantine" same quarantine
run "$cordon" sources --data "$data" quarantine --json
check "the quarantine in JSON" same quarantine.jsonl
check "one source" exits 0 "$cordon" sources --data "$data" rj1-ehr
check "one source alone" [ "$(wc -l <"$work/out")" = 2 ]
check "no such source" exits 2 "$cordon" sources --data "$data" rxa-firewall
check "no such source, said" says "there is no such source" err
check "no data" exits 3 "$cordon" sources --data "$work/none"
check "a time that is none" exits 2 "$cordon" sources --data "$data" --minutes all --from noon
check "an unknown option" exits 2 "$cordon" sources --dta "$data"
run "$cordon" sources token --json
token=$(sed 's/.*"token":"\([0-9a-f]*\)".*/\1/' "$work/out")
hash=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
check "a token has 256 bits" [ ${#token} = 64 ]
check "and its hash beside it" says "\"token_sha256\":\"$hash\"" out
run "$cordon" sources token
check "no two are the same" [ "$(grep -c "$token" "$work/out")" = 0 ]
exit $failed
