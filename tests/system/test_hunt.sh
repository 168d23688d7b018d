#!/bin/bash
# test_hunt.sh CORDON: questions to the samples of the repository.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
hunt() { "$cordon" hunt "$@"; }
lines() { [ "$(wc -l <"$work/out")" -eq "$1" ] || { echo "  $(wc -l <"$work/out") lines, wanted $1"; return 1; }; }

cat >"$work/log.json" <<'END'
{"@timestamp":"2026-11-22T08:00:00Z","host":"ward7","user":"alice","cmd":"C:\\Windows\\cmd.exe","n":5,"ip":"10.1.2.3"}
{"@timestamp":"2026-11-22T08:00:30Z","host":"ward7","user":"bob","cmd":"net user","n":7,"ip":"192.168.0.1"}
{"@timestamp":"2026-11-22T08:06:00Z","host":"lab","user":"alice","cmd":"=1+1","n":9}
END

check "events that match are printed" exits 0 hunt 'cmd:C:\Windows\*' "$work/log.json"
check "one of them" lines 1
check "the counts balance" says "3 records = 3 events + 0 skipped + 0 refused; 1 match" err
check "conditions join" exits 0 hunt -q 'user:alice AND NOT ip:10.0.0.0/8' "$work/log.json"
check "one of them" lines 1
check "a pipeline makes a table" exits 0 hunt -q '| count by user | fields user, count' -o csv "$work/log.json"
check "with what it says" diff <(printf 'user,count\r\nalice,2\r\nbob,1\r\n') "$work/out"
check "a timeline has its steps" exits 0 hunt -q '| timeline 5m' --json "$work/log.json"
check "of which the second counts one" says '{"time":"2026-11-22T08:05:00.000Z","count":1}' out
check "events go out as JSON" exits 0 hunt -q 'n:>8 | fields user, n, nothing' --json "$work/log.json"
check "with the types that they had" diff <(echo '{"user":"alice","n":9,"nothing":null}') "$work/out"
check "a formula does not reach a spreadsheet" exits 0 hunt -q 'n:9 | fields cmd' -o csv "$work/log.json"
check "it is led by an apostrophe" says "\"'=1+1\"" out
check "a name mistyped is named" exits 0 hunt 'usr:alice' "$work/log.json"
check "with the nearest there is" says "no event has a field 'usr'; did you mean 'user'?" err
check "a query mistyped is refused" exits 2 hunt 'a | cuont by x' "$work/log.json"
check "with its place" says "column 5: there is no 'cuont', did you mean 'count'?" err
check "times bound what is looked at" exits 0 hunt -q --from 2026-11-22T08:00:30Z --to 2026-11-22T08:06:00Z '*' "$work/log.json"
check "one of them" lines 1
check "a time that is none is refused" exits 2 hunt --to yesterday x "$work/log.json"
check "with what would be one" says "--to: 'yesterday' is no time: 2017-05-12, 2017-05-12T08:24:00Z, or so long ago" err
check "times that leave nothing are refused" exits 2 hunt --from 2026-11-23 --to 2026-11-22 x "$work/log.json"
check "and why" says "--from is not before --to" err
check "a format that is none is refused" exits 2 hunt -f nope x "$work/log.json"
check "with those that are" says "no format 'nope'; there are: " err
check "a limit is one" exits 0 hunt -q -n 2 '*' samples/logs
check "two of them" lines 2
check "of a table, too" exits 0 hunt -n 1 -o csv '| count by user' "$work/log.json"
check "a title and a row" lines 2
check "and it is said that there is more" says "1 of 2 rows (--limit)" err
check "a query without a place is refused" exits 2 hunt 'x'
"$cordon" scan -q --into "$work/named" "$work/log.json" >/dev/null 2>&1
check "a name mistyped is named for a store, too" exits 0 hunt 'usr:alice AND user:alice | count by hosst' "$work/named"
check "with the nearest there is" says "no event has a field 'usr'; did you mean 'user'?" err
check "each of them" says "no event has a field 'hosst'; did you mean 'host'?" err
check "and not those that are there" bash -c "! grep -q \"field 'user'\" '$work/err'"
check "what files have, a store need not" exits 0 hunt 'x:1 OR cmd:*' "$work/named" samples/logs
check "what either has is not named" bash -c "! grep -q \"field 'cmd'\" '$work/err'"
check "a whole name is one" exits 0 hunt '.user:alice AND .Image:x' "$work/named"
check "of its own" says "no event has a field 'Image'" err

