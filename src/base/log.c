/* log.c: see log.h. */
#include "base/log.h"

#include "base/timestamp.h"
#include "base/utf8.h"

#include <assert.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    LINE_BYTES_MAX = 4096, /* with its newline; PIPE_BUF on Linux */
    TEXT_BYTES_MAX = 512,  /* of a value, before escaping */
    NAMES_MAX = 256,       /* names with a count of their own; the rest share the last */
};
static_assert(LINE_BYTES_MAX <= PIPE_BUF, "a longer write could be torn");

/* How often a name came in its interval. */
struct name_rate {
    const char *name; /* NULL: free */
    int64_t since_ns;
    uint64_t lines;
    uint64_t suppressed;
};

struct cord_log {
    struct cord_log_config config;
    _Atomic uint64_t lost;
    pthread_mutex_t lock; /* guards rates */
    struct name_rate rates[NAMES_MAX];
};

/* A line being written: what does not fit is left out whole. */
struct line {
    char bytes[LINE_BYTES_MAX];
    size_t len;
    bool full;
};

struct cord_log *cord_log_new(const struct cord_log_config *config)
{
    struct cord_log *log = calloc(1, sizeof *log);
    if (!log) {
        return NULL;
    }
    log->config = *config;
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        free(log);
        return NULL;
    }
    return log;
}

const char *cord_log_level_name(enum cord_log_level level)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    return names[level];
}

/* Room is kept for the newline. */
static void put(struct line *line, cord_str text)
{
    if (line->full || text.len > sizeof line->bytes - 1 - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->bytes + line->len, text.ptr, text.len);
    line->len += text.len;
}

static void put_code(struct line *line, uint32_t code, cord_str as_it_is)
{
    char escaped[16];
    int len = 0;
    if (code == '"' || code == '\\') {
        len = snprintf(escaped, sizeof escaped, "\\%c", (int)code);
    } else if (code == '\n' || code == '\r' || code == '\t') {
        len = snprintf(escaped, sizeof escaped, "\\%c",
                       code == '\n'   ? 'n'
                       : code == '\r' ? 'r'
                                      : 't');
    } else if (code >= CORD_UTF8_OPAQUE) {
        len = snprintf(escaped, sizeof escaped, "\\x%02x", code - CORD_UTF8_OPAQUE);
    } else if (cord_utf8_is_treacherous(code)) {
        len = snprintf(escaped, sizeof escaped, "\\u{%x}", code);
    } else {
        put(line, as_it_is);
        return;
    }
    put(line, (cord_str){escaped, (size_t)len});
}

static void put_quoted(struct line *line, cord_str text)
{
    put(line, CORD_STR("\""));
    size_t at = 0;
    while (at < text.len && at < TEXT_BYTES_MAX && !line->full) {
        uint32_t code = 0;
        size_t len = cord_utf8_decode(text, at, &code);
        put_code(line, code, cord_str_slice(text, at, len));
        at += len;
    }
    put(line, at < text.len ? CORD_STR("\"...") : CORD_STR("\""));
}

static void put_value(struct line *line, const struct cord_kv *value)
{
    char digits[24];
    size_t before = line->len;
    put(line, CORD_STR(" "));
    put(line, cord_str_from(value->key));
    put(line, CORD_STR("="));
    switch (value->kind) {
    case CORD_KV_KIND_STR:
        put_quoted(line, value->str);
        break;
    case CORD_KV_KIND_U64:
        (void)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value->number);
        put(line, cord_str_from(digits));
        break;
    case CORD_KV_KIND_I64:
        (void)snprintf(digits, sizeof digits, "%lld", (long long)value->number);
        put(line, cord_str_from(digits));
        break;
    case CORD_KV_KIND_END:
        break;
    }
    if (line->full) {
        line->len = before; /* the whole value goes, never half of it */
    }
}

