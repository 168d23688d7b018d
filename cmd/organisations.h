/*
 * organisations.h: what the verbs of cordon organisations share.
 */
#ifndef CORD_CMD_ORGANISATIONS_H
#define CORD_CMD_ORGANISATIONS_H

#include "cmd/command.h"

#include "base/buf.h"
#include "record/organisation.h"

struct organisations_config {
    cord_str record;
    cord_str at;
    cord_str about;
    cord_str role;
    cord_str region;
    cord_str parent;
    cord_str country;
    bool closed;
    unsigned by;
    cord_str claimant;
    unsigned format;
    cord_str mapping;
    cord_str since;
    cord_str complete;
    unsigned basis;
    unsigned marking;
    bool create;
    bool json;
    bool help;
};

struct organisations_run {
    const struct command *command;
    struct organisations_config config;
    const struct cord_option_list *operands; /* the first is the verb */
    struct cord_record *record;
    struct cord_record_view *view;
    struct cord_as_of as_of;
    int64_t since_ns;
    int64_t complete_ns;
    struct cord_arena *arena;
    struct cord_buf line;
};

/* Words of --format, in their order; 0 is "auto". */
extern const char *const organisations_formats[];

/* "cordon organisations: text" on stderr; returns code. */
int organisations_complain(const struct organisations_run *run, int code, const char *text);
int organisations_fail(const struct organisations_run *run, cord_status status,
                       const struct cord_error *err);

/* --- what is printed --- */

/* Text in a column of that width, 0: as it is; what is not printable as '?'. */
void organisations_pad(struct organisations_run *run, cord_str text, size_t width);
/* A day, "-" when there is none. `last`: the one before the moment. */
void organisations_pad_day(struct organisations_run *run, int64_t ns, bool last, size_t width);
/* A member of the line as JSON, see json_line.h; an empty text is left out. */
void organisations_text(struct organisations_run *run, const char *name, cord_str text);
/* An organisation's own members. */
void organisations_members(struct organisations_run *run,
                           const struct cord_organisation *organisation);
/* Prints the line and empties it; returns COMMAND_DONE or COMMAND_UNREADABLE. */
int organisations_print(struct organisations_run *run, const char *end);

/* --- verbs --- */

int organisations_import(struct organisations_run *run);
int organisations_show(struct organisations_run *run);

#endif
