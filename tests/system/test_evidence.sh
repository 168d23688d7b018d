#!/bin/bash
# test_evidence.sh CORDON: the samples into a store: proven, found again, and rules run backwards.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
store=$work/store
count() { [ "$(grep -c . "$work/out")" -eq "$1" ] || { echo "  $(grep -c . "$work/out") lines, wanted $1"; return 1; }; }
hunt() { "$cordon" hunt --quiet "$@"; }
hits() { grep -o '"hits":[0-9]*,"undated"' "$work/out" | tr -dc '0-9\n' | awk '{ sum += $1 } END { print sum + 0 }'; }

check "events are stored without rules" exits 0 "$cordon" scan --into "$store" --org RJ1 samples/logs
check "and it is said how many, and where" says "47 events stored in $store" err
check "once more stores nothing" exits 0 "$cordon" scan --into "$store" --org RJ1 --rules samples/rules --json samples/logs
check "and says so" says "0 events stored in $store; 47 were there already" err
cp "$work/out" "$work/findings.jsonl"
check "every finding has its evidence" test "$(grep -c '"evidence_id":"' "$work/findings.jsonl")" -eq 45
for form in csv html table; do
    check "as $form" exits 0 "$cordon" scan -q --into "$store" --org RJ1 --rules samples/rules --output $form samples/logs
    id=$(grep -m1 'Dot1x' "$work/findings.jsonl" | sed 's/.*"evidence_id":"\([^"]*\)".*/\1/')
    check "too, the same" says "$id" out
done
check "the same files are another organisation's, too" exits 0 "$cordon" scan --into "$store" --org SP2 samples/logs
check "and stored for it" says "47 events stored" err
check "what is stored proves itself" exits 0 "$cordon" evidence verify "$store"
check "and is counted" exits 0 "$cordon" evidence stats "$store"
check "with both" says "94" out

check "a hunt finds the event of a finding" exits 0 hunt --json --org RJ1 '"logged command:no access-session"' "$store"
check "that one" count 1
check "by the same id" says "\"id\":\"$id\"" out
check "a hunt by organisation" exits 0 hunt --org SP2 --json "class:windows/*" "$store"
check "finds its events" count 46
check "counts by organisation" exits 0 hunt --json "class:windows/* | count by org" "$store"
check "are the same for both" test "$(grep -c '"46"\|:46' "$work/out")" -eq 2

# Rules run backwards: as many hits as the scan had findings, in each organisation.
check "all rules backwards" exits 0 hunt --rule samples/rules --json "$store"
check "a line a rule, and what was looked at" count 33
check "every hit of the scan, twice" test "$(hits)" -eq 90
check "in both organisations" says '"organisations":[{"organisation":"RJ1","hits":1},{"organisation":"SP2","hits":1}]' out
check "of one organisation" exits 0 hunt --rule samples/rules --json --org RJ1 "$store"
check "each once" test "$(hits)" -eq 45
check "one rule" exits 0 hunt --rule samples/rules/registry_set_amsi_disable.yml "$store"
check "says when" says "2025-12-25" out
check "and how many it had to look at" says "of 94 events looked at" out
check "not all of them" bash -c "! grep -qF '94 of 94' '$work/out'"
check "over files, too" exits 0 hunt --rule samples/rules --json samples/logs
check "the same hits" test "$(hits)" -eq 45
check "files and a store at once are refused" exits 2 hunt --rule samples/rules "$store" samples/logs
check "no rule is refused" exits 2 hunt --rule samples/logs "$store"

# Killed at any moment, the same command completes it.
for i in $(seq 1 3000); do echo "{\"n\":$i,\"text\":\"$((i * 7919 % 100003))\"}"; done >"$work/log.json"
for wait in 0.00 0.02 0.05 0.1; do
    rm -rf "$work/killed"
    "$cordon" scan -q --into "$work/killed" "$work/log.json" >/dev/null 2>&1 &
    sleep $wait
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    check "after a kill" exits 0 "$cordon" scan --into "$work/killed" "$work/log.json"
    check "every event is there" exits 0 hunt --json "| count" "$work/killed"
    check "once" says 3000 out
done
check "and proves itself" exits 0 "$cordon" evidence verify "$work/killed"

# A flipped bit is refused, reported, and the rest is readable.
segment=$(find "$store/segments" -name '*.seg' | sort | head -1)
size=$(stat -c %s "$segment")
printf '\xff' | dd of="$segment" bs=1 seek=$((size / 2)) conv=notrunc status=none
check "tampering shows" exits 1 "$cordon" evidence verify "$store"
check "rules still run over the rest" exits 3 hunt --rule samples/rules "$store"
check "and it is said what is missing" says "damaged" out
exit $failed
