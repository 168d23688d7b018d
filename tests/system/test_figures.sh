#!/bin/bash
# cordon replay and cordon figures: May 2017, and what was known when.
. "$(dirname "$0")/kit.sh"

golden=tests/golden/figures
run() { check "${*:2}" exits 0 "$@"; }
same() { # same NAME: what was printed is what the file holds
    diff "$golden/$1" "$work/out" >"$work/diff" || { head -5 "$work/diff"; return 1; }
}
figures() { "$cordon" figures --record "$work/may" "$@"; }

run "$cordon" replay may-2017 --record "$work/may" --until 2017-05-12T20:00:00+01:00
check "stopped where it was told to" says "to 2017-05-12T19:" out
run "$cordon" replay may-2017 --record "$work/may"
check "and gone on from there" says "10265 of 10265 in all, to 2019-10-01T23:01:00.000Z" out
run "$cordon" replay may-2017 --record "$work/may"
check "once more: nothing is left" says ": 0 claims recorded" out

run figures --at 2017-05-12T20:00:00+01:00
check "what was known in the evening" same evening
run figures --at 2017-05-12T14:30:00Z --id organisations.infected
check "before an incident was declared, all until then" says "claims (c8537, c8541, c8551, c8564, c8568, c8569 ...); until 2017-05-12T14:30:00Z" out
run figures --at 2017-10-28 --json
check "what the auditors said, in JSON" same report.jsonl
run figures --at 2018-02-02 --compare 2017-10-28 --id trusts.affected --id organisations.infected
check "81 becomes 80, 640 becomes 637" same compare
run figures --at 2018-02-02 --compare 2017-10-28 --id trusts.affected --json
check "the same in JSON" same compare.jsonl
run figures --at 2017-05-14T20:00:00+01:00 --id diverts.hospitals --claims
check "what is behind one" same diverts
check "each line of JSON says that it is an exercise" \
    [ "$(figures --json | grep -vc '^{"exercise":"may-2017",')" = 0 ]
check "no figure of that name" exits 2 "$cordon" figures --record "$work/may" --id trusts.afected
check "and the nearest" says "did you mean 'trusts.affected'?" err
check "no record" exits 3 "$cordon" figures --record "$work/none"
check "no time" exits 2 "$cordon" figures --record "$work/may" --at noon
check "no record said" exits 2 "$cordon" figures

# The same seed gives the same record, whatever the pauses.
run "$cordon" replay may-2017 --record "$work/again" --speed 1000000000 --gap 0
"$cordon" figures --record "$work/may" --json --claims >"$work/may.jsonl"
"$cordon" figures --record "$work/again" --json --claims >"$work/again.jsonl"
check "to the number of each claim" cmp "$work/may.jsonl" "$work/again.jsonl"
run "$cordon" record export "$work/may" "$work/may.export"
run "$cordon" record export "$work/again" "$work/again.export"
check "byte for byte" cmp "$work/may.export" "$work/again.export"
check "and every claim" [ "$(grep -c '"kind"' "$work/may.export")" = 10265 ]
run "$cordon" record verify "$work/may"
check "another seed is another record" exits 2 "$cordon" replay may-2017 --record "$work/may" --seed 1
run "$cordon" replay may-2017 --record "$work/other" --seed 1
check "with the same totals" [ "$("$cordon" figures --record "$work/other" --at 2018-02-02 \
    --id trusts.affected --id organisations.infected --id trusts.infected.regions | grep -cE \
    '80 organisations, 33.9 % \(80 of 236|637 organisations|29 organisations, 85.3 % \(29 of 34')" = 3 ]

# With the real lists no stand-ins are made, and the totals are the same.
ods=../shared/standards/ods
if [ -d "$ods" ]; then
    for name in real real-again; do
        run "$cordon" replay may-2017 --record "$work/$name" -o "$ods/etr-2015-2017-regions.csv" \
            -o "$ods/epraccur-2019-07.csv"
        run "$cordon" record export "$work/$name" "$work/$name.export"
    done
    check "lists byte for byte, too" cmp "$work/real.export" "$work/real-again.export"
    check "no stand-in practice" [ "$(grep -c '"org:X-P' "$work/real.export")" = 0 ]
    run "$cordon" figures --record "$work/real" --at 2017-10-28 --about 2017-05-12T20:00:00+01:00
    check "practices of the list" says "8 % (595 of 7420 practices open then)" out
    check "trusts of the list" says "Y54 71, Y55 73, Y56 36, Y57 56" out
    check "each once" says "    640 organisations" out
else
    echo "skipped: no lists of organisations in $ods"
fi

# N12
"$cordon" organisations import --record "$work/live" --create --claimant org:X26 \
    scenarios/may-2017/trusts.csv >/dev/null 2>&1
check "a live record" [ -e "$work/live/record.sqlite" ]
check "is refused" exits 2 "$cordon" replay may-2017 --record "$work/live"
check "no such scenario" exits 2 "$cordon" replay "$work/none.yml" --record "$work/x"
printf 'scenario: s\nseed: 1\nbegins: 2017-01-01\norganisations: []\nstatements: [{label: a}]\n' \
    >"$work/wrong.yml"
check "a scenario that is wrong" exits 2 "$cordon" replay "$work/wrong.yml" --record "$work/x"
check "is told by its line" says "line 5: 'known' is missing" err
exit $failed
