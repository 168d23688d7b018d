#!/bin/bash
# test_evidence_reader.sh CORDON: a second reader, made from docs/evidence-format.md alone, reads what the program stores.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
python=/usr/bin/python3
if ! "$python" -c 'import cryptography, xxhash, zstandard' 2>/dev/null; then
    echo "SKIPPED: needs Debian's python3-cryptography, python3-xxhash and python3-zstandard (./setup test)"
    exit 0
fi
reader="$python -B $PWD/tests/system/evidence_reader.py"
compare="$python -B $PWD/tests/system/compare_evidence.py"
store=$work/store
samples=$PWD/samples/logs
refused() { ! $reader "$1" >/dev/null 2>"$work/err" && grep -q "^evidence_reader: " "$work/err"; }
stores() { # stores DIR WORD...: scans into DIR
    local into=$1
    shift
    "$cordon" scan -q --into "$into" "$@" >/dev/null 2>"$work/err" || { cat "$work/err"; return 1; }
}
alike() { # alike STORE FOLDER [--expired]: reader and program say the same
    local dir=$1 folder=$2
    shift 2
    "$cordon" hunt -q -o jsonl '*' "$dir" >"$work/hunt.jsonl" && $compare "$@" "$dir" "$work/hunt.jsonl" "$folder"
}
evidence() { "$cordon" evidence "$@" >"$work/out" 2>&1 || { cat "$work/out"; return 1; }; }

# What personal parts wait for is time: a clock that is three days behind, for one command.
cat >"$work/clock.c" <<'END'
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
int clock_gettime(clockid_t clock, struct timespec *time)
{
    int result = (int)syscall(SYS_clock_gettime, clock, time);
    time->tv_sec -= clock == CLOCK_REALTIME ? 3 * 86400 : 0;
    return result;
}
END
cc -shared -fPIC -o "$work/clock.so" "$work/clock.c" || exit 2
three_days_ago() { # three_days_ago COMMAND...
    (
        cordon_then() {
            ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0" LD_PRELOAD=$work/clock.so "$now" "$@"
        }
        now=$cordon cordon=cordon_then
        "$@"
    )
}

# Text with all that text can be, beside the samples.
mkdir "$work/logs"
cat >"$work/logs/values.json" <<'END'
{"@timestamp":"2026-11-22T08:00:00Z","host":"ward7","user":"alice","cmd":"C:\\Windows\\cmd.exe","n":5.50,"ip":"10.1.2.3","list":["a",1,null,{"x":1},{"x":[2,3]},[],["n1",["n2"]]],"e":"","o":{},"esc":"\u00e9\n\ud83d\ude00 \ud800","big":1e400,"neg":-0,"t":true,"f":false,"dup":1,"dup":2,"":"empty name","a.b":{"c":1}}
{"host":"wärd","user":"alice bob","msg":"alice bob was here, and Alice, and 10.1.2.3","src_ip":"10.1.2.3"}
{"user":"alice bob","alice bob":"alice bobalice bob","user2":"x"}
{"n":1}
{"@timestamp":"1601-01-01T00:00:00Z","n":18446744073709551615}
END
printf '%s\n' "Oct 11 22:14:15 mymachine su: 'su root' failed for lonvick on /dev/pts/8" \
    '<34>1 2003-10-11T22:14:15.003Z m.example.com su - ID47 [ex@1 a="b" c="d\"e"] x user=bob' \
    $'bad \xff\xfe bytes' $'tabs\tand \x01 controls' >"$work/logs/lines.log"

# The store as a scan leaves it, then after each action.
# Few different values, in several spellings, for summaries.
awk 'BEGIN {
    for (n = 0; n < 3000; n++) {
        printf "{\"n\":%s,\"word\":\"%s\"", n % 7 == 0 ? "null" : n % 3 ".0", n % 5 == 0 ? "\\u0041" : "A"
        printf ",\"%s\":{\"code\":%d},\"user\":\"u%d\"", n % 2 ? "one" : "two", n % 40, n % 9
        printf "%s}\n", n % 11 == 0 ? ",\"list\":[1,2],\"host\":\"h\"" : ""
    }
}' >"$work/logs/plain.json"