static void write_line(struct cord_log *log, struct line *line)
{
    line->bytes[line->len++] = '\n';
    size_t done = 0;
    while (done < line->len) {
        ssize_t written = write(log->config.fd, line->bytes + done, line->len - done);
        if (written > 0) {
            done += (size_t)written;
        } else if (written == 0 || errno != EINTR) {
            atomic_fetch_add(&log->lost, 1); /* nobody is left to tell now */
            return;
        }
    }
}

static void start_line(struct line *line, int64_t now_ns, enum cord_log_level level,
                       const char *name)
{
    char time[CORD_TIMESTAMP_TEXT];
    line->len = 0;
    line->full = false;
    /* Milliseconds are enough, and keep the columns aligned. */
    put(line, cord_timestamp_format(now_ns - now_ns % 1000000, time));
    put(line, CORD_STR(" "));
    put(line, cord_str_from(cord_log_level_name(level)));
    put(line, CORD_STR(" "));
    put(line, cord_str_from(name));
}

static struct name_rate *find_rate(struct cord_log *log, const char *name)
{
    size_t at = 0;
    for (; at < NAMES_MAX - 1; at++) {
        struct name_rate *rate = &log->rates[at];
        if (!rate->name) {
            break;
        }
        if (rate->name == name || strcmp(rate->name, name) == 0) {
            return rate;
        }
    }
    if (!log->rates[at].name) {
        log->rates[at].name = name;
    }
    return &log->rates[at];
}

/* Whether the line may pass; how many before it did not. */
static bool admit(struct cord_log *log, const char *name, int64_t now_ns, uint64_t *ret_suppressed)
{
    int64_t interval_ns = log->config.interval_s * CORD_SECOND_NS;
    bool admitted = true;
    *ret_suppressed = 0;
    if (log->config.lines_per_interval_max == 0) {
        return true;
    }
    pthread_mutex_lock(&log->lock);
    struct name_rate *rate = find_rate(log, name);
    /* A clock that was set back starts a new interval too. */
    if (rate->lines == 0 || now_ns - rate->since_ns >= interval_ns || now_ns < rate->since_ns) {
        *ret_suppressed = rate->suppressed;
        rate->since_ns = now_ns;
        rate->lines = 0;
        rate->suppressed = 0;
    }
    if (rate->lines >= log->config.lines_per_interval_max) {
        rate->suppressed++;
        admitted = false;
    } else {
        rate->lines++;
    }
    pthread_mutex_unlock(&log->lock);
    return admitted;
}

void cord_log_write(struct cord_log *log, enum cord_log_level level, const char *name,
                    const struct cord_kv *values)
{
    uint64_t suppressed = 0;
    if (!log || level > log->config.level) {
        return;
    }
    int64_t now_ns = cord_clock_now_ns(&log->config.clock);
    if (!admit(log, name, now_ns, &suppressed)) {
        return;
    }
    struct line line;
    start_line(&line, now_ns, level, name);
    for (; values->kind != CORD_KV_KIND_END; values++) {
        put_value(&line, values);
    }
    if (suppressed > 0) {
        put_value(&line, &(const struct cord_kv)CORD_KV_U64("suppressed", suppressed));
    }
    write_line(log, &line);
}

void cord_log_free(struct cord_log *log)
{
    if (!log) {
        return;
    }
    int64_t now_ns = cord_clock_now_ns(&log->config.clock);
    for (size_t at = 0; at < NAMES_MAX; at++) {
        if (log->rates[at].suppressed > 0) {
            struct line line;
            start_line(&line, now_ns, CORD_LOG_WARN, "log.suppressed");
            put_value(&line, &(const struct cord_kv)CORD_KV_TEXT("name", log->rates[at].name));
            put_value(&line,
                      &(const struct cord_kv)CORD_KV_U64("lines", log->rates[at].suppressed));
            write_line(log, &line);
        }
    }
    pthread_mutex_destroy(&log->lock);
    free(log);
}

uint64_t cord_log_lost(const struct cord_log *log)
{
    return log ? atomic_load(&log->lost) : 0;
}
