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
cat >"$work/rules/atna.yml" <<'END2'
title: Emergency override of access control
id: 0d6b4f4e-6a52-4a0d-9d55-2b8f0a6f2f01
status: test
description: DICOM's event type 110127 in an audit message.
author: Cordon
logsource:
    product: dicom
    service: audit
detection:
    selection:
        EventIdentification.EventTypeCode.csd-code: '110127'
    condition: selection
level: medium
END2
cat >"$work/rules/fhir.yml" <<'END2'
title: Break-glass access to a record
id: 0d6b4f4e-6a52-4a0d-9d55-2b8f0a6f2f02
status: test
description: HL7's purpose of use BTG in a FHIR AuditEvent.
author: Cordon
logsource:
    product: fhir
    service: audit
detection:
    selection:
        agent.purposeOfUse.coding.code: BTG
    condition: selection
level: medium
---
title: Record read
name: record_read
id: 0d6b4f4e-6a52-4a0d-9d55-2b8f0a6f2f03
status: test
description: For the correlation below.
author: Cordon
logsource:
    product: fhir
    service: audit
detection:
    selection:
        action: R
    condition: selection
level: informational
---
title: Many patients read by one user
id: 0d6b4f4e-6a52-4a0d-9d55-2b8f0a6f2f04
status: test
description: Patients are told apart by their keys.
author: Cordon
correlation:
    type: value_count
    rules: [record_read]
    group-by: [agent.who.display]
    timespan: 10m
    condition:
        field: entity.what.reference
        gte: 5
level: high
END2
post() { curl -s -H "Authorization: Bearer $token" --data-binary @- "http://127.0.0.1:$(port http)/api/v1/events"; }
syslog() { cat >"/dev/tcp/127.0.0.1/$(port syslog)"; } # from standard input
check "it starts" start_server
check "the key is the owner's alone" test "$(stat -c %a:%s "$work/keys/patient.key")" = 600:32
printf '%s\n' '{"resourceType":"AuditEvent","agent":[{"who":{"display":"smith"}}],"entity":[{"what":{"reference":"Patient/mrn-77"},"name":"Jane Roe"}]}' \
    '{"note":"Jane Roe"}' | post >"$work/out"
check "one is taken, and what is no audit message refused" says '"stored":1,"refused":1' out
message='<85>1 2026-01-02T03:04:05Z pacs app 1 IHE+RFC-3881 - <AuditMessage><ActiveParticipant UserID="smith"/><ParticipantObjectIdentification ParticipantObjectID="mrn-77^^^RXA" ParticipantObjectTypeCode="1"><ParticipantObjectName>Jane Roe</ParticipantObjectName></ParticipantObjectIdentification></AuditMessage>'
printf '%d %s' "${#message}" "$message" | syslog
printf 'mrn-77\nJane Roe\n' >"$work/ids"
message='<85>1 2026-01-02T03:04:06Z pacs app 7 IHE+RFC-3881 - <AuditMessage><EventIdentification EventActionCode="E" EventDateTime="2026-01-02T03:04:06Z" EventOutcomeIndicator="0"><EventID csd-code="110113" codeSystemName="DCM" originalText="Security Alert"/><EventTypeCode csd-code="110127" codeSystemName="DCM" originalText="Emergency Override Started"/></EventIdentification><ActiveParticipant UserID="smith" UserIsRequestor="true"/></AuditMessage>'
printf '%d %s' "${#message}" "$message" | syslog
read_by() { # read_by USER PATIENT PURPOSE
    printf '{"resourceType":"AuditEvent","type":{"code":"rest"},"action":"R","recorded":"2026-01-02T03:04:%02dZ","agent":[{"who":{"display":"%s"},"requestor":true,"purposeOfUse":[{"coding":[{"code":"%s"}]}]}],"entity":[{"what":{"reference":"Patient/mrn-%d"}}]}\n' \
        "$2" "$1" "$3" "$2"
}
{
    for patient in 1 2 3 4 5; do read_by nosy "$patient" TREAT; done
    for patient in 1 1 2 2 3 3; do read_by busy "$patient" TREAT; done
    read_by urgent 9 BTG
} | post >"$work/out"
check "reads of records are taken" says '"stored":12,"refused":0' out
printf '{"resourceType":"Bundle","entry":[{"resource":%s}]}\n' "$(read_by bundled 8 BTG)" | post >"$work/out"
check "and in a Bundle" says '"stored":1,"refused":0' out
post >"$work/out" <<'END2'
<?xml version="1.0" encoding="UTF-8"?>
<AuditEvent xmlns="http://hl7.org/fhir">
  <action value="R"/><recorded value="2026-01-02T03:04:09Z"/>
  <agent><who><display value="in-xml"/></who><purposeOfUse><coding><code value="BTG"/></coding></purposeOfUse></agent>
  <entity><what><reference value="Patient/mrn-77"/></what><name value="Jane Roe"/></entity>
</AuditEvent>
END2
check "and in XML" says '"stored":1,"refused":0' out
count=17
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
check "all that could be understood is stored" awaited $count ''
check "no file holds a patient" test -z "$(grep -raoFwf "$work/ids" "$data" "$work/log" | sort | uniq -c)"
check "it stops" stop_server TERM
"$cordon" hunt -q --json '' "$data/evidence" >"$work/events"
check "all that could be understood is there" test "$(wc -l <"$work/events")" = "$count"
check "no event shows a patient" test -z "$(grep -oFwf "$work/ids" "$work/events" | sort | uniq -c)"
check "one patient has one key in both forms" \
    test "$(grep -o 'pk:[0-9a-f]*' "$work/events" | sort | uniq -c | awk '$1 >= 2' | wc -l)" -ge 1
check "users stay" says smith events
"$cordon" findings --data "$data" --json >"$work/findings"
found() { # found COUNT TITLE
    test "$(grep -c "\"$2\"" "$work/findings")" = "$1" || { echo "  $(grep -c "\"$2\"" "$work/findings") of $2, wanted $1"; return 1; }
}
check "a rule for dicom's audit messages fires once" found 1 "Emergency override of access control"
check "one for FHIR's, alone, in a Bundle and in XML" found 3 "Break-glass access to a record"
check "a correlation over patients' keys sees who reads many" found 1 "Many patients read by one user"
check "and who that is" test "$(grep 'Many patients' "$work/findings" | grep -c nosy)" = 1
check "run backwards, the rule finds the same" exits 0 "$cordon" hunt -q --json --rule "$work/rules/atna.yml" "$data/evidence"
check "and says so" says '"hits":1,' out
check "an audit message has fields" test "$("$cordon" hunt -q --json \
    'ActiveParticipant.UserID:smith ParticipantObjectIdentification.ParticipantObjectID:pk* | count' "$data/evidence" |
    sed 's/.*"count":\([0-9]*\).*/\1/')" = 1
chmod 644 "$work/keys/patient.key"
check "a key that others may read is refused" exits 2 "$cordon" serve --config "$work/cordon.yaml"
exit $failed
