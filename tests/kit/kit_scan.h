/*
 * kit_scan.h: rules and a file of events through the whole pipeline.
 */
#ifndef CORD_TESTS_KIT_SCAN_H
#define CORD_TESTS_KIT_SCAN_H

#include "base/str.h"

#define KIT_SCAN_FINDINGS_MAX 4096

struct kit_scan_rule_text {
    const char *name; /* of the file, for messages and findings */
    cord_str text;
};

struct kit_scan_finding {
    uint64_t record; /* from 1 */
    char title[128];
    char file[128]; /* of the rule */
};

struct kit_scan {
    struct kit_scan_finding findings[KIT_SCAN_FINDINGS_MAX];
    size_t count;
    uint64_t events;
    uint64_t refused;  /* rules */
    char refusal[512]; /* the first rule refused: file and reason */
};

/* events_path: a file that cord_scan recognises. Fails the test on any error
 * status; refused rules are the caller's to judge. */
void kit_scan_run(struct kit_scan *scan, const struct kit_scan_rule_text *rules, size_t rule_count,
                  const char *events_path);

#endif
