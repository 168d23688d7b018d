/*
 * otlp.h: OpenTelemetry's ExportLogsServiceRequest, as protobuf or JSON, record by record.
 *
 * A record becomes a JSON object in OpenTelemetry's own words (the data model's
 * names in snake case):
 *
 *   {"timestamp":"...","observed_timestamp":"...","severity_number":9,"severity_text":"INFO",
 *    "event_name":"...","trace_id":"hex","span_id":"hex","flags":1,"attributes":{...},
 *    "resource":{"attributes":{...}},"scope":{"name":"...","version":"..."}}
 *
 * Its body is apart, for it may be an event of its own. Of the JSON form
 * (opentelemetry-proto's docs: hexadecimal ids, 64-bit integers as text) both
 * spellings of names are read, and what is unknown is skipped, as both
 * encodings ask. A record that is damaged is refused alone as long as where it
 * ends is known. Pure but for memory, which the request bounds; any thread.
 */
#ifndef CORD_CODEC_OTLP_H
#define CORD_CODEC_OTLP_H

#include "base/error.h"
#include "base/str.h"

#define CORD_OTLP_DEPTH_MAX 16 /* lists and maps within one another */

enum cord_otlp_body {
    CORD_OTLP_BODY_NONE,
    CORD_OTLP_BODY_TEXT,
    CORD_OTLP_BODY_JSON, /* a map, list, number or such */
};

/* Good during the call it is given to. */
struct cord_otlp_record {
    cord_str object; /* all but the body; a JSON object, perhaps empty */
    enum cord_otlp_body kind;
    cord_str body; /* text as it is, or JSON */
};

struct cord_otlp_sink {
    /* False: no room; reading ends with CORD_E_LIMIT. */
    bool (*put)(void *self, const struct cord_otlp_record *record);
    /* The next record is damaged, or nested too deep. */
    void (*refuse)(void *self, cord_str record);
    void *self;
};

/* CORD_E_FORMAT: no such request, from some place on: what was put before is not to be
 * used. CORD_E_LIMIT: no room, here or in the sink. */
CORD_MUST_USE cord_status cord_otlp_proto_read(cord_str request, const struct cord_otlp_sink *sink,
                                               struct cord_error *err);
CORD_MUST_USE cord_status cord_otlp_json_read(cord_str request, const struct cord_otlp_sink *sink,
                                              struct cord_error *err);

#endif
