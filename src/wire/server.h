/*
 * server.h: a running server: everything from listeners to the journal.
 *
 * Opened from a configuration: data directory, evidence, ledger, rules; events
 * that were stored and not judged are judged; then the listeners open. Reloading
 * takes a new configuration's rules, sources and certificates whole or not at
 * all, without dropping a connection; what cannot change while running (data,
 * listeners' addresses, threads) is told of.
 *
 * A data folder is live, or of one named exercise, for good (N12): opened as anything else it is
 * refused. An exercise may have a clock of its own, so that what happened in another year is
 * received, judged, recorded and asked for in that year.
 *
 * One thread calls; the server has threads of its own.
 */
#ifndef CORD_WIRE_SERVER_H
#define CORD_WIRE_SERVER_H

#include "base/log.h"
#include "wire/config.h"

struct cord_server;
struct cord_web;

struct cord_server_options {
    struct cord_log *log;
    struct cord_clock clock; /* of events, claims and findings: wall time, or an exercise's own */
    /* Wall time in any case: sessions, tokens and certificates end by it. now_ns NULL: clock. */
    struct cord_clock wall;
    uint64_t seed;
    /* While opening takes long; false gives up. May be NULL. */
    bool (*progress)(void *self, uint64_t judged, uint64_t left);
    void *progress_self;
    /* Told while opening, when nobody has an account yet: the token of the link by which the first
     * one is made, a secret, which the data folder has, too. May be NULL. */
    void (*setup)(void *self, const char *token);
    void *setup_self;
    /* The console's files, which stay for as long as the server; NULL: none. */
    const struct cord_web *web;
};

/* What a configuration comes to. */
struct cord_server_checked {
    size_t rules; /* correlations among them */
    size_t rules_refused;
};

/* What opening or reloading would refuse, without either: rules, certificates and keys, lists of
 * revoked ones. Addresses, folders and the data folder are not tried. */
CORD_MUST_USE cord_status cord_server_check(const struct cord_config *config,
                                            struct cord_server_checked *ret_checked,
                                            struct cord_error *err);

/* Owns the configuration, on failure too. When it returns, it serves. */
CORD_MUST_USE cord_status cord_server_open(struct cord_config *config,
                                           const struct cord_server_options *options,
                                           struct cord_server **ret_server, struct cord_error *err);

/* Owns the configuration. On failure everything goes on as it was, and err says why. */
CORD_MUST_USE cord_status cord_server_reload(struct cord_server *server, struct cord_config *config,
                                             struct cord_error *err);

/* Takes no more, answers what is under way, judges and writes what was taken; at
 * most `drain` seconds are given to senders. Frees the server. */
void cord_server_close(struct cord_server *server);

/* The port that a listener got, by its name; 0: there is no such listener. */
uint16_t cord_server_port(const struct cord_server *server, cord_str listener);

#endif