check "the samples of one organisation are stored" three_days_ago stores "$store" --org RJ1 "$samples"
check "and odd text" three_days_ago stores "$store" --org - "$work/logs"
check "and samples of another, today" stores "$store" --org "SP 2%" "$samples"/cisco* "$samples"/registry*
cp "$samples"/*.log "$work/logs/"
check "the reader says what the program says" alike "$store" "$work/logs"
check "a hold" evidence hold "$store" --org RJ1 --who "Dr. Ana 100%" --reason "case 7"
check "one more" evidence hold "$store" --source "a b" --who - --reason "é"
check "its release" evidence hold "$store" --release "$(tr -dc 0-9 <"$work/out")" --who x --reason y
check "compacted" evidence compact "$store"
check "the reader says what the program says" alike "$store" "$work/logs"
check "an export" evidence export "$store" "$work/exported" --org -
check "has the same ids" alike "$work/exported" "$work/logs"
check "another store" stores "$work/other" --org RJ1 "$samples"/proc*
check "imports it" evidence import "$work/other" "$work/exported"
check "the reader says what the program says" alike "$work/other" "$work/logs"
expires() { # expires STORE: and nothing can be found any more
    rm -rf "$work/before"
    cp -r "$1" "$work/before"
    echo 'default ever 1' >"$1/policy"
    evidence retain "$1" && "$python" -B tests/system/search_expired.py "$work/before" "$1"
}
check "what names persons expires, and is gone" expires "$store"
check "the reader says what the program says" alike "$store" "$work/logs" --expired
check "an export of what has expired" evidence export "$store" "$work/later" --org -
check "still lacks it" alike "$work/later" "$work/logs" --expired
printf 'keep - * * 2 1\ndefault ever\n' >"$store/policy"
check "all that is over expires" evidence retain "$store"
check "the reader says what the program says" alike "$store" "$work/logs"
check "the program proves it" evidence verify "$store"

# A store that was written before blocks had summaries.
cp -r tests/golden/store_footer_1 "$work/version1"
mkdir "$work/version1/spool"
check "footers of version 1 are read" alike "$work/version1" "$work/version1"

# A writer that ended while it wrote.
cp -r "$store" "$work/torn"
printf 'entry 99\ntime 17953' >>"$work/torn/chain"
cp "$(find "$store/segments" -name '*.seg' | head -1)" "$work/torn/segments/00000077.seg"
check "nobody is misled by what was begun" alike "$work/torn" "$work/logs"

# Every byte counts.
flip() { # flip FILE AT: changes a byte of the store's copy
    local byte
    byte=$(od -An -tu1 -j "$2" -N 1 "$1" | tr -d ' ')
    printf "\\x$(printf %x $((byte ^ 1)))" | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
file=$(find "$store/segments" -name '*.seg' | sort | head -1)
person=$(find "$store/segments" -name '*.person' | sort | head -1)
for place in "$file" "$person" "$store/chain"; do
    for part in 3 50 97; do
        at=$(($(stat -c %s "$place") * part / 100))
        flip "$place" $at
        check "a flipped bit in $(basename "$place") at $at is seen" refused "$store"
        flip "$place" $at
    done
done
check "and nothing else was" $reader "$store" >"$work/out"

# Real logs, where they are at hand.
shared=$PWD/../shared/data
if [ ! -d "$shared" ]; then
    echo "SKIPPED: no real logs beside the checkout"
    exit $failed
fi
mkdir "$work/real"
some() { awk -v every="$1" -v most="$2" 'NR % every == 0 && n++ < most'; }
find "$shared/windows-json-otrf" -name '*.json.xz' | sort | some 12 4 | while read -r log; do
    xz -dc "$log" | head -150 >"$work/real/otrf-$(basename "$log" .xz)"
done
find "$shared/suricata-eve/eve" -name '*.json.gz' | sort | some 10 40 | xargs gzip -dc | some 4 400 >"$work/real/eve.json"
for log in dns ssl weird smtp; do
    gzip -dc "$shared/zeek-logs/wrccdc-2018/tsv/$log.log.gz" | head -150 >"$work/real/zeek-$log.log"
    gzip -dc "$shared/zeek-logs/wrccdc-2018/json/$log.json.gz" | head -60 >"$work/real/zeek-$log.json"
done
cp "$shared"/host-and-app-logs/files/{apache_access,audit_enriched,cri,selinux,vsftpd}.log "$work/real/"
"$python" -c '
import json, sys
for line in sys.stdin:
    for raw in json.loads(line)["raw"]:
        if raw.strip() and "\n" not in raw:
            sys.stdout.buffer.write(raw.rstrip("\r").encode() + b"\n")
' <"$shared/syslog-vendors/messages.jsonl" | some 1 400 >"$work/real/vendors.log"
find "$shared/windows-evtx-attack" -path '*/mdecrevoisier/*' -name '*.evtx.gz' | sort | some 25 6 | while read -r log; do
    gzip -dc "$log" >"$work/real/$(basename "$log" .gz)"
done
check "real logs are stored" three_days_ago stores "$work/large" --org RJ1 "$work/real"
check "the reader says what the program says" alike "$work/large" "$work/real"
check "what names persons expires, and is gone" expires "$work/large"
check "the reader says what the program says" alike "$work/large" "$work/real" --expired
exit $failed
