#!/bin/bash
# cordon organisations: lists into a record, and what is asked of it.
. "$(dirname "$0")/kit.sh"

record=$work/record
cat >"$work/etr.csv" <<'CSV'
T01,SAINT A TRUST,Y55,Q77,A HOUSE,,,TOWN,,WR4 9RW,20110701,,,,,,,,,,,0,,B
T02,SAINT B TRUST,Y54,Q77,B HOUSE,,,TOWN,,WR4 9RW,20110701,20150930,,,,,,,,,,0,,B
T03,SAINT C TRUST,Y54,Q77,C HOUSE,,,TOWN,,WR4 9RW,20110701,,,,,,,,,,,0,,B
T04,SAINT D TRUST,W00,Q99,D HOUSE,,,TOWN,,WR4 9RW,20110701,,,,,,,,,,,0,,W
CSV
cat >"$work/reused.csv" <<'CSV'
T02,QUITE ANOTHER TRUST,Y54,Q77,B HOUSE,,,TOWN,,WR4 9RW,20160701,,,,,,,,,,,0,,B
CSV
cat >"$work/mergers.csv" <<'CSV'
T01;T03;20171001
CSV
cat >"$work/mergers.yaml" <<'YAML'
separator: ";"
organisations:
  - columns: {code: 1, successor: 2, succeeded: 3}
YAML
organisations() { "$cordon" organisations "$@" --record "$record"; }
counted() { # counted N ARGUMENT...: how many there are
    local wanted=$1 got
    shift
    got=$(organisations count --json "$@" | sed 's/.*"organisations":\([0-9]*\).*/\1/')
    [ "$got" = "$wanted" ] || { echo "  $got, wanted $wanted"; return 1; }
}

check "no record" exits 3 organisations list
check "no claimant" exits 2 organisations import --create "$work/etr.csv"
check "import" exits 0 organisations import --create --claimant org:X26 "$work/etr.csv"
check "import, said" says "4 rows: 5 claims recorded, 0 said before; 0 rows refused" out
check "the same again" exits 0 organisations import --claimant org:X26 "$work/etr.csv"
check "the same again says nothing new" says "0 claims recorded, 4 said before" out
check "a code that is used again" exits 1 organisations import --claimant org:X26 "$work/reused.csv"
check "a code that is used again, said" says "line 1: T02 is refused: the code is that of another" err
check "mergers by a mapping" exits 0 \
    organisations import --claimant org:X26 --mapping "$work/mergers.yaml" "$work/mergers.csv"
check "a list of no format" exits 2 organisations import --claimant org:X26 "$work/mergers.csv"
check "services" exits 0 organisations import --claimant org:X26 packaging/services.yaml
check "three open in 2017" counted 3 --about 2017-05-12
check "two in England" counted 2 --about 2017-05-12 --country ENG
check "two after the merger" counted 2 --about 2018-05-12
check "four on the last day of one" counted 4 --about 2015-09-30T23:00:00Z
check "none as known before" counted 0 --at 2017-05-12
check "a table" exits 0 organisations list --closed --about 2018-05-12
check "a table has the last day" says "2015-09-30" out
check "by region" exits 0 organisations count --by region --about 2017-05-12
check "by region, with the fraction" says "1 of 3" out
check "one" exits 0 organisations show T01 --about 2018-05-12
check "one counts as another" says "counts as    T03" out
check "nobody" exits 1 organisations show T99
check "services are unknown" exits 0 organisations services --json
check "services are unknown, said" says '"code":"spine","name":"Spine","owner":"X26","national":true,"criticality":"life-critical","state":"unknown","needs":["network"]' out
check "a verb that is none" exits 2 organisations lst
check "a verb that is none, said" says "no action 'lst': import, list" err
check "a claimant that is none" exits 2 organisations import --claimant "X 26" "$work/etr.csv"
check "a claimant that is none, said" says "claimant takes a subject" err
exit $failed
