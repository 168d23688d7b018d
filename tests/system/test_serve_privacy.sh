#!/bin/bash
# test_serve_privacy.sh CORDON: of audit messages no patient is kept, in no file and no answer.
# shellcheck source=tests/system/kit.sh
. "$(dirname "$0")/kit.sh"
# shellcheck source=tests/system/serve_kit.sh
. "$(dirname "$0")/serve_kit.sh"
audit=${CORDON_SHARED:-$PWD/../shared}/data/health-audit
cat >"$work/cordon.yaml" <<END2
data: $data
rules: [$work/rules]
pack_after: 3600
patient_key: $work/keys/patient.key
listeners:
  - {protocol: http, address: "127.0.0.1:0"}
  - {protocol: syslog, address: "127.0.0.1:0"}
sources:
  - {name: records, organisation: RXA, token_sha256: [$token_hash], content: fhir}
  - {name: pacs, organisation: RXA, addresses: [127.0.0.0/8], content: atna}
END2
mkdir "$work/keys"
post() { curl -s -H "Authorization: Bearer $token" --data-binary @- "http://127.0.0.1:$(port http)/api/v1/events"; }
syslog() { # from standard input; the connection is kept open until it is taken
    exec 5<>"/dev/tcp/127.0.0.1/$(port syslog)"
    cat >&5
    sleep 1
    exec 5>&-
}
check "it starts" start_server
check "the key is the owner's alone" test "$(stat -c %a:%s "$work/keys/patient.key")" = 600:32
printf '%s\n' '{"resourceType":"AuditEvent","agent":[{"who":{"display":"smith"}}],"entity":[{"what":{"reference":"Patient/mrn-77"},"name":"Jane Roe"}]}' \
    '{"note":"Jane Roe"}' | post >"$work/out"
check "one is taken, and what is no audit message refused" says '"stored":1,"refused":1' out
message='<85>1 2026-01-02T03:04:05Z pacs app 1 IHE+RFC-3881 - <AuditMessage><ActiveParticipant UserID="smith"/><ParticipantObjectIdentification ParticipantObjectID="mrn-77^^^RXA" ParticipantObjectTypeCode="1"><ParticipantObjectName>Jane Roe</ParticipantObjectName></ParticipantObjectIdentification></AuditMessage>'
printf '%d %s' "${#message}" "$message" | syslog
printf 'mrn-77\nJane Roe\n' >"$work/ids"
count=2
if [ -d "$audit" ]; then
    tests/system/audit_patients.py ids "$audit" >>"$work/ids"
    tests/system/audit_patients.py fhir "$audit" | post >"$work/out"
    check "every FHIR event is taken" says '"refused":0' out
    tests/system/audit_patients.py atna "$audit" | syslog
    tests/system/audit_patients.py fhir "$audit" >"$work/sent"
    count=$((count + $(wc -l <"$work/sent") + $(find "$audit/atna" -name '*.xml' | wc -l)))
else
    echo "  skipped: no health-audit data beside the tree"
fi
check "no file holds a patient" test -z "$(grep -raoFwf "$work/ids" "$data" "$work/log" | sort | uniq -c)"
check "it stops" stop_server TERM
"$cordon" hunt -q --json '' "$data/evidence" >"$work/events"
check "all that could be understood is there" test "$(wc -l <"$work/events")" = "$count"
check "no event shows a patient" test -z "$(grep -oFwf "$work/ids" "$work/events" | sort | uniq -c)"
check "one patient has one key in both forms" \
    test "$(grep -o 'pk:[0-9a-f]*' "$work/events" | sort | uniq -c | awk '$1 >= 2' | wc -l)" -ge 1
check "users stay" says smith events
check "an audit message has fields" test "$("$cordon" hunt -q --json \
    'ActiveParticipant.UserID:smith ParticipantObjectIdentification.ParticipantObjectID:pk* | count' "$data/evidence" |
    sed 's/.*"count":\([0-9]*\).*/\1/')" = 1
chmod 644 "$work/keys/patient.key"
check "a key that others may read is refused" exits 2 "$cordon" serve --config "$work/cordon.yaml"
exit $failed
