#!/bin/bash
# test_scan.sh CORDON: the program as a person runs it, on the samples of the repository.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
scan() { "$cordon" scan --quiet --rules samples/rules "$@"; }

check "the samples are read and found" exits 0 scan samples/logs
check "and the counts balance" says "47 records = 47 events + 0 skipped + 0 refused" out
check "every rule fires on its sample" says "32 rules (0 refused" out
check "the author of each rule is named" says "by Teymur Kheirkhabarov, oscd.community" out

scan --json samples/logs >"$work/one.jsonl"
check "as many lines as findings" test "$(wc -l <"$work/one.jsonl")" -eq 45
for threads in 1 2 5; do
    scan --json --explain --threads $threads samples/logs >"$work/threads$threads.jsonl"
done
check "threads do not change a byte (1, 2)" cmp "$work/threads1.jsonl" "$work/threads2.jsonl"
check "threads do not change a byte (1, 5)" cmp "$work/threads1.jsonl" "$work/threads5.jsonl"
check "what it writes is JSON that it can read" exits 0 "$cordon" scan --format json --rules samples/rules "$work/threads1.jsonl"
check "all of it" says "45 records = 45 events + 0 skipped + 0 refused" out
check "an explanation names selection, field, value and pattern" \
    grep -qF '"explain":[{"selection":"selection","field":"EventID","value":"5858","pattern":"equals 5858"}' "$work/threads1.jsonl"

scan --output csv samples/logs >"$work/one.csv"
check "CSV has a header and a row a finding" test "$(grep -c $'\r$' "$work/one.csv")" -eq 46
check "a report page" exits 0 scan --output html --out "$work/page.html" samples/logs
check "holds the findings" grep -qF '"findings":45' "$work/page.html"
check "fetches nothing" grep -qF "default-src 'none'" "$work/page.html"
check "has no text left to fill in" bash -c "! grep -qF '@@' '$work/page.html'"

check "standard input is read" bash -c "zcat samples/logs/proc_creation_win_hktl_netexec.evtx.gz | '$cordon' scan -q -r samples/rules - | grep -qF 'NetExec Execution'"
check "packed input on standard input" bash -c "'$cordon' scan -q -r samples/rules - <samples/logs/proc_creation_win_hktl_netexec.evtx.gz | grep -qF 'NetExec Execution'"
check "a reader that closes the pipe is no failure" bash -c "set -o pipefail; '$cordon' scan -q --json -r samples/rules samples/logs | head -1 >/dev/null"

check "--fail-on exits 1" exits 1 scan --fail-on critical samples/logs
check "--fail-on that is not met exits 0" exits 0 scan --fail-on critical samples/logs/registry_set_amsi_disable.evtx.gz
check "--level leaves out" exits 0 scan --level critical samples/logs
check "all but the critical" says "; 1 findings" out
check "--include keeps a technique" exits 0 scan --include attack.t1003 --json samples/logs
check "and only that" bash -c "[ \$(wc -l <'$work/out') -gt 0 ] && ! grep -qv t1003 '$work/out'"
check "--exclude drops one" bash -c "[ \$('$cordon' scan -q -r samples/rules --exclude attack. --json samples/logs | wc -l) -eq 0 ]"
check "--from and --to bound" exits 0 scan --from 2026-07-01 --to 2026-07-10 samples/logs
check "by the event's time" says "1 findings" out

check "no rules named: usage" exits 2 "$cordon" scan samples/logs
check "and the cure" says "--rules PATH" err
check "no logs named: usage" exits 2 "$cordon" scan --rules samples/rules
check "an unknown option suggests" exits 2 "$cordon" scan --explian samples/logs
check "the nearest" says "--explain" err
check "an unknown format" exits 2 "$cordon" scan --format evtxx --rules samples/rules samples/logs
check "lists what there is" says "evtx" err
check "a missing file is told and counted" exits 3 scan samples/logs "$work/nowhere"
check "by name" says "nowhere" out
check "a full disk is an error with its reason" exits 3 scan --json --out /dev/full samples/logs
check "the system's" says "No space left on device" err

head -c 1500 samples/logs/proc_creation_win_hktl_netexec.evtx.gz >"$work/cut.gz"
check "a cut archive gives what was there" exits 3 scan "$work/cut.gz"
check "and says where it ends" says "gzip data is damaged after 1500 packed bytes" out

exit $failed
