/*
 * evtx_chunk.h: writes a chunk of a Windows event log, token by token.
 *
 * For tests: whoever calls keeps to the grammar, or breaks it on purpose.
 */
#ifndef CORD_TESTS_KIT_EVTX_CHUNK_H
#define CORD_TESTS_KIT_EVTX_CHUNK_H

#include "base/str.h"

struct kit_evtx {
    uint8_t bytes[65536];
    size_t at;        /* where the next byte goes */
    size_t record_at; /* the record being written */
    size_t body_at;   /* the template body being written */
    uint64_t id;      /* of the last record */
};

void kit_evtx_begin(struct kit_evtx *chunk);
/* Header fields and checksums for what was written. */
void kit_evtx_end(struct kit_evtx *chunk);
cord_str kit_evtx_str(const struct kit_evtx *chunk);

void kit_evtx_put(struct kit_evtx *chunk, uint64_t value, size_t bytes);
void kit_evtx_bytes(struct kit_evtx *chunk, const void *bytes, size_t len);
void kit_evtx_units(struct kit_evtx *chunk, const char *ascii);

/* Header, and at the end the lengths. */
void kit_evtx_record(struct kit_evtx *chunk);
void kit_evtx_record_end(struct kit_evtx *chunk);

/* A definition with its instance; behind _end come `count` descriptors and
 * then the values. Returns the definition's offset for kit_evtx_instance. */
size_t kit_evtx_template(struct kit_evtx *chunk, uint32_t id);
void kit_evtx_template_end(struct kit_evtx *chunk, uint32_t count);
void kit_evtx_instance(struct kit_evtx *chunk, uint32_t id, size_t definition, uint32_t count);
void kit_evtx_descriptor(struct kit_evtx *chunk, size_t len, unsigned type);

void kit_evtx_open(struct kit_evtx *chunk, const char *name); /* and no attributes */
void kit_evtx_open_with(struct kit_evtx *chunk, const char *name);
void kit_evtx_attribute(struct kit_evtx *chunk, const char *name);
void kit_evtx_content(struct kit_evtx *chunk); /* the end of a start tag */
void kit_evtx_close(struct kit_evtx *chunk);
void kit_evtx_text(struct kit_evtx *chunk, const char *ascii);
void kit_evtx_substitution(struct kit_evtx *chunk, unsigned index);

/* <Event><System><EventID>%0</EventID></System><EventData>, and its end. */
void kit_evtx_event(struct kit_evtx *chunk);
void kit_evtx_event_end(struct kit_evtx *chunk);
/* <Data Name="name">%index</Data> */
void kit_evtx_data(struct kit_evtx *chunk, const char *name, unsigned index);

#endif