# Ctrl-C, first and second, also while nothing comes in or nobody takes what goes out. A shell has
# its background jobs ignore it, and read nothing unless told to.
hunt_behind() { env --default-signal=INT "$cordon" hunt "$@" <&0 2>"$work/err" 7>&- & hunted=$!; }
listens() { grep -q '^cordon' "/proc/$hunted/comm" && grep -qE '^SigBlk:.*[2367abef]$' "/proc/$hunted/status"; }
interrupts() { # interrupts SIGNAL: once it listens, and until it says so
    eventually listens && kill -"$1" $hunted && eventually grep -q 'once more to stop at once' "$work/err"
}
ends() { # ends CODE: what was begun behind
    wait $hunted
    local got=$?
    [ $got -eq "$1" ] || { echo "  exit $got, wanted $1"; cat "$work/err"; return 1; }
}
mkfifo "$work/pipe"
exec 7<>"$work/pipe"
cat "$work/log.json" >&7
hunt_behind '| count' --json - <"$work/pipe" >"$work/out"
check "a hunt that waits for input hears an interrupt" interrupts INT
kill -INT $hunted
check "and ends at the second" ends 130
hunt_behind '| count' --json - <"$work/pipe" >"$work/out"
check "a termination, too" interrupts TERM
cat "$work/log.json" >&7
exec 7>&-
check "when input comes it ends by itself" ends 3
check "and says so" says "interrupted: the result is not all there is" err
exec 7<>"$work/pipe"
for i in $(seq 1 9000); do echo "{\"n\":$i,\"text\":\"a line that is so long that a pipe soon is full of them\"}"; done >"$work/many.json"
"$cordon" scan -q --into "$work/many" "$work/many.json" >/dev/null 2>&1
for place in "$work/many" "$work/many.json"; do
    hunt_behind --json '*' "$place" >"$work/pipe"
    check "a hunt whose output nobody takes hears an interrupt" interrupts INT
    cat <"$work/pipe" >"$work/out" 7>&- & reader=$!
    check "and ends once it is taken" ends 3
    check "says so" says "interrupted: the result is not all there is" err
    { kill $reader; wait $reader; } 2>/dev/null
    check "and is not all" test "$(wc -l <"$work/out")" -lt 9000
done
exec 7>&-

check "input that cannot be read is told" exits 3 hunt x "$work/none" "$work/log.json"

hunt -q --json '| sort time, Image | fields time, Image' samples/logs >"$work/one"
for threads in 1 2 5; do
    hunt -q --json -t $threads '*' samples/logs | sed 's/"received":"[^"]*",//' >"$work/all$threads"
    hunt -q -t $threads '| count by Image, user' samples/logs >"$work/count$threads"
done
check "there are events in the samples" test -s "$work/one"
check "threads do not change a byte (events)" cmp "$work/all1" "$work/all5"
check "threads do not change a byte (events, 2)" cmp "$work/all1" "$work/all2"
check "threads do not change a byte (counts)" cmp "$work/count1" "$work/count5"
check "what it writes is JSON that it can read" exits 0 hunt -f json '| count' "$work/all1"

