#!/bin/bash
# test_serve_unit.sh CORDON: under the calls to the kernel that the systemd unit allows it starts, takes,
# judges, packs, reloads and stops; and the unit is one that systemd can read.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
unit=packaging/cordon.service
export ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" # it would trace itself
tests/system/seccomp_exec.py "$unit" /bin/true >"$work/out"
if [ $? = 77 ]; then
    cat "$work/out"
    exit 0
fi
cp "$cordon" "$work/cordon" && cordon=$work/cordon # the unit's user is not root
[ "$(id -u)" != 0 ] || chown -R 65534 "$work"
tests/system/seccomp_exec.py "$unit" "$cordon" version >"$work/out" 2>&1 ||
    { echo "skipped: this build (sanitizers?) does not run under the unit's filter"; exit 0; }
check "its options are known" test -z "$(systemd-analyze verify "$unit" 2>&1 | grep -i 'unknown\|invalid\|failed to parse')"
cat >"$work/cordon.yaml" <<END
data: $data
rules: [$work/rules]
pack_after: 1
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: syslog, address: "127.0.0.1:0"}
  - {protocol: syslog-udp, address: "127.0.0.1:0"}
  - {protocol: status, address: "127.0.0.1:0"}
  - {protocol: api, address: "127.0.0.1:0"}
files:
  - {source: lan, path: $work/*.log}
sources:
  - {name: ward, organisation: RXA, token_sha256: [$token_hash]}
  - {name: lan, organisation: RXB, addresses: [127.0.0.1]}
END
[ "$(id -u)" != 0 ] || chown -R 65534 "$work"
check "it starts" start_server tests/system/seccomp_exec.py "$unit"
if [ "$(cat /proc/sys/net/core/rmem_max)" -lt 33554432 ]; then # what is asked for
    check "says that the buffer for UDP is small" awaits_log 'server.buffer_small listener="syslog-udp"'
fi
check "takes events" tests/system/serve_client.py "$(port http)" "$token" 0 1000 50 "$work/acked"
echo '<13>by TCP' >"/dev/tcp/127.0.0.1/$(port syslog)"
echo '<13>by UDP' >"/dev/udp/127.0.0.1/$(port syslog-udp)"
echo 'by file' >"$work/new.log"
check "from everywhere" awaited 3 org:RXB
is_packed() { find "$data/evidence/segments" -name '*.seg' 2>/dev/null | grep -q .; }
check "packs them" eventually is_packed
check "can be looked at" test "$(curl -s "http://127.0.0.1:$(port status)/healthz")" = ok
check "also by the API" test "$(curl -s -o /dev/null -w '%{http_code}' "http://127.0.0.1:$(port api)/api/v1/sources")" = 401
kill -HUP $server
check "reloads" awaits_log server.reloaded
check "and stops" stop_server TERM
check "each was judged" test "$("$cordon" findings --data "$data" --json | wc -l)" = "$(stored 'Image:*evil.exe')"
exit $failed
