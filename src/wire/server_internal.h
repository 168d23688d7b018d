/*
 * server_internal.h: what the parts of a server share: server.c, which opens and
 * closes it, server_listen.c, which has the listeners, server_files.c, which follows files,
 * server_silence.c, which notices who has stopped, server_exercise.c, which keeps exercises
 * apart, server_restart.c, which knows what a reload cannot change,
 * server_process.c, which measures the process, server_api.c, which shows it to
 * the API, and server_status.c, which says how it is.
 */
#ifndef CORD_WIRE_SERVER_INTERNAL_H
#define CORD_WIRE_SERVER_INTERNAL_H

#include "api/api.h"
#include "comms/http_server.h"
#include "evidence/store_upkeep.h"
#include "ingest/drop_folder.h"
#include "ingest/http_receiver.h"
#include "ingest/lumberjack_receiver.h"
#include "ingest/quarantine.h"
#include "ingest/syslog_receiver.h"
#include "wire/desk_feed.h"
#include "wire/findings_log.h"
#include "wire/intake.h"
#include "wire/judge.h"
#include "wire/server.h"

#include <pthread.h>
#include <stdatomic.h>

struct cord_server_loop {
    struct cord_loop *loop;
    pthread_t thread;
    bool started;
};

struct cord_server_listener {
    struct cord_server *server;
    char *name;
    enum cord_config_protocol protocol;
    struct cord_syslog_receiver *syslog;
    struct cord_http_receiver *receiver;
    struct cord_http_server *http;
    struct cord_lumberjack_receiver *lumberjack;
    bool tls;
    bool stale_told; /* the packer's thread's own, as the next: what the log has been told */
    bool ending_told;
};

/* One of the two. */
struct cord_server_file {
    struct cord_tail *tail;
    struct cord_drop_folder *drop;
};

/* Sources that have been silent for too long. */
struct cord_server_silence {
    char **names;
    size_t count;
};

/* When sources were last heard, by their number; monotonic time. */
struct cord_server_heard {
    struct cord_sources *sources; /* a reference: whose numbers they are; NULL: no look yet */
    struct cord_server_heard_time {
        uint64_t stored; /* events by then */
        int64_t heard_ns;
    } * times;
    int64_t now_ns; /* of the look */
};

struct cord_server {
    struct cord_server_options options;
    struct cord_config
        *config; /* the one it was opened with; its lists may be older than in force */
    struct cord_files files;
    int data; /* directories */
    int journal;
    struct cord_patient_key patient_key;
    struct cord_store *store;
    struct cord_ledger *ledger;
    struct cord_quarantine *quarantine;
    struct cord_poison *poison; /* NULL when its file could not be had */
    struct cord_rulebook_slot *rules;
    struct cord_source_book *sources;
    struct cord_judge *judge;
    struct cord_intake *intake;
    struct cord_api *api; /* NULL: no listener is for it */
    struct cord_findings_log *findings;
    struct cord_record *record;
    struct cord_accounts *accounts;
    struct cord_api_accounts *access;
    struct cord_api_pictures *pictures;
    struct cord_desk *desk;
    struct cord_desk_feed *desk_feed;
    struct cord_http_budget budget;
    struct cord_server_loop *loops;
    struct cord_loop **loop_list;
    size_t loop_count;
    struct cord_server_listener *listeners;
    size_t listener_count;
    struct cord_tail_positions *positions; /* NULL when no file is followed */
    struct cord_server_file *followed;
    size_t followed_count;

    pthread_t packer;
    bool packing;
    pthread_mutex_t lock; /* guards the next three */
    pthread_cond_t woken;
    bool closing;
    struct cord_server_silence silence; /* replaced by the packer's thread */
    struct cord_server_heard heard;     /* the packer's thread's own */
    atomic_bool ready;
    int64_t opened_s;           /* wall time */
    _Atomic uint64_t disk_free; /* bytes, of the data folder's disk, when it was last looked at */
    _Atomic uint64_t disk_size; /* 0: it was not yet */
    _Atomic uint64_t pack_failures;
    _Atomic int64_t reloaded_ns; /* when rules and sources last changed */
    _Atomic uint64_t reload_failures;
};

/* --- server_listen.c --- */

CORD_MUST_USE cord_status cord_server_listen(struct cord_server *server, struct cord_error *err);
/* Whether the certificates that a configuration names can be used. */
CORD_MUST_USE cord_status cord_server_listen_check(const struct cord_config *config,
                                                   struct cord_error *err);
/* Certificates of a new configuration: all are read, then all are used. */
CORD_MUST_USE cord_status cord_server_certificates(struct cord_server *server,
                                                   const struct cord_config *config,
                                                   struct cord_error *err);