"$cordon" scan -q --rules samples/rules --into "$work/store" samples/logs >/dev/null 2>&1
query='| count by Image, user, host | sort count desc, Image, user, host'
hunt -q "$query" samples/logs >"$work/of_files"
hunt -q "$query" "$work/store" >"$work/of_store"
check "a store counts as its files do" cmp "$work/of_files" "$work/of_store"
check "blocks are accounted for" exits 0 hunt 'powershell' "$work/store"
check "skipped and searched" says "searched, 0 left; 5 match" err
printf '{"EventID":%d,"Channel":"a"}\n' 1 1 2 3 >"$work/plain.json"
"$cordon" scan -q --into "$work/plain" "$work/plain.json" >/dev/null 2>&1
check "what blocks say of themselves is counted" exits 0 hunt --json 'EventID:<3 | count by EventID' "$work/plain"
check "without opening them" says "1 blocks: 0 skipped, 1 counted unopened, 0 searched, 0 left; 3 match" err
check "rightly" says '"EventID":"1","count":2' out
check "where nothing can be" exits 0 hunt 'EventID:4' "$work/plain"
check "nothing is opened" says "1 blocks: 1 skipped, 0 counted unopened, 0 searched, 0 left; 0 match" err

# What an expression cannot decide is left out, and that is said, of a store as of files.
echo "{\"x\":\"$(printf 'a%.0s' {1..40})b\"}" >"$work/bait.json"
"$cordon" scan -q --into "$work/bait" "$work/bait.json" >/dev/null 2>&1
for place in bait.json bait; do
    check "an expression that gives up ($place)" exits 0 hunt 'NOT x:/^(a+)+$/' "$work/$place"
    check "leaves an event out, which is told" says "1 events are left out: an expression met its limit on them" err
    check "and where events are counted" exits 0 hunt 'NOT x:/^(a+)+$/ | count' "$work/$place"
    check "likewise" says "1 events are left out" err
done

# A store that was written before blocks had summaries.
cp -r tests/golden/store_footer_1 "$work/old"
mkdir -p "$work/old/spool"
check "a store of footers of version 1 is searched" exits 0 hunt --json 'host:ward7 | count by EventID' "$work/old"
check "and opened for it" says "0 counted unopened, 1 searched, 0 left; 2 match" err
check "rightly" says '"EventID":"4688","count":2' out
check "and proven" exits 0 "$cordon" evidence verify "$work/old"
check "an event is fetched by its id" exits 0 hunt -q --json -n 1 '* | fields id, time' "$work/store"
id=$(sed 's/.*"id":"\([^"]*\)".*/\1/' "$work/out")
cp "$work/out" "$work/first"
check "the same" exits 0 hunt -q --json "id:$id | fields id, time" "$work/store"
check "event" cmp "$work/first" "$work/out"
other=$(hunt -q --json -n 2 '* | fields id' "$work/store" | sed -n '2s/.*"id":"\([^"]*\)".*/\1/p')
check "an id joins with others" exits 0 hunt --json "id:($id OR $(echo "$other" | tr -d - | tr 'A-Z' 'a-z'))" "$work/store"
check "two events" lines 2
check "that one, and nothing else is opened" says "$other" out
check "an id and a condition" exits 0 hunt --json "id:$id AND NOT time:*" "$work/store"
check "none" lines 0
check "all but one" exits 0 hunt --json "id!=$id | count" "$work/store"
check "of them" says '"count":46' out
check "an id of one store, looked for in two" exits 0 hunt --json "id:$id" "$work/plain" "$work/store"
check "is found where it is" lines 1
check "an id holds within bounds" exits 0 hunt --json --org nobody "id:$id" "$work/store"
check "and not outside" lines 0
check "what is in no store has no id" exits 0 hunt "NOT id:$id | count" --json "$work/log.json"
check "all of it" says '"count":3' out
check "an id mistyped is refused" exits 2 hunt "user:x AND id:${id%?}" "$work/store"
check "with its place" says "column 15: no evidence id: 11 characters of 12" err
check "and half of one" exits 2 hunt "id:${id%????}*" "$work/store"
check "with what would do" says "column 4: 'id:' takes whole ids" err

exit $failed
