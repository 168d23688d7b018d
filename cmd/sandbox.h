/*
 * sandbox.h: a server gives up what it does not need.
 *
 * No new privileges, no core dumps with events in them, and, where the kernel has
 * Landlock (in its second version, Linux 5.19), no file but those named. What systemd can take away
 * as well is in packaging/cordon.service.
 */
#ifndef CORD_CMD_SANDBOX_H
#define CORD_CMD_SANDBOX_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

struct sandbox_path {
    const char *path; /* a file, or a folder and all below it; one that is not there is left out */
    bool write;
};

/* Of the calling thread and those it starts from now on: before any other is.
 * *ret_landlock: the kernel's version of Landlock; 0: it has none, and files are
 * not restricted. */
CORD_MUST_USE cord_status sandbox_enter(const struct sandbox_path *paths, size_t count,
                                        int *ret_landlock, struct cord_error *err);

#endif