/* Its port for connections; NULL: UDP. */
struct cord_listener *cord_server_listener_port(const struct cord_server_listener *listener);
/* Tells the log of certificates and lists of revoked ones that are to be renewed. The packer's
 * thread. */
void cord_server_listen_look(struct cord_server *server);
/* No further senders. */
void cord_server_listen_stop(struct cord_server *server);
/* What was read has been put and answered. */
bool cord_server_listen_is_done(const struct cord_server *server);
void cord_server_listen_free(struct cord_server *server);

/* What every listener and followed file has behind it. */
struct cord_ingest_ends cord_server_ends(struct cord_server *server);

/* --- server_exercise.c --- */

/* The data folder is live, or of the exercise that the configuration names; a fresh one becomes
 * it. CORD_E_FORMAT: it is something else. */
CORD_MUST_USE cord_status cord_server_exercise_check(struct cord_server *server,
                                                     struct cord_error *err);
/* Where accounts tell what they did. In an exercise its times are the exercise's, as all of the
 * record, and the real one is added in words. */
struct cord_audit cord_server_exercise_audit(struct cord_server *server);

/* --- server_files.c --- */

CORD_MUST_USE cord_status cord_server_follow(struct cord_server *server, struct cord_error *err);
/* How far files are read, durably. One thread at a time. */
CORD_MUST_USE cord_status cord_server_follow_save(struct cord_server *server,
                                                  struct cord_error *err);
/* Nothing more is read. */
void cord_server_follow_stop(struct cord_server *server);
/* What was read has been put and answered. */
bool cord_server_follow_is_done(const struct cord_server *server);
void cord_server_follow_free(struct cord_server *server);
/* Saves a last time. */
void cord_server_follow_close(struct cord_server *server);

/* --- server_restart.c --- */

/* Tells the log each key in which a new configuration differs from the one the server was opened
 * with, and which changes only with a restart. */
void cord_server_restart_tell(const struct cord_server *server, const struct cord_config *config);

/* --- server_silence.c --- */

/* Who has gone silent, who is heard again: to the log, and kept for _each. */
void cord_server_silence_look(struct cord_server *server);
/* Any thread. */
void cord_server_silence_each(struct cord_server *server, void (*each)(void *self, cord_str source),
                              void *self);
void cord_server_silence_done(struct cord_server *server);

/* --- server_api.c --- */

#define CORD_SERVER_LINK_FILE "setup-link" /* in the data folder */

CORD_MUST_USE cord_status cord_server_api_open(struct cord_server *server, struct cord_error *err);
/* Name and marking of a new configuration. */
void cord_server_api_rename(struct cord_server *server, const struct cord_config *config);
/* Once its listeners are freed. */
void cord_server_api_close(struct cord_server *server);
/* What accounts have done goes to the record. Waits for the disk. */
void cord_server_api_tell(struct cord_server *server);
void cord_server_api_metrics(struct cord_server *server, struct cord_buf *out);

/* --- server_desk.c --- */

/* Once record and findings are there. The secret is that of cursors. */
CORD_MUST_USE cord_status cord_server_desk_open(struct cord_server *server,
                                                const struct cord_api_secret *secret,
                                                struct cord_error *err);
/* Once the API, which asks it, is freed. */
void cord_server_desk_close(struct cord_server *server);
void cord_server_desk_metrics(struct cord_server *server, struct cord_buf *out);

/* --- server_status.c --- */

/* Takes events; *ret_why is constant. */
bool cord_server_is_ready(struct cord_server *server, const char **ret_why);

/* Prometheus text format, version 0.0.4. */
void cord_server_metrics(struct cord_server *server, struct cord_buf *out);
/* Answers /healthz, /readyz and, where all sources may be seen, /metrics and
 * /api/v1/sources; false: the request is for somebody else. */
bool cord_server_status_answer(struct cord_server *server, struct cord_http *http, bool all);

/* --- server_process.c --- */

/* The version, memory, CPU time, files, room on the disk. A loop's thread: reads /proc, does not
 * wait. */
void cord_server_process_metrics(const struct cord_server *server, struct cord_buf *out);
/* How much room the disk has: it may be a disk that hangs. The packer's thread. */
void cord_server_process_look(struct cord_server *server);

/* --- server_past.c --- */

struct cord_api_past;
struct cord_suppress_past;

/* As the port of the API (api/api.h). Any thread. */
CORD_MUST_USE cord_status cord_server_past_open(struct cord_server *server,
                                                const struct cord_api_past *past,
                                                struct cord_suppress_past *ret_past,
                                                void **ret_hold, struct cord_error *err);
void cord_server_past_close(void *held);

#endif
