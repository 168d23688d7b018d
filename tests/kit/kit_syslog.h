/*
 * kit_syslog.h: a receiver of syslog on a free port, with one loop and an intake
 * in memory.
 */
#ifndef CORD_TESTS_KIT_SYSLOG_H
#define CORD_TESTS_KIT_SYSLOG_H

#include "ingest/syslog_receiver.h"
#include "kit/kit_intake.h"

/* This machine is source "fw1" of RXA. */
#define KIT_SYSLOG_SOURCES "- name: fw1\n  organisation: RXA\n  addresses: [127.0.0.0/8, '::1']\n"

struct kit_syslog {
    struct cord_loop *loop;
    struct kit_intake intake;
    struct cord_sources *sources;
    struct cord_source_book *book;
    struct cord_syslog_receiver *receiver;
    struct cord_syslog_receiver_options options; /* may be changed before _listen */
};

void kit_syslog_begin(struct kit_syslog *bench, enum cord_syslog_transport transport,
                      const char *sources);
/* Returns the port. */
uint16_t kit_syslog_listen(struct kit_syslog *bench);
/* Another registry is in force from now on. */
void kit_syslog_replace(struct kit_syslog *bench, const char *sources);
/* The stop as a program does it: everything read is answered. */
void kit_syslog_stop(struct kit_syslog *bench);
/* Its second half. */
void kit_syslog_wait(struct kit_syslog *bench);
void kit_syslog_end(struct kit_syslog *bench);

#define KIT_SYSLOG_TEXT(bench, literal)                                                            \
    CHECK_STR_EQ(cord_buf_str(&(bench)->intake.text), cord_str_from(literal))
#define KIT_SYSLOG_LOSSES(bench, literal)                                                          \
    CHECK_STR_EQ(cord_buf_str(&(bench)->intake.losses), cord_str_from(literal))

#endif
