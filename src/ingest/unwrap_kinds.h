/*
 * unwrap_kinds.h: the protocols whose bodies hold records, each in its own
 * unwrap_X.c. Pure: a body in, records, notes and refusals out.
 */
#ifndef CORD_INGEST_UNWRAP_KINDS_H
#define CORD_INGEST_UNWRAP_KINDS_H

#include "ingest/delivery.h"

/* JSON documents: a line each (taken as they stand, the decoder counts them), one behind
 * the other over many lines, or as elements of arrays and of wrappers such as
 * {"Records":[...]}. */
extern const struct cord_delivery_kind cord_unwrap_ndjson;

/* Splunk HEC /services/collector/event: envelopes one behind the other or in an array.
 * An event that is an object is a JSON record; one that is text is what it looks like;
 * an array is wrapped as {"event":[...]}. What the envelope says becomes notes:
 * hec.time, hec.host, hec.source, hec.sourcetype, hec.index, hec.fields.NAME, and
 * hec.NAME of whatever else it holds. A wrong envelope costs itself only. The context is
 * that of cord_unwrap_hec_raw, and holds where an envelope says nothing. */
extern const struct cord_delivery_kind cord_unwrap_hec;
/* /services/collector/raw: a record a line. The context is lines of "name=value":
 * host, source, sourcetype, index, time. */
extern const struct cord_delivery_kind cord_unwrap_hec_raw;

/* HEC's number and words for a refusal: 12, 13, or 6. */
struct cord_hec_answer {
    unsigned code;
    const char *text;
};
struct cord_hec_answer cord_unwrap_hec_answer(const struct cord_delivery_refusal *refusal);

/* Elasticsearch _bulk. index and create take the line behind them as record; update and
 * delete are refused, for evidence does not change. The context is the index of the path,
 * or empty. A wrong action line makes the whole request wrong, as Elasticsearch has it.
 * The answer is lines "COUNT OPERATION INDEX", of items in their order. */
extern const struct cord_delivery_kind cord_unwrap_bulk;

/* OpenTelemetry logs, ExportLogsServiceRequest as protobuf and as JSON. See codec/otlp.h. */
extern const struct cord_delivery_kind cord_unwrap_otlp_proto;
extern const struct cord_delivery_kind cord_unwrap_otlp_json;

/* Lumberjack 2, the frames of one window or part of it: "2J", "2D", "2C". The answer is the
 * number of the last record, as its sender counts. */
extern const struct cord_delivery_kind cord_unwrap_lumberjack;

#endif
