/*
 * interrupt.h: the first Ctrl-C (or termination) asks to end, so that what was
 * done so far is shown or kept; the second one ends the program, whatever it
 * waits for.
 */
#ifndef CORD_CMD_INTERRUPT_H
#define CORD_CMD_INTERRUPT_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct interrupt {
    pthread_t watcher; /* waits for signals */
    bool watching;
    atomic_bool asked;   /* any thread */
    const char *message; /* borrowed */
};

/* Before other threads are started: they inherit that signals go to the watcher.
 * The message, a line, goes to standard error at the first; NULL: none. `interrupt`
 * stays where it is. If nobody can watch, the first ends the program, as ever. */
void interrupt_begin(struct interrupt *interrupt, const char *message);
/* Also when it was never begun, or zeroed. */
void interrupt_end(struct interrupt *interrupt);

#endif
