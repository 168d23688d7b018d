/* scan_into.c: see scan_into.h. */
#include "cmd/scan_into.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static sigset_t signals_watched(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGTERM);
    return set;
}

static void *watch(void *argument)
{
    struct scan_into *into = argument;
    sigset_t set = signals_watched();
    int signal_no = 0;
    if (sigwait(&set, &signal_no) == 0) {
        atomic_store(&into->interrupted, true);
        (void)fputs("cordon scan: storing what was read; once more to stop at once\n", stderr);
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* the next one ends us */
    }
    for (;;) {
        (void)pause();
    }
    return NULL;
}

/* Without the watcher an interrupt ends the program as ever. */
static void start_watching(struct scan_into *into)
{
    sigset_t set = signals_watched();
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0) {
        into->watching = pthread_create(&into->watcher, NULL, watch, into) == 0;
        if (!into->watching) {
            (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        }
    }
}

static void stop_watching(struct scan_into *into)
{
    sigset_t set = signals_watched();
    if (into->watching) {
        (void)pthread_cancel(into->watcher);
        (void)pthread_join(into->watcher, NULL);
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        into->watching = false;
    }
}

cord_status scan_into_open(struct scan_into *into, const char *dir, uint64_t seed,
                           struct cord_error *err)
{
    const struct cord_store_options options = {.create = true, .bulk = true, .seed = seed};
    cord_status status = cord_store_open(dir, &options, &into->store, err);
    if (status != CORD_OK) {
        return status;
    }
    cord_str notes = cord_store_notes(into->store);
    if (notes.len > 0) {
        (void)fprintf(stderr, "%.*s%s", CORD_STR_ARG(notes),
                      notes.ptr[notes.len - 1] == '\n' ? "" : "\n");
    }
    into->dir = dir;
    into->options.evidence = cord_store_evidence(into->store);
    start_watching(into);
    return CORD_OK;
}

void scan_into_close(struct scan_into *into)
{
    cord_store_close(into->store);
    stop_watching(into);
    into->store = NULL;
}

void scan_into_report(const struct scan_into *into, const struct cord_scan_totals *totals)
{
    const struct cord_scan_store_stats *stats = &totals->store;
    (void)fprintf(stderr, "cordon scan: %llu events stored in %s",
                  (unsigned long long)stats->stored, into->dir);
    if (stats->already > 0) {
        (void)fprintf(stderr, "; %llu were there already", (unsigned long long)stats->already);
    }
    (void)fputs(atomic_load(&into->interrupted)
                    ? "; interrupted: the same command again goes on from there\n"
                    : "\n",
                stderr);
}
