#!/bin/sh
# cordon check, as a person or a script uses it: exit codes, messages, JSON.
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
    out=$("$cordon" check "$@" 2>"$data/stderr")
    got=$?
    [ "$got" -eq "$code" ] || fail "$what: exit code $got, not $code: $out $(cat "$data/stderr")"
}

says() {
    case $out in
    *"$1"*) ;;
    *) fail "no '$1' in: $out" ;;
    esac
}

mkdir "$data/rules"
cat >"$data/rules/good.yml" <<'END'
title: Good
id: 5fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d
status: test
level: high
logsource:
    product: windows
    category: process_creation
detection:
    selection:
        Image|endswith: '\tool.exe'
        CommandLine|contains: '--steal'
    condition: selection
END
want 0 "a good rule" "$data/rules"
says "1 files: 1 rules and 0 correlations can be used, 0 cannot; 0 warnings"

cat >"$data/doubtful.yml" <<'END'
title: Doubtful
id: 6fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d
logsource:
    product: windows
detection:
    selection:
        CommandLine: ' -x'
    condition: selection
END
want 0 "a warning" "$data/rules" "$data/doubtful.yml"
says "doubtful.yml:7: warning: ' -x' has a blank at its beginning"
says "[Doubtful] 6fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d"
says "2 files: 2 rules and 0 correlations can be used, 0 cannot; 1 warnings"
want 0 "no warnings" --quiet "$data/doubtful.yml"
case $out in *warning:*) fail "--quiet shows warnings: $out" ;; esac

cat >"$data/schema.yml" <<'END'
title: Against the schema
id: 7fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d
level: severe
date: 2024/01/02
logsource:
    product: windows
detection:
    selection:
        CommandLine: 'a "quoted" \ text*'
    condition: selection
END
want 1 "an error against the schema" "$data/schema.yml"
says "schema.yml:3: error: unknown level 'severe'"
says "schema.yml:4: error: 'date: 2024/01/02' is not a date"
says "1 rules and 0 correlations can be used, 0 cannot; 2 errors against the schema, 0 warnings"

cat >"$data/refused.yml" <<'END'
title: 'Refused "by name"'
id: 8fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d
logsource:
    product: windows
detection:
    selection:
        CommandLine|contians: a
    condition: selection
END
want 1 "a rule that cannot be used" "$data/refused.yml"
says "refused.yml:7: error:"
says "0 rules and 0 correlations can be used, 1 cannot"

want 1 "JSON" --json "$data/rules" "$data/refused.yml" "$data/schema.yml" "$data/doubtful.yml"
printf '%s\n' "$out" >"$data/findings.jsonl"
[ "$(wc -l <"$data/findings.jsonl")" -eq 4 ] || fail "not four JSON lines: $out"
# Our own reader reads our own JSON: each line is an event with these members.
sed 's/^{/{"product":"cordon",/' "$data/findings.jsonl" >"$data/events.jsonl"
cat >"$data/findings.yml" <<'END'
title: A finding
logsource:
    product: cordon
detection:
    selection:
        file|endswith: .yml
        line|gte: 3
        severity: [error, warning]
        check|exists: true
        title|exists: true
        reason|contains: ' '
        id|re: '^[678]fc297ba-0a3f-4d3c-9b0c-3f6d1a8b2c4d$'
    condition: selection
END
out=$("$cordon" scan --rules "$data/findings.yml" --output jsonl "$data/events.jsonl" \
    2>"$data/stderr") || fail "scan of the findings: $(cat "$data/stderr")"
[ "$(printf '%s\n' "$out" | grep -c '"A finding"')" -eq 4 ] ||
    fail "the findings are not the JSON they should be: $out"

want 0 "costs" --cost "$data/rules" "$data/doubtful.yml"
says "2 rules, 0 of them evaluated for every event"
says "Image suffix '\\tool.exe'"
says "CommandLine exact ' -x'"
want 0 "the dearest" --cost --top 1 "$data/rules" "$data/doubtful.yml"
says "and 1 cheaper ones"
want 0 "costs of what can be used" --cost "$data/rules" "$data/refused.yml"
case $(cat "$data/stderr") in *"1 cannot be used"*) ;; *) fail "refused in silence" ;; esac
want 0 "costs as JSON" --cost --json "$data/rules"
says '"always":false'
says '"triggers":{"exact":0,"prefix":0,"suffix":1,"contains":0}'

want 2 "no operand"
want 2 "a path that is not there" "$data/nowhere"
want 2 "an unknown option" --nonsense "$data/rules"

# The rules' authors' own recordings, when they are there.
shared=$(dirname "$0")/../../../shared
if [ -d "$shared/sigma-regression" ]; then
    for folder in rules rules-emerging-threats rules-threat-hunting rules-compliance \
        rules-placeholder; do
        set -- "$@" "$shared/sigma/$folder"
    done
    shift
    want 0 "the regression samples" --regression "$shared/sigma-regression" "$@"
    says "285 passed, 0 failed"
else
    echo "skipped: the regression samples are not here"
fi
exit $failed
