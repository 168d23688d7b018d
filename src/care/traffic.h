/*
 * traffic.h: what the machines of those who take part sent: a scenario's second text.
 *
 * YAML: senders, each a registered source of one organisation; recordings, which are files of real
 * logs, with the time at which each begins anew and whose names and addresses stand in for the
 * recorded ones; series, which are events made from a pattern, and are `assigned` always. An
 * organisation whose code does not begin with X- needs a source (N11).
 * scenarios/may-2017/events.yml explains the form and is the example. Never changes once read; any
 * thread.
 */
#ifndef CORD_CARE_TRAFFIC_H
#define CORD_CARE_TRAFFIC_H

#include "base/error.h"
#include "base/str.h"

#include <stdint.h>

#define CORD_TRAFFIC_BYTES_MAX   (4u << 20)
#define CORD_TRAFFIC_SENDERS_MAX 4096u

struct cord_traffic;

struct cord_traffic_sender {
    cord_str name; /* of the source */
    cord_str organisation;
    cord_str source; /* where it is from, or: assigned */
    uint32_t line;
};

/* One name or address for another. */
struct cord_traffic_change {
    cord_str from, to;
};

struct cord_traffic_recording {
    cord_str label;
    cord_str file;    /* below a folder of recordings */
    uint32_t sender;  /* place in the list */
    int64_t at_ns;    /* when its first event happens now */
    int64_t pause_ns; /* longer pauses of the recording are cut to this */
    const struct cord_traffic_change *changes;
    size_t change_count;
    cord_str source; /* whose it is, and its licence */
    uint32_t line;
};

struct cord_traffic_series {
    cord_str label;
    uint32_t sender;
    int64_t at_ns;
    int64_t every_ns;
    int64_t spread_ns; /* each comes so much later at most, by lot */
    uint32_t times;
    cord_str event; /* the pattern: traffic_pattern.h */
    cord_str source;
    uint32_t line;
};

/* What a person who watches may look at, and from when on. */
struct cord_traffic_cue {
    int64_t at_ns;
    cord_str text;
};

/* The text may go afterwards. Otherwise err says line, entry and what to change: CORD_E_FORMAT,
 * CORD_E_LIMIT, CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_traffic_read(cord_str text, struct cord_traffic **ret_traffic,
                                            struct cord_error *err);
void cord_traffic_free(struct cord_traffic *traffic);

size_t cord_traffic_sender_count(const struct cord_traffic *traffic);
const struct cord_traffic_sender *cord_traffic_sender(const struct cord_traffic *traffic,
                                                      size_t place);
size_t cord_traffic_recording_count(const struct cord_traffic *traffic);
const struct cord_traffic_recording *cord_traffic_recording(const struct cord_traffic *traffic,
                                                            size_t place);
size_t cord_traffic_series_count(const struct cord_traffic *traffic);
const struct cord_traffic_series *cord_traffic_series(const struct cord_traffic *traffic,
                                                      size_t place);
/* In the order of their times. */
size_t cord_traffic_cue_count(const struct cord_traffic *traffic);
const struct cord_traffic_cue *cord_traffic_cue(const struct cord_traffic *traffic, size_t place);

#endif
