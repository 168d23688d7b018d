#!/bin/bash
# test_demo.sh CORDON: May 2017 is played into a server, and its API says what was known when.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
export TMPDIR=$work

headless() { CORDON=$cordon ./run-demo --headless >"$work/out" 2>"$work/err" || { cat "$work/out" "$work/err"; return 1; }; }
check "run-demo finds detection, states and figures" headless
check "it leaves nothing behind" test -z "$(find "$work" -maxdepth 1 -name 'cordon-demo-*')"

# The same again without what lies beside the checkout, into a folder that stays.
play() { "$cordon" demo --speed max --until "$1" --port 0 --json --no-stay --dir "$work/stays"; }
play 2017-05-12T09:00:00+01:00 >"$work/first" 2>"$work/err"
check "a folder stays" test -f "$work/stays/cordon.yaml"
check "what is not here is said" grep -q '"recordings_missing":[1-9]' "$work/first"
check "what it found is in its journal" test "$("$cordon" findings --data "$work/stays/data" --json | grep -c X-B3)" -gt 3
check "the record is of the exercise" grep -q may-2017 "$work/stays/data/exercise"
play 2017-05-12T20:00:00+01:00 >"$work/second" 2>>"$work/err"
events() { grep '"state":"played"' "$1" | tail -1 | grep -o '"events":[0-9]*'; }
check "it is shown again, not played on" test "$(events "$work/first")" = "$(events "$work/second")"

# What spreads opens one incident by itself, however often the server is killed and begins anew.
by_itself() { "$cordon" record export --quiet "$work/stays/data/record" - 2>/dev/null | grep system:cordon | grep "$1"; }
opened() { by_itself incident.declare | grep -o 'incident:INC-[^"]*' | sort -u | wc -l; }
served() { # served SIGNAL: a server over the same folder, until the incident is there
    "$cordon" serve --config "$work/stays/cordon.yaml" 2>"$work/served" &
    local server=$!
    for _ in $(seq 60); do
        grep -q ' server.ready' "$work/served" && [ "$(opened)" -ge 1 ] && break
        sleep 1
    done
    kill "-$1" $server
    wait $server 2>/dev/null
}
served KILL
check "what spreads has opened an incident by itself" test "$(opened)" = 1
before=$(by_itself spread: | wc -l)
served KILL
served TERM
check "and no other when the server begins anew" test "$(opened)" = 1
check "nothing is told twice" test -z "$(by_itself spread: | grep -o '"key":"[^"]*"' | sort | uniq -d)"
check "all of it is of the exercise" test "$(by_itself spread: | grep -c '"exercise":"may-2017"')" -ge "$before"
sed 's/^exercise:.*//' "$work/stays/cordon.yaml" >"$work/live.yaml"
check "no live server takes it" exits 2 "$cordon" serve --config "$work/live.yaml"
check "and says why" says "is of the exercise may-2017, and this server is live" err

# Timed: the clock runs as told, and Ctrl-C ends it.
"$cordon" demo --speed 3600 --port 0 --json --no-open >"$work/timed" 2>"$work/err" &
demo=$!
hours_pass() { grep -qE '"time":"2017-05-(12T(0[6-9]|1|2)|1[3-9])' "$work/timed"; }
check "the hours pass" eventually hours_pass
# Who looks at the same again is told to the record once in a quarter of an hour of the real time, though hours of
# the exercise went by.
link=$(sed -n 's/.*"link":"\([^"]*\)".*/\1/p' "$work/timed" | head -1)
cookie=$(curl -s -i "$link" | sed -n 's/^[Ss]et-[Cc]ookie: \([^;]*\);.*/\1/p')
ask() { curl -s -H "Cookie: $cookie" "${link%%/session*}$1"; }
hour() { ask /session | sed -n 's/.*"now":"\([^:]*\):.*/\1/p'; }
read_for_hours() {
    local first last
    ask /figures >/dev/null
    first=$(hour)
    for _ in $(seq 600); do
        last=$(hour)
        { [ "$last" != "$first" ] || grep -q '"state":"played"' "$work/timed"; } && break
        sleep 0.1
    done
    ask /figures >/dev/null
    [ -n "$first" ]
}
told() { ask '/audit?limit=1000' | grep -o '"verb":"listFigures"' | wc -l; }
is_told_once() {
    for _ in $(seq 300); do [ "$(told)" = 0 ] || break; sleep 0.1; done
    [ "$(told)" = 1 ]
}
check "figures are read twice, hours apart" read_for_hours
check "and it is told once" is_told_once
kill -INT $demo
check "Ctrl-C ends it well" wait $demo
check "and the data is gone" grep -q '"data_removed":true' "$work/timed"
check "a scenario that is none is refused" exits 2 "$cordon" demo --scenario /nonexistent/x.yml
check "so is a speed" exits 2 "$cordon" demo --speed fast
exit $failed
