/*
 * hunt_rule.h: cordon hunt --rule: rules run backwards, and what they would
 * have found, as a person or a program wants it.
 */
#ifndef CORD_CMD_HUNT_RULE_H
#define CORD_CMD_HUNT_RULE_H

#include "base/option.h"
#include "wire/scan.h"

#include <stdio.h>

struct command;

struct hunt_rule {
    const struct command *command; /* in whose name standard error is written to */
    bool quiet;                    /* nothing there but why it failed */
    struct cord_option_list rules; /* files or folders */
    int64_t from_ns;               /* CORD_TIME_NONE: any */
    int64_t to_ns;
    cord_str organisation; /* "": any */
    cord_str source;
    size_t examples_max;
    size_t correlation_bytes_max;
    bool json;
    FILE *out;
    FILE *progress; /* NULL: nobody looks */
    uint64_t seed;
    bool (*go_on)(void *self); /* asked now and then; false ends the search, and what was found
                                * so far is printed. May be NULL */
    void *self;
};

/* Over a store. CORD_E_NOENT: no usable rule, or no store; err says so. *ret_damaged:
 * blocks of which nothing could be read. */
CORD_MUST_USE cord_status hunt_rule_store(const struct hunt_rule *hunt, const char *path,
                                          uint64_t *ret_damaged, struct cord_error *err);

/* Over files and folders, read as a scan does with these options but for the time
 * bounds. */
CORD_MUST_USE cord_status hunt_rule_files(const struct hunt_rule *hunt,
                                          const struct cord_option_list *files,
                                          const struct cord_scan_options *options,
                                          struct cord_scan_totals *ret_totals,
                                          struct cord_error *err);

#endif
