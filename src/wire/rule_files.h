/*
 * rule_files.h: rules from files and folders into one finished collection.
 */
#ifndef CORD_WIRE_RULE_FILES_H
#define CORD_WIRE_RULE_FILES_H

#include "base/buf.h"
#include "base/option.h"
#include "detect/collection.h"
#include "ingest/walk.h"

struct cord_rule_files {
    /* When set, sees the text of every rule file before it is parsed. */
    cord_status (*each)(void *self, cord_str file_name, cord_str text, struct cord_error *err);
    void *each_self;

    struct cord_option_list rules;        /* files or folders; *.yml and *.yaml are read */
    struct cord_option_list placeholders; /* files */
    struct cord_option_list pipelines;    /* files */
    bool keep_texts;                      /* rules remember theirs, to be shown */
};

/* *ret_files: how many rule files were read. A file that cannot be read is an
 * error that names it: a rule set with a hole is not what was asked for. */
CORD_MUST_USE cord_status cord_rule_files_load(const struct cord_rule_files *files,
                                               struct cord_collection **ret_collection,
                                               size_t *ret_files, struct cord_error *err);

/* The whole file into the buffer, whose ceiling is the longest that is read. */
CORD_MUST_USE cord_status cord_rule_files_read(const struct cord_walk_item *item,
                                               struct cord_buf *buf, struct cord_error *err);

#endif
