/*
 * datagrams.h: a UDP port, received many at a time.
 *
 * UDP cannot be told to wait. The socket's buffer is made large, and what the
 * kernel drops all the same is counted, for it is lost. Each loop has its own
 * socket on the port; a sender (address and port) stays with one of them.
 */
#ifndef CORD_COMMS_DATAGRAMS_H
#define CORD_COMMS_DATAGRAMS_H

#include "base/str.h"
#include "comms/loop.h"

#include <stddef.h>

#define CORD_DATAGRAM_BATCH_MAX 64

struct cord_datagram {
    cord_str bytes;            /* good during the call */
    unsigned char address[16]; /* of the sender; IPv4 mapped */
    bool cut;                  /* it was longer than datagram_bytes_max */
};

struct cord_datagrams;

struct cord_datagrams_options {
    cord_str address;          /* as a listener's: "[::]:514" takes IPv4 too */
    size_t datagram_bytes_max; /* up to 65,535 */
    size_t buffer_bytes;       /* asked of the kernel for each socket; less is granted
                                * silently: see stats */
    /* In the loop's thread: 1 .. CORD_DATAGRAM_BATCH_MAX. */
    void (*take)(void *self, struct cord_loop *loop, const struct cord_datagram *datagrams,
                 size_t count);
    void *self;
};

/* Any thread reads them. */
struct cord_datagrams_stats {
    uint64_t received;       /* cut ones too */
    uint64_t cut;            /* longer than datagram_bytes_max */
    uint64_t kernel_dropped; /* for want of buffer, or with a wrong checksum; as of the call */
    uint64_t buffer_bytes;   /* granted, of all sockets */
};

/* Before the loops run. */
CORD_MUST_USE cord_status cord_datagrams_new(struct cord_loop *const *loops, size_t loop_count,
                                             const struct cord_datagrams_options *options,
                                             struct cord_datagrams **ret_datagrams,
                                             struct cord_error *err);
/* Any thread: receives no more; what the kernel holds is taken first. */
void cord_datagrams_stop(struct cord_datagrams *datagrams);
/* Once none of the loops runs, and before they are freed. */
void cord_datagrams_free(struct cord_datagrams *datagrams);

uint16_t cord_datagrams_port(const struct cord_datagrams *datagrams);
struct cord_datagrams_stats cord_datagrams_stats(struct cord_datagrams *datagrams);

#endif
