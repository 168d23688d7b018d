#!/bin/sh
# cordon evidence on a store that a scan made: every action, exit codes, a changed block.
set -u
cordon=$1
data=$(mktemp -d) || exit 2
trap 'rm -rf "$data"' EXIT
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

# want CODE WHAT ARGUMENT...: runs it; output in $out
want() {
    code=$1
    what=$2
    shift 2
    out=$("$cordon" evidence "$@" 2>&1)
    got=$?
    [ "$got" -eq "$code" ] || fail "$what: exit code $got, not $code: $out"
}

says() {
    case $out in
    *"$1"*) ;;
    *) fail "no '$1' in: $out" ;;
    esac
}

for n in 1 2 3 4 5; do
    echo "{\"EventID\":$n,\"User\":\"u$n\",\"@timestamp\":\"2017-05-12T08:24:0$n.000Z\"}"
done >"$data/log.json"
mkdir "$data/rules"
"$cordon" scan --quiet --rules "$(dirname "$0")/../../rules" --into "$data/store" "$data/log.json" \
    >"$data/scan.out" 2>&1 || fail "scan --into: $(cat "$data/scan.out")"

want 0 "a store proves itself" verify "$data/store"
says "proven: 2 of 2 entries"
want 0 "proof as JSON" verify --json "$data/store"
says '"broken_count":0'
head=$(echo "$out" | sed 's/.*"head":"\([0-9a-f]*\)".*/\1/')
want 0 "figures" stats "$data/store"
says "events     5 (0 not packed yet)"
want 0 "no holds" hold "$data/store"
says "nothing is held"
want 2 "a hold without a reason" hold --source x "$data/store"
want 0 "a hold" hold --who "A. Clerk" --reason "inquest" "$data/store"
says "hold 3 is set"
want 0 "the hold" hold "$data/store"
says '"who":"A. Clerk"'
echo "default 1" >"$data/policy"
want 0 "nothing is old" retain --policy "$data/policy" "$data/store"
says "deleted 0 segments"
# A slip in the policy keeps nobody from reading, and is no broken evidence.
echo "keep RJ1 * windows* 30 ninety" >"$data/store/policy"
want 0 "proof without the policy" verify "$data/store"
says "note: policy: line 1: 'ninety' is no number of days: 1 to 36500, or ever"
says "proven"
want 0 "figures without it" stats "$data/store"
want 0 "an export without it" export "$data/store" "$data/unpoliced"
want 2 "what would be deleted cannot be told" retain --dry-run "$data/store"
want 2 "nothing is deleted" retain "$data/store"
says "policy: line 1: 'ninety' is no number of days"
want 2 "nothing is tidied" compact "$data/store"
out=$("$cordon" hunt '| count' --json "$data/store" 2>&1) || fail "a hunt without the policy: $out"
says '"count":5'
says "note: policy: line 1"
rm "$data/store/policy"
want 0 "release" hold --release 3 --who "A. Clerk" --reason "closed" "$data/store"
want 2 "release twice" hold --release 3 --who "A. Clerk" --reason "closed" "$data/store"
want 0 "the head noted before" verify --head "$head" "$data/store"
want 2 "a proof of nothing" verify --first 99 "$data/store"
says "entries is in that range"
want 1 "another head" verify --head "$(echo "$head" | tr 0-9a-f 1-9a-f0)" "$data/store"
says "cut off"
cp "$data/store/STORE" "$data/kept"
for change in 's/^ids 0/ids 1/;t;s/^ids ./ids 0/' 's/^created 1/created 2/' 's/Z$/X/' 's/^store 0/store 1/;t;s/^store ./store 0/'; do
    sed -i "$change" "$data/store/STORE"
    want 1 "a changed STORE ($change)" verify "$data/store"
    says "broken: "
    cp "$data/kept" "$data/store/STORE"
done
want 0 "export" export "$data/store" "$data/part" --from 2017-05-12T08:24:03Z
says "3 events exported"
want 0 "an export proves itself" verify "$data/part"
want 2 "its events are the store's own" import "$data/store" "$data/part"
want 0 "compact" compact "$data/store"
want 2 "no such action" verfy "$data/store"
says "did you mean 'verify'?"
want 2 "no store" stats "$data/rules"
want 2 "an operand too few" export "$data/store"

for file in "$data"/store/segments/*.seg; do
    printf 'x' | dd of="$file" bs=1 seek=70 conv=notrunc 2>/dev/null
done
want 1 "a changed block" verify "$data/store"
says "block 0: the body at offset 64 is not what was sealed"
exit $failed
