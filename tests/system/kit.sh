# kit.sh: what the tests of the built program begin with; sourced with the program's path.
set -u
cordon=$(realpath "$1")
cd "$(dirname "$0")/../.." || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

check() { # check NAME COMMAND...: the command must succeed
    local name=$1
    shift
    if "$@"; then echo "ok: $name"; else echo "FAILED: $name"; failed=1; fi
}
exits() { # exits CODE COMMAND...: the command must exit so; what it writes is in $work/out and err
    local wanted=$1 got
    shift
    "$@" >"$work/out" 2>"$work/err"
    got=$?
    [ $got -eq "$wanted" ] || { echo "  exit $got, wanted $wanted: $*"; head -5 "$work/err"; return 1; }
}
eventually() { # eventually COMMAND...: it succeeds within minutes, however busy the machine is
    local end=$((SECONDS + 240))
    until "$@" >"$work/eventually" 2>&1; do
        [ $SECONDS -lt $end ] || { cat "$work/eventually"; echo "  still not: $*"; return 1; }
        sleep 0.1
    done
}
says() { grep -qF -- "$1" "$work/$2" || { echo "  $2 does not say: $1"; return 1; }; }
