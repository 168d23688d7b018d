# serve_kit.sh: what the tests of a running server begin with; sourced after kit.sh.
token=0123456789abcdef0123456789abcdef
token_hash=$(printf %s "$token" | sha256sum | cut -d' ' -f1)
data=$work/data
server=
mkdir "$work/rules"
cat >"$work/rules/evil.yml" <<'END'
title: Evil ran
id: 5f2d6f0e-9a53-4b0c-8f63-3c2c4a1d7e11
status: test
author: Cordon
description: For the tests of the server.
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\evil.exe'
    condition: selection
level: high
END

stop_server() { # with this signal; waits for the end
    [ -n "$server" ] || return 0
    kill "-${1:-TERM}" "$server" 2>/dev/null
    wait "$server"
    local code=$?
    server=
    return $code
}
trap 'stop_server KILL; rm -rf "$work"' EXIT

# start_server [COMMAND...]: `cordon serve` over $work/cordon.yaml, by the command if there is
# one; returns when it is ready.
start_server() {
    : >"$work/log"
    "$@" "$cordon" serve --config "$work/cordon.yaml" 2>>"$work/log" &
    server=$!
    local end=$((SECONDS + 240))
    while [ $SECONDS -lt $end ]; do
        grep -q ' server.ready' "$work/log" && return 0
        kill -0 "$server" 2>/dev/null || break
        sleep 0.05
    done
    echo "  the server did not get ready:"
    tail -5 "$work/log"
    stop_server KILL 2>/dev/null
    return 1
}
port() { # of a listener, by its name
    sed -n "s/.* server.listening listener=\"$1\" .*port=\([0-9]*\).*/\1/p" "$work/log" | tail -1
}
logged() { grep -q -- "$1" "$work/log"; }
awaits_log() { eventually logged "$1"; }
hold_ports() { # hold_ports COUNT: into $held, until this shell ends; see hold_ports.py
    : >"$work/held"
    exec {holding}> >(exec python3 tests/system/hold_ports.py "$1" >"$work/held")
    while [ "$(wc -l <"$work/held")" -lt "$1" ]; do sleep 0.05; done
    mapfile -t held <"$work/held"
}
stored() { "$cordon" hunt -q --json "${1:-} | count" "$data/evidence" | sed 's/.*"count":\([0-9]*\).*/\1/'; }
is_stored() { # is_stored COUNT QUERY
    local got
    got=$(stored "$2" 2>/dev/null)
    [ "${got:-none}" = "$1" ] || { echo "  ${got:-none} of $2 stored, wanted $1"; return 1; }
}
awaited() { eventually is_stored "$@"; } # awaited COUNT QUERY
