#!/bin/bash
# test_report.sh CORDON: the report page drawn by a real browser, if there is one.
set -u
cordon=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
browser=$(command -v chromium || command -v google-chrome || true)
if [ -z "$browser" ]; then
    echo "skipped: no chromium to look with"
    exit 0
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
# An event whose text would be markup, if the page let it.
printf '%s\n' '{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Computer":"</script><b id=oops>ws","Image":"C:\\netexec.exe","CommandLine":"<img src=x onerror=alert(1)> nxc smb -x </script>"}' >"$work/hostile.ndjson"
cat >"$work/rule.yml" <<'RULE'
title: Any <i id=oops>process</i>
id: 5f0bca1c-0f3b-4d0e-8f57-0f6a4e3c0002
level: critical
author: nobody
logsource: {product: windows, category: process_creation}
detection: {sel: {CommandLine|contains: nxc}, condition: sel}
RULE
"$cordon" scan -q -r samples/rules -r "$work/rule.yml" -o html -O "$work/page.html" samples/logs "$work/hostile.ndjson" || failed=1
findings=$("$cordon" scan -q -r samples/rules -r "$work/rule.yml" --json samples/logs "$work/hostile.ndjson" | wc -l)
# Shows the page with the first finding opened.
sed 's|  headline();|  headline(); setTimeout(() => { cur = 0; open(); }, 50);|' "$work/page.html" >"$work/open.html"
timeout 400 "$browser" --headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --user-data-dir="$work/profile" --enable-logging=stderr --v=0 \
    --virtual-time-budget=3000 --dump-dom "file://$work/open.html" >"$work/dom.html" 2>"$work/log"

check() {
    if "${@:2}"; then echo "ok: $1"; else echo "FAILED: $1"; failed=1; fi
}
check "the headline counts" grep -qF "$findings findings by 33 rules" "$work/dom.html"
check "rows are drawn" test "$(grep -o 'class="gr' "$work/dom.html" | wc -l)" -ge 10
check "a finding opens with its reason" grep -qF 'Why it fired' "$work/dom.html"
check "the histogram is drawn" grep -qF '<rect' "$work/dom.html"
check "text of events stays text" bash -c "! sed '/id=\"data\"/,/<\/script>/d' '$work/dom.html' | grep -qE '<(b|i) id=\"?oops'"
check "no script error, nothing blocked" bash -c "! grep -E 'CONSOLE.*(Uncaught|Refused|Error)' '$work/log'"
exit $failed
