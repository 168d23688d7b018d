/* server_silence.c: a source that has stopped is unknown, never well (DESIGN.md N5). */
#include "wire/server_internal.h"

#include <stdlib.h>

#define SECOND_NS INT64_C(1000000000)

struct last_seen {
    const struct cord_sources *sources;
    int64_t *seen_ns; /* by number of the source */
};

static cord_status note_last(void *self, const struct cord_ledger_source *source)
{
    struct last_seen *last = self;
    const struct cord_source *known = cord_sources_by_name(last->sources, source->name);
    if (known && source->last_ns != CORD_TIME_NONE &&
        source->last_ns > last->seen_ns[known->number]) {
        last->seen_ns[known->number] = source->last_ns;
    }
    return CORD_OK;
}

static bool was_silent(const struct cord_server_silence *silence, cord_str name)
{
    for (size_t i = 0; i < silence->count; i++) {
        if (cord_str_eq(cord_str_from(silence->names[i]), name)) {
            return true;
        }
    }
    return false;
}

static void forget(struct cord_server_silence *silence)
{
    for (size_t i = 0; i < silence->count; i++) {
        free(silence->names[i]);
    }
    free(silence->names);
    *silence = (struct cord_server_silence){0};
}

/* Those that are silent now, in `fresh`; what has changed since is told. */
static void compare(struct cord_server *server, const struct last_seen *last, int64_t now_ns,
                    struct cord_server_silence *fresh)
{
    size_t count = cord_sources_count(last->sources);
    for (size_t i = 0; i < count; i++) {
        const struct cord_source *source = cord_sources_at(last->sources, i);
        int64_t quiet_ns = now_ns - last->seen_ns[i];
        bool silent = source->silence_s > 0 && quiet_ns > source->silence_s * SECOND_NS;
        bool before = was_silent(&server->silence, source->name);
        char *name = silent ? strndup(source->name.ptr, source->name.len) : NULL;
        if (name) {
            fresh->names[fresh->count++] = name;
        }
        if (silent && !before) {
            cord_log_warn(server->options.log, "source.unknown",
                          CORD_KV_STR("source", source->name),
                          CORD_KV_STR("organisation", source->organisation),
                          CORD_KV_U64("silent_s", quiet_ns / SECOND_NS));
        } else if (before && !silent) {
            cord_log_info(server->options.log, "source.heard_again",
                          CORD_KV_STR("source", source->name));
        }
    }
}

void cord_server_silence_look(struct cord_server *server)
{
    struct cord_sources *sources = cord_source_book_current(server->sources);
    size_t count = cord_sources_count(sources);
    struct last_seen last = {.sources = sources,
                             .seen_ns = calloc(count + 1, sizeof *last.seen_ns)};
    struct cord_server_silence fresh = {.names = calloc(count + 1, sizeof(*fresh.names))};
    if (last.seen_ns && fresh.names) {
        /* Who has never been heard is given the time from our start. */
        for (size_t i = 0; i < count; i++) {
            last.seen_ns[i] = server->began_ns;
        }
        (void)!cord_ledger_sources(server->ledger, note_last, &last); /* note_last never fails */
        compare(server, &last, cord_clock_now_ns(&server->options.clock), &fresh);
        (void)pthread_mutex_lock(&server->lock);
        struct cord_server_silence before = server->silence;
        server->silence = fresh;
        (void)pthread_mutex_unlock(&server->lock);
        forget(&before);
    } else {
        free(fresh.names); /* the next look may have more memory */
    }
    free(last.seen_ns);
    cord_sources_unref(sources);
}

void cord_server_silence_each(struct cord_server *server, void (*each)(void *self, cord_str source),
                              void *self)
{
    (void)pthread_mutex_lock(&server->lock);
    for (size_t i = 0; i < server->silence.count; i++) {
        each(self, cord_str_from(server->silence.names[i]));
    }
    (void)pthread_mutex_unlock(&server->lock);
}

void cord_server_silence_done(struct cord_server *server)
{
    forget(&server->silence);
}
