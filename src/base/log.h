/*
 * log.h: what an operator should know, a line each.
 *
 *   2026-11-22T00:46:48.123Z warn listener.frame_refused peer="10.1.2.3" bytes_max=65536
 *
 * A line has a level, a stable dotted name and typed values. Text is quoted,
 * always, and escaped so that no input can forge a line or reach a terminal.
 * Events are data and never go here; nor do secrets.
 *
 * Any thread may log. A line is one write(2) and shorter than PIPE_BUF, so
 * lines of several threads or processes do not mix.
 */
#ifndef CORD_BASE_LOG_H
#define CORD_BASE_LOG_H

#include "base/clock.h"
#include "base/error.h"
#include "base/str.h"

enum cord_log_level {
    CORD_LOG_ERROR, /* someone must act */
    CORD_LOG_WARN,  /* we coped, something was lost */
    CORD_LOG_INFO,  /* state changed */
    CORD_LOG_DEBUG, /* for us */
};

enum cord_kv_kind { CORD_KV_KIND_END, CORD_KV_KIND_STR, CORD_KV_KIND_U64, CORD_KV_KIND_I64 };

struct cord_kv {
    const char *key;
    enum cord_kv_kind kind;
    cord_str str;
    uint64_t number; /* I64: the bits of the int64_t */
};

/* key is a literal of lower-case letters, digits and underscores. */
#define CORD_KV_STR(literal, text)                                                                 \
    {                                                                                              \
        .key = (literal), .kind = CORD_KV_KIND_STR, .str = (text)                                  \
    }
#define CORD_KV_TEXT(literal, c_text) CORD_KV_STR(literal, cord_str_from(c_text))
#define CORD_KV_U64(literal, value)                                                                \
    {                                                                                              \
        .key = (literal), .kind = CORD_KV_KIND_U64, .number = (uint64_t)(value)                    \
    }
#define CORD_KV_I64(literal, value)                                                                \
    {                                                                                              \
        .key = (literal), .kind = CORD_KV_KIND_I64, .number = (uint64_t)(int64_t)(value)           \
    }

struct cord_log_config {
    int fd;                          /* the caller's; 2 is standard error */
    enum cord_log_level level;       /* lines above it are not written */
    struct cord_clock clock;         /* wall time */
    uint32_t lines_per_interval_max; /* of one name; 0: no limit */
    uint32_t interval_s;
};

struct cord_log;

/* NULL when out of memory. */
struct cord_log *cord_log_new(const struct cord_log_config *config);

/* Writes how many lines were held back, then forgets all. */
void cord_log_free(struct cord_log *log);

/* Use the macros: cord_log_warn(log, "room.thing_happened", CORD_KV_U64("count", n)).
 * log may be NULL: nothing is written. name lives as long as the log.
 *
 * When one name comes too often, its further lines are counted; the first one
 * after the interval says suppressed=N. Text values beyond 512 bytes are cut
 * and marked by "..." behind the quote. */
void cord_log_write(struct cord_log *log, enum cord_log_level level, const char *name,
                    const struct cord_kv *values);

/* Lines that could not be written at all. */
uint64_t cord_log_lost(const struct cord_log *log);

const char *cord_log_level_name(enum cord_log_level level);

/* The list always has its end, so that a line may have no values. */
#define CORD_LOG_LIST(name, ...)                                                                   \
    (name), (const struct cord_kv[])                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
#define CORD_LOG_END                                                                               \
    {                                                                                              \
        .key = NULL, .kind = CORD_KV_KIND_END                                                      \
    }

#define cord_log_error(log, ...)                                                                   \
    cord_log_write((log), CORD_LOG_ERROR, CORD_LOG_LIST(__VA_ARGS__, CORD_LOG_END))
#define cord_log_warn(log, ...)                                                                    \
    cord_log_write((log), CORD_LOG_WARN, CORD_LOG_LIST(__VA_ARGS__, CORD_LOG_END))
#define cord_log_info(log, ...)                                                                    \
    cord_log_write((log), CORD_LOG_INFO, CORD_LOG_LIST(__VA_ARGS__, CORD_LOG_END))
#define cord_log_debug(log, ...)                                                                   \
    cord_log_write((log), CORD_LOG_DEBUG, CORD_LOG_LIST(__VA_ARGS__, CORD_LOG_END))

#endif
