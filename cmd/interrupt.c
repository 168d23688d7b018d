/* interrupt.c: see interrupt.h. */
#include "cmd/interrupt.h"

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
    struct interrupt *interrupt = argument;
    sigset_t set = signals_watched();
    int signal_no = 0;
    if (sigwait(&set, &signal_no) == 0) {
        atomic_store(&interrupt->asked, true);
        if (interrupt->message) {
            (void)fprintf(stderr, "%s\n", interrupt->message);
        }
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL); /* the next one ends us */
    }
    for (;;) {
        (void)pause();
    }
    return NULL;
}

void interrupt_begin(struct interrupt *interrupt, const char *message)
{
    sigset_t set = signals_watched();
    interrupt->message = message;
    if (pthread_sigmask(SIG_BLOCK, &set, NULL) == 0) {
        interrupt->watching = pthread_create(&interrupt->watcher, NULL, watch, interrupt) == 0;
        if (!interrupt->watching) {
            (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        }
    }
}

void interrupt_end(struct interrupt *interrupt)
{
    sigset_t set = signals_watched();
    if (interrupt->watching) {
        (void)pthread_cancel(interrupt->watcher);
        (void)pthread_join(interrupt->watcher, NULL);
        (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
        interrupt->watching = false;
    }
}
