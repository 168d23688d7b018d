/*
 * scenario_files.h: a scenario and the files beside it: part of the program, or somebody's own.
 */
#ifndef CORD_CMD_SCENARIO_FILES_H
#define CORD_CMD_SCENARIO_FILES_H

#include "base/buf.h"
#include "care/scenario.h"

struct scenario_files {
    cord_str name;          /* may-2017, or a path */
    int dir;                /* of the files beside it; -1: built in */
    struct cord_buf *texts; /* what was read, malloc's; as long as this */
    size_t text_count, text_cap;
};

/* The name is borrowed and ends with a NUL. */
void scenario_files_init(struct scenario_files *files, cord_str name);
void scenario_files_done(struct scenario_files *files);

/* err says whose file it is. */
CORD_MUST_USE cord_status scenario_files_read(struct scenario_files *files,
                                              struct cord_scenario **ret_scenario,
                                              struct cord_error *err);
/* A file beside the scenario, by its name alone: the scenario may come from somebody else. After
 * _read. */
CORD_MUST_USE cord_status scenario_files_beside(struct scenario_files *files, cord_str name,
                                                cord_str *ret_text, struct cord_error *err);
/* Any file; the text lives as long as the files. */
CORD_MUST_USE cord_status scenario_files_load(struct scenario_files *files, const char *path,
                                              size_t bytes_max, cord_str *ret_text,
                                              struct cord_error *err);

#endif
