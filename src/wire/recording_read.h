/*
 * recording_read.h: the events of one recorded file, in the order of the file.
 *
 * Any format that `cordon scan` reads, packed or not. One thread.
 */
#ifndef CORD_WIRE_RECORDING_READ_H
#define CORD_WIRE_RECORDING_READ_H

#include "codec/paths.h"
#include "event/event.h"

struct cord_recording_reading {
    /* A status other than CORD_OK ends it and is returned. */
    cord_status (*each)(void *self, const struct cord_event *event, const struct cord_paths *paths,
                        struct cord_error *err);
    void *self;
};

struct cord_recording_read_counts {
    uint64_t read;
    uint64_t refused; /* records that are damaged */
};

/* CORD_E_NOENT: there is no such file. Otherwise err says what is wrong with it. */
CORD_MUST_USE cord_status cord_recording_read(const char *path,
                                              const struct cord_recording_reading *reading,
                                              struct cord_recording_read_counts *ret_counts,
                                              struct cord_error *err);

#endif
