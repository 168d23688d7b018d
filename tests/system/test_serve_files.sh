#!/bin/bash
# test_serve_files.sh CORDON: a server follows files that are rotated while they are written, and
# reads event logs that are put into a folder.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
mkdir "$work/logs" "$work/drop"
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules, samples/rules]
pack_after: 1
listeners:
  - {protocol: status, address: "127.0.0.1:0"}
files:
  - {source: app, path: $work/logs/app.log, kind: json}
  - {source: windows, path: $work/drop, kind: evtx-drop}
sources:
  - {name: app, organisation: RXA}
  - {name: windows, organisation: RXB}
END
log=$work/logs/app.log
next=0
write() { # so many further lines
    seq -f '{"n":%.0f,"Image":"C:\\\\evil.exe","EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational"}' \
        "$next" $((next + $1 - 1)) >>"$log"
    next=$((next + $1))
}
count() { # of the server's own figures, for a source
    curl -s "http://127.0.0.1:$(port status)/metrics" |
        sed -n "s/^cordon_source_records_total{source=\"$1\".*outcome=\"stored\",reason=\"\"} //p"
}
is_at() { # SOURCE COUNT
    local got
    got=$(count "$1")
    [ "$got" = "$2" ] || { echo "  $1: ${got:-none}, wanted $2"; return 1; }
}
reaches() { eventually is_at "$@"; } # SOURCE COUNT
numbers() { "$cordon" hunt -q --json 'n:>=0 | fields n' "$data/evidence" | sed 's/[^0-9]//g' | sort -n; }

check "it starts before there is a file" start_server
write 1000
check "a file that appears is read" reaches app 1000
for _ in 1 2 3; do # renamed while it is written
    write 500
    mv "$log" "$log.$next"
    write 500
    check "and the new one, too" reaches app "$next"
done
check "what is renamed is read to its end" reaches app 4000
cp "$log" "$log.copy" && : >"$log" # copytruncate
write 10
check "what is cut short is begun again" reaches app 4010
check "it stops when asked" stop_server TERM
check "positions were kept" test -z "$(grep positions_not_kept "$work/log")"
write 100
mv "$log" "$log.meanwhile"
write 100
check "it starts again" start_server
check "nobody looked when it was renamed: it is read to its end" reaches app 4210
stop_server TERM
check "every line is there, once" test "$(numbers | md5sum)" = "$(seq 0 $((next - 1)) | md5sum)"

all_is_there() { [ "$(numbers | uniq | wc -l)" = "$next" ]; }
start_server
write_slowly() { for _ in $(seq 20); do write 200 && sleep 0.05; done; }
for _ in 1 2 3; do
    write_slowly &
    writer=$!
    sleep 0.8
    stop_server KILL 2>/dev/null
    wait $writer
    next=$((next + 4000))
    mv "$log" "$log.$next"
    write 1000
    start_server || failed=1
    # A file that nobody has looked at before it is renamed is nobody's.
    check "what was written meanwhile is read" eventually all_is_there
done
stop_server TERM
check "killed in between: every line is there" test "$(numbers | uniq | md5sum)" = "$(seq 0 $((next - 1)) | md5sum)"
echo "  $(numbers | uniq -d | wc -l) of $next lines are there twice"

gunzip -c samples/logs/proc_creation_win_findstr_lsass.evtx.gz >"$work/one.evtx"
events=$("$cordon" scan -q --json --rules samples/rules "$work/one.evtx" 2>/dev/null | wc -l)
echo "no event log" >"$work/drop/wrong.evtx"
cp "$work/one.evtx" "$work/drop/one.evtx"
start_server
check "an event log is taken, and put away" eventually test -e "$work/drop/done/one.evtx"
check "what is none is refused" eventually test -e "$work/drop/refused/wrong.evtx"
check "and the log says why" awaits_log 'drop.refused .*not a Windows event log'
metric_says() { curl -s "http://127.0.0.1:$(port status)/metrics" >"$work/out" && says "$1" out; }
check "and it is counted" eventually metric_says \
    'source="windows",organisation="RXB",outcome="refused",reason="malformed"} 1'
stop_server TERM
check "its events are evidence" test "$(stored org:RXB)" -gt 0
"$cordon" findings --data "$data" --json | grep '"RXB"' >"$work/findings"
check "and are judged" test "$(wc -l <"$work/findings")" -ge 1
check "as a scan judges them: $events" test "$(wc -l <"$work/findings")" = "$events"
check "the evidence proves itself" "$cordon" evidence verify "$data/evidence"
exit $failed
