/* server_silence.c: a source that has stopped is unknown, never well (N5). */
#include "wire/server_internal.h"

#include "base/timestamp.h"

#include <stdlib.h>

static int64_t monotonic_ns(void)
{
    const struct cord_clock clock = cord_clock_monotonic();
    return cord_clock_now_ns(&clock);
}

/* --- who has been heard when --- */

static void heard_done(struct cord_server_heard *heard)
{
    free(heard->times);
    cord_sources_unref(heard->sources);
    *heard = (struct cord_server_heard){0};
}

/* Of the sources of now, as far as they were known before. New ones count as heard now,
 * so that each has the time it is allowed. Takes the reference. */
static bool heard_init(struct cord_server_heard *heard, struct cord_sources *sources,
                       const struct cord_server_heard *before, int64_t now_ns)
{
    size_t count = cord_sources_count(sources);
    *heard = (struct cord_server_heard){.sources = sources, .now_ns = now_ns};
    heard->times = calloc(count + 1, sizeof *heard->times);
    for (size_t i = 0; heard->times && i < count; i++) {
        const struct cord_source *known =
            before->sources
                ? cord_sources_by_name(before->sources, cord_sources_at(sources, i)->name)
                : NULL;
        heard->times[i].heard_ns = now_ns;
        if (known) {
            heard->times[i] = before->times[known->number];
        }
    }
    return heard->times != NULL;
}

/* More is stored than when we last looked: by that, and not by the time of its events, for
 * the clock may have been set since. */
static cord_status note_source(void *self, const struct cord_ledger_source *source)
{
    struct cord_server_heard *heard = self;
    const struct cord_source *known = cord_sources_by_name(heard->sources, source->name);
    if (known && source->total.stored != heard->times[known->number].stored) {
        heard->times[known->number].stored = source->total.stored;
        heard->times[known->number].heard_ns = heard->now_ns;
    }
    return CORD_OK;
}

/* --- who is silent --- */

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
static void compare(struct cord_server *server, const struct cord_server_heard *heard,
                    struct cord_server_silence *fresh)
{
    size_t count = cord_sources_count(heard->sources);
    for (size_t i = 0; i < count; i++) {
        const struct cord_source *source = cord_sources_at(heard->sources, i);
        int64_t quiet_ns = heard->now_ns - heard->times[i].heard_ns;
        bool silent = source->silence_s > 0 && quiet_ns > source->silence_s * CORD_SECOND_NS;
        bool before = was_silent(&server->silence, source->name);
        char *name = silent ? strndup(source->name.ptr, source->name.len) : NULL;
        if (name) {
            fresh->names[fresh->count++] = name;
        }
        if (silent && !before) {
            cord_log_warn(server->options.log, "source.unknown",
                          CORD_KV_STR("source", source->name),
                          CORD_KV_STR("organisation", source->organisation),
                          CORD_KV_U64("silent_s", quiet_ns / CORD_SECOND_NS));
        } else if (before && !silent) {
            cord_log_info(server->options.log, "source.heard_again",
                          CORD_KV_STR("source", source->name));
        }
    }
}

void cord_server_silence_look(struct cord_server *server)
{
    struct cord_sources *sources = cord_source_book_current(server->sources);
    struct cord_server_heard heard;
    struct cord_server_silence fresh = {
        .names = calloc(cord_sources_count(sources) + 1, sizeof(*fresh.names))};
    if (!heard_init(&heard, sources, &server->heard, monotonic_ns()) || !fresh.names) {
        free(fresh.names); /* the next look may have more memory */
        heard_done(&heard);
        return;
    }
    (void)!cord_ledger_sources(server->ledger, note_source, &heard); /* note_source never fails */
    compare(server, &heard, &fresh);
    (void)pthread_mutex_lock(&server->lock);
    struct cord_server_silence before = server->silence;
    server->silence = fresh;
    (void)pthread_mutex_unlock(&server->lock);
    forget(&before);
    heard_done(&server->heard);
    server->heard = heard;
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
    heard_done(&server->heard);
}
