/*
 * notify.h: what systemd is told of a service's state (sd_notify(3)).
 */
#ifndef CORD_CMD_NOTIFY_H
#define CORD_CMD_NOTIFY_H

/* "READY=1" and the like, to the socket that NOTIFY_SOCKET names; nothing when it
 * names none. Before threads are started, or from the main thread. */
void notify_send(const char *state);

#endif
