/*
 * command.h: the subcommands, each a row of one table in main.c.
 */
#ifndef CORD_CMD_COMMAND_H
#define CORD_CMD_COMMAND_H

#include "base/nearest.h"
#include "base/option.h"
#include "record/record.h"

struct cord_format;

/* Exit codes, the same for every command; the manual lists them. */
enum command_exit {
    COMMAND_BEGUN = -1, /* no exit: there is work to do */
    COMMAND_DONE = 0,
    COMMAND_FOUND = 1,      /* what --fail-on (or check) was asked to find was found */
    COMMAND_USAGE = 2,      /* the command line, or a file it names, is wrong */
    COMMAND_UNREADABLE = 3, /* done, but some input could not be read */
};

struct command {
    const char *name;
    const char *operands; /* as in help: "PATH..." */
    const char *summary;  /* one line */
    const char *help;     /* paragraphs under the synopsis */
    const struct cord_option *options;
    /* argv begins behind the command's name. Returns an exit code. */
    int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command command_scan;
extern const struct command command_check;
extern const struct command command_evidence;
extern const struct command command_hunt;
extern const struct command command_serve;
extern const struct command command_findings;
extern const struct command command_record;
extern const struct command command_sources;
extern const struct command command_figures;
extern const struct command command_replay;
extern const struct command command_demo;
extern const struct command command_organisations;
extern const struct command command_admin;

/* "cordon scan: text" on stderr; returns COMMAND_USAGE. _usage points to the help, too. */
int command_error(const struct command *command, const char *text);
int command_usage(const struct command *command, const char *text);
/* The same of a word that is none of the command's actions, all of which were offered. */
int command_no_action(const struct command *command, cord_str name,
                      const struct cord_nearest *nearest);
/* Who prints what a record has to say of checkpoints that could not be signed. */
struct cord_record_unsigned command_not_signed(const struct command **command);

/* "cordon hunt: note: line" on stderr for each line of them. */
void command_notes(const struct command *command, cord_str notes);

/* What --format names; NULL: it names none, and that was said. */
const struct cord_format *command_format(const struct command *command, cord_str name);

/* Reads the command line into config, which gets its defaults first, and the operands into the
 * arena. COMMAND_BEGUN; or the exit code, when that was all: help was asked for, the command line
 * is wrong, or there is no arena (NULL). */
int command_begin(const struct command *command, int argc, char **argv, struct cord_arena *arena,
                  void *config, struct cord_option_list *ret_operands);

/* The exit code of a command that ends with `code`: what it printed has to be written, too. */
int command_end(const struct command *command, int code);

/* Prints the command's help to stdout. */
void command_help(const struct command *command);

#endif
