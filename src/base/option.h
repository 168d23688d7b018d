/*
 * option.h: the one table that says what may be set.
 *
 * A row gives an option its name, type, default, bounds and help; parsing the
 * command line, reading a configuration, and (in option_help.h) --help, the
 * manual page and shell completion all come from it. The values go into a struct of the caller's,
 * the row knows where:
 *
 *   struct scan_config { uint32_t threads; bool explain; cord_str rules; };
 *   const struct cord_option scan_options[] = {
 *       CORD_OPTION_HEADING("Input"),
 *       CORD_OPTION_TEXT(struct scan_config, rules, NULL, "Sigma rules", .argument = "DIR"),
 *       CORD_OPTION_U32(struct scan_config, threads, 0, 0, 256, "threads; 0: one a CPU",
 *                       .letter = 't', .argument = "N"),
 *       CORD_OPTION_FLAG(struct scan_config, explain, "say why", .letter = 'e'),
 *       CORD_OPTION_END,
 *   };
 *
 * The name is the member's; on a command line '_' is written '-'. Tables are
 * constant; everything here is pure but for the arena. Any thread.
 */
#ifndef CORD_BASE_OPTION_H
#define CORD_BASE_OPTION_H

#include "base/arena.h"
#include "base/error.h"
#include "base/str.h"

enum cord_option_kind {
    CORD_OPTION_KIND_END,
    CORD_OPTION_KIND_HEADING, /* of the rows below it, in help */
    CORD_OPTION_KIND_FLAG,    /* bool; "--no-name" clears it; the letter negates the default */
    CORD_OPTION_KIND_U32,     /* uint32_t */
    CORD_OPTION_KIND_SIZE,    /* uint64_t, bytes; K, M, G: times 1024 */
    CORD_OPTION_KIND_TEXT,    /* cord_str; ptr NULL when not set and without default */
    CORD_OPTION_KIND_LIST,    /* struct cord_option_list: may be given several times */
    CORD_OPTION_KIND_CHOICE,  /* uint32_t or enum: number of the word in words */
};

struct cord_option_list {
    cord_str *items; /* in the arena */
    size_t count;
};

struct cord_option {
    const char *name; /* the member's; of a heading: its text */
    enum cord_option_kind kind;
    size_t offset;
    uint64_t number; /* default of u32, size, choice, flag */
    uint64_t lowest;
    uint64_t highest;
    const char *text;         /* default of a text; NULL: none */
    const char *const *words; /* of a choice; NULL-terminated */
    const char *help;         /* one sentence part, no capital, no full stop */
    const char *argument;     /* what help calls the value; NULL: by kind */
    char letter;              /* short name, or 0 */
    bool hidden;              /* parsed, and shown nowhere */
};

/* A member's offset; does not compile when its type is not the row's. */
#define CORD_OPTION_AT(type, member, kind)                                                         \
    (offsetof(type, member) + 0 * sizeof(char[_Generic(((type *)0)->member, kind : 1)]))

/* The last argument is help; further fields may follow: .letter = 't'. */
#define CORD_OPTION_FLAG(type, member, ...)                                                        \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_FLAG, .highest = 1,                              \
        .offset = CORD_OPTION_AT(type, member, bool), .help = __VA_ARGS__                          \
    }
#define CORD_OPTION_FLAG_ON(type, member, ...)                                                     \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_FLAG, .highest = 1, .number = 1,                 \
        .offset = CORD_OPTION_AT(type, member, bool), .help = __VA_ARGS__                          \
    }
#define CORD_OPTION_U32(type, member, initial, least, most, ...)                                   \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_U32, .number = (initial), .lowest = (least),     \
        .highest = (most), .offset = CORD_OPTION_AT(type, member, uint32_t), .help = __VA_ARGS__   \
    }
#define CORD_OPTION_SIZE(type, member, initial, least, most, ...)                                  \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_SIZE, .number = (initial), .lowest = (least),    \
        .highest = (most), .offset = CORD_OPTION_AT(type, member, uint64_t), .help = __VA_ARGS__   \
    }
#define CORD_OPTION_TEXT(type, member, initial, ...)                                               \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_TEXT, .text = (initial),                         \
        .offset = CORD_OPTION_AT(type, member, cord_str), .help = __VA_ARGS__                      \
    }
#define CORD_OPTION_LIST(type, member, ...)                                                        \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_LIST,                                            \
        .offset = CORD_OPTION_AT(type, member, struct cord_option_list), .help = __VA_ARGS__       \
    }
#define CORD_OPTION_CHOICE(type, member, initial, names, ...)                                      \
    {                                                                                              \
        .name = #member, .kind = CORD_OPTION_KIND_CHOICE, .number = (initial), .words = (names),   \
        .offset = CORD_OPTION_AT(type, member, unsigned), .help = __VA_ARGS__                      \
    }
#define CORD_OPTION_HEADING(title)                                                                 \
    {                                                                                              \
        .name = (title), .kind = CORD_OPTION_KIND_HEADING                                          \
    }
#define CORD_OPTION_END                                                                            \
    {                                                                                              \
        .kind = CORD_OPTION_KIND_END                                                               \
    }

/* Every member gets its default; lists become empty. */
void cord_option_defaults(const struct cord_option *options, void *config);

/* One value by its name, as a configuration file gives it; '-' and '_' are
 * the same. A flag takes true, false, yes, no, on, off. text is borrowed: it
 * must outlive config. CORD_E_NOENT: no such option, err suggests the nearest.
 * CORD_E_FORMAT, CORD_E_LIMIT (out of bounds), CORD_E_NOMEM. */
CORD_MUST_USE cord_status cord_option_set(const struct cord_option *options, cord_str name,
                                          cord_str value, struct cord_arena *arena, void *config,
                                          struct cord_error *err);

/* A command line without the program's name: "--name=value", "--name value",
 * "-nvalue", "-n value", flags together as "-abc", "--no-flag", options and
 * operands in any order; behind "--" all are operands, "-" always is. Sets no
 * defaults. The last one given counts. argv outlives config; lists and
 * operands are in the arena. Errors as for _set. */
CORD_MUST_USE cord_status cord_option_parse(const struct cord_option *options, int argc,
                                            char *const *argv, struct cord_arena *arena,
                                            void *config, struct cord_option_list *ret_operands,
                                            struct cord_error *err);

/* Whether two structs hold the same value of one row. */
bool cord_option_is_same(const struct cord_option *option, const void *one, const void *other);

/* "64K" and the like as bytes. CORD_E_FORMAT, CORD_E_LIMIT. */
CORD_MUST_USE cord_status cord_option_size(cord_str text, uint64_t *ret_bytes);

#endif
