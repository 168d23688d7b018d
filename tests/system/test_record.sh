#!/bin/bash
# test_record.sh: cordon record as its users meet it: killed while it imports, changed by hand, restored.
set -euo pipefail
cordon=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
fail() { echo "test_record: $*" >&2; exit 1; }

cat > "$dir/make.py" <<'END'
import hashlib, json, sys
previous = bytes(32)
out = sys.stdout
count = int(sys.argv[1])
for n in range(1, count + 1):
    claim = {"number": n, "kind": "status.claim", "subject": "org:R%d" % (n % 500),
             "value": {"state": ["clear", "infected"][n % 2]},
             "valid_from": "2017-05-12T%02d:%02d:00.000Z" % (n // 60 % 24, n % 60),
             "recorded": "2017-05-13T%02d:00:00.000Z" % (n * 24 // (count + 1)),
             "claimant": "org:X24", "method": "assigned", "confidence": 50, "basis": "reported",
             "marking": "TLP:AMBER"}
    text = json.dumps(claim, separators=(",", ":"))
    previous = hashlib.sha256(previous + text.encode()).digest()
    out.write(text[:-1] + ',"hash":"' + previous.hex() + '"}\n')
out.write('{"end":%d,"head":"%s"}\n' % (count, previous.hex()))
END
# A second writer of the format: the hashes are Python's, not ours.
python3 "$dir/make.py" 60000 > "$dir/export"

# Killed at any moment, whole batches are there; the same import goes on to the end.
kills=0
for _ in $(seq 1 12); do
    "$cordon" record import "$dir/record" "$dir/export" > "$dir/out" 2>&1 &
    pid=$!
    sleep "$((RANDOM % 2)).$((RANDOM % 9 + 1))"
    if kill -9 $pid 2>/dev/null; then kills=$((kills + 1)); fi
    wait $pid 2>/dev/null && break
    if [ -e "$dir/record/record.sqlite" ]; then
        count=$("$cordon" record stats --json "$dir/record" 2>/dev/null |
            sed 's/.*"claims":\([0-9]*\).*/\1/' || true)
        case ${count:-0} in 0 | 20000 | 40000 | 60000) ;; *) fail "half a batch: $count" ;; esac
    fi
done
"$cordon" record import "$dir/record" "$dir/export" > "$dir/out" || fail "import: $(cat "$dir/out")"
"$cordon" record verify "$dir/record" > "$dir/out" || fail "verify: $(cat "$dir/out")"
grep -q '^proven: 60000 claims' "$dir/out" || fail "$(cat "$dir/out")"
"$cordon" record export -q "$dir/record" - | cmp - "$dir/export" || fail "the export is another"

# What is changed by hand is refused by the schema, or found.
sqlite3 "$dir/record/record.sqlite" "UPDATE claims SET method='x' WHERE number=5" 2>/dev/null &&
    fail "a claim was changed"
sqlite3 "$dir/record/record.sqlite" "DELETE FROM claims WHERE number=60000" 2>/dev/null &&
    fail "a claim was deleted"
"$cordon" record backup "$dir/record" "$dir/backup" > /dev/null
trigger=$(sqlite3 "$dir/record/record.sqlite" "SELECT sql FROM sqlite_schema WHERE name='claims_never_change'")
sqlite3 "$dir/record/record.sqlite" "DROP TRIGGER claims_never_change;
    UPDATE claims SET method='x' WHERE number=5; $trigger"
code=0; "$cordon" record verify "$dir/record" > "$dir/out" || code=$?
[ $code = 1 ] || fail "verify said $code"
grep -q 'claim 5 is not what was recorded' "$dir/out" || fail "$(cat "$dir/out")"
code=0; "$cordon" record export "$dir/record" "$dir/again" 2> "$dir/out" || code=$?
[ $code = 1 ] || fail "export said $code"

# Restored from the export, and from the backup.
code=0; "$cordon" record restore "$dir/record" "$dir/export" 2> /dev/null || code=$?
[ $code = 2 ] || fail "restore over a record said $code"
"$cordon" record restore --replace "$dir/record" "$dir/export" > "$dir/out" || fail "$(cat "$dir/out")"
"$cordon" record verify "$dir/record" > "$dir/out" || fail "$(cat "$dir/out")"
"$cordon" record restore "$dir/third" "$dir/backup" > /dev/null
"$cordon" record verify "$dir/third" > "$dir/out" || fail "$(cat "$dir/out")"

# Views broken by hand are found, and made anew.
before=$(sqlite3 "$dir/third/record.sqlite" "SELECT * FROM spans; SELECT * FROM lines" | sha256sum)
sqlite3 "$dir/third/record.sqlite" "DELETE FROM spans WHERE claim%7=0"
code=0; "$cordon" record verify "$dir/third" > "$dir/out" || code=$?
[ $code = 1 ] && grep -q 'the view spans' "$dir/out" || fail "$(cat "$dir/out")"
"$cordon" record rebuild "$dir/third" > /dev/null
after=$(sqlite3 "$dir/third/record.sqlite" "SELECT * FROM spans; SELECT * FROM lines" | sha256sum)
[ "$before" = "$after" ] || fail "the views are others"

# A disk without room: refused with a reason, and whole afterwards.
if [ "$(id -u)" = 0 ] && mkdir "$dir/small" && mount -t tmpfs -o size=6m tmpfs "$dir/small" 2>/dev/null; then
    trap 'umount "$dir/small"; rm -rf "$dir"' EXIT
    code=0; "$cordon" record import "$dir/small/record" "$dir/export" > /dev/null 2> "$dir/out" || code=$?
    [ $code = 3 ] && grep -q 'the disk is full' "$dir/out" || fail "full disk: $code $(cat "$dir/out")"
    mount -o remount,size=200m "$dir/small"
    "$cordon" record import "$dir/small/record" "$dir/export" > /dev/null
    "$cordon" record verify "$dir/small/record" > "$dir/out" || fail "$(cat "$dir/out")"
else
    echo "test_record: no small disk here: not root, or no tmpfs"
fi

# What cannot be imported is named by file, line and member.
sed '5s/"kind"/"kimd"/' "$dir/export" > "$dir/wrong"
code=0; "$cordon" record import "$dir/fourth" "$dir/wrong" > /dev/null 2> "$dir/out" || code=$?
[ $code = 1 ] && grep -q "importing $dir/wrong: line 5: .*'kimd'.*did you mean 'kind'" "$dir/out" || fail "$(cat "$dir/out")"

"$cordon" record kinds | grep -q '^status.claim$' || fail "kinds"
"$cordon" record kinds --json | python3 -c 'import json, sys; assert len([json.loads(l) for l in sys.stdin]) > 30'
code=0; "$cordon" record verfy "$dir/third" 2> "$dir/out" || code=$?
[ $code = 2 ] && grep -q "did you mean 'verify'" "$dir/out" || fail "$(cat "$dir/out")"
echo "test_record: killed $kills times"
