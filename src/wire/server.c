/* server.c: see server.h. Opening, reloading, closing. */
#include "wire/server_internal.h"

#include "base/timestamp.h"
#include "wire/rule_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    DATA_MODE = 0700,
    AHEAD_S = 300, /* how far beyond ours an event's clock is believed */
    UPKEEP_S = 3600,
    SILENCE_S = 5, /* between looks for sources that have stopped */
    PACK_POLL_NS = 100000000,
    DRAIN_POLL_NS = 20000000,
};

static unsigned cpus(void)
{
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (unsigned)count : 1;
}

/* --- rules --- */

static cord_status load_rules(const struct cord_config *config, uint64_t seed,
                              struct cord_rulebook **ret_book, struct cord_error *err)
{
    const struct cord_rule_files files = {
        .rules = config->rules,
        .placeholders = config->placeholders,
        .pipelines = config->pipelines,
        .keep_texts = true,
    };
    struct cord_collection *collection = NULL;
    size_t count = 0;
    cord_status status = cord_rule_files_load(&files, &collection, &count, err);
    if (status == CORD_OK && config->rules.count > 0 &&
        cord_collection_rule_count(collection) == 0) {
        cord_collection_free(collection);
        status = cord_error_set(err, CORD_E_NOENT,
                                "no usable rule in %zu files; 'cordon check' says why", count);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "%.*s: rules", CORD_STR_ARG(config->path));
        return status;
    }
    return cord_rulebook_new(collection, seed, ret_book, err);
}

static size_t refused_rules(const struct cord_collection *collection)
{
    size_t refused = 0;
    for (size_t i = 0; i < cord_collection_refusal_count(collection); i++) {
        refused += cord_collection_refusal(collection, i)->warning ? 0 : 1;
    }
    return refused;
}

cord_status cord_server_check(const struct cord_config *config,
                              struct cord_server_checked *ret_checked, struct cord_error *err)
{
    struct cord_rulebook *book = NULL;
    cord_status status = load_rules(config, 0, &book, err);
    if (status == CORD_OK) {
        status = cord_server_listen_check(config, err);
    }
    if (status == CORD_OK) {
        const struct cord_collection *collection = cord_rulebook_collection(book);
        ret_checked->rules =
            cord_collection_rule_count(collection) + cord_collection_correlation_count(collection);
        ret_checked->rules_refused = refused_rules(collection);
    }
    cord_rulebook_unref(book);
    return status;
}

static void log_rules(struct cord_server *server, const struct cord_rulebook *book)
{
    const struct cord_collection *collection = cord_rulebook_collection(book);
    cord_log_info(server->options.log, "server.rules_in_force",
                  CORD_KV_U64("rules", cord_collection_rule_count(collection)),
                  CORD_KV_U64("correlations", cord_collection_correlation_count(collection)),
                  CORD_KV_U64("refused", refused_rules(collection)));
}

/* --- data --- */

static cord_status open_dir(const char *path, int at, int *ret_dir, struct cord_error *err)
{
    if (mkdirat(at, path, DATA_MODE) != 0 && errno != EEXIST) {
        return cord_error_errno(err, "%s", path);
    }
    int dir = openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0) {
        return cord_error_errno(err, "%s", path);
    }
    *ret_dir = dir;
    return CORD_OK;
}

static cord_status open_store(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    struct cord_buf path;
    const struct cord_store_options options = {
        .create = true,
        .packed_elsewhere = true,
        .memory_bytes_max = config->memory_max,
        .flush_age_ns = (int64_t)config->pack_after * CORD_SECOND_NS,
        .seed = server->options.seed,
        .clock = server->options.clock,
    };
    cord_buf_init(&path, 4096);
    cord_buf_put(&path, config->data);
    cord_buf_put(&path, CORD_STR("/evidence"));
    cord_buf_put_char(&path, '\0');
    cord_status status = path.failed ? cord_error_set(err, CORD_E_LIMIT, "data: a path too long")
                                     : cord_store_open(path.ptr, &options, &server->store, err);
    cord_buf_done(&path);
    if (status == CORD_OK && cord_store_notes(server->store).len > 0) {
        cord_log_warn(server->options.log, "server.store_notes",
                      CORD_KV_STR("notes", cord_store_notes(server->store)));
    }
    return status;
}

/* Without it we go on: what ends us may then do so again, which is for the log. */
static void open_poison(struct cord_server *server)
{
    struct cord_error err = {""};
    size_t fresh = 0;
    if (cord_poison_open(server->journal, "working", server->options.clock, &server->poison,
                         &err) != CORD_OK) {
        cord_log_warn(server->options.log, "server.poison_unwatched",
                      CORD_KV_TEXT("error", err.text));
    }
    size_t suspects = cord_poison_suspects(server->poison, &fresh);
    if (fresh > 0) {
        cord_log_warn(server->options.log, "server.ended_at_work", CORD_KV_U64("under_way", fresh),
                      CORD_KV_U64("suspects", suspects));
    }
}

static cord_status load_patient_key(struct cord_server *server, struct cord_error *err)
{
    bool named = server->config->patient_key.len > 0;
    cord_status status = cord_patient_key_load(
        named ? AT_FDCWD : server->data, named ? server->config->patient_key.ptr : "patient.key",
        &server->patient_key, err);
    if (status != CORD_OK) {
        cord_error_context(err, "patient_key");
    }
    return status;
}

static cord_status open_data(struct cord_server *server, struct cord_error *err)
{
    cord_status status = open_dir(server->config->data.ptr, AT_FDCWD, &server->data, err);
    if (status != CORD_OK) {
        cord_error_context(err, "data");
    }
    if (status == CORD_OK) {
        status = cord_server_exercise_check(server, err);
    }
    if (status == CORD_OK) {
        status = load_patient_key(server, err);
    }
    if (status == CORD_OK) {
        status = open_dir("journal", server->data, &server->journal, err);
    }
    if (status == CORD_OK) {
        status = open_store(server, err);
    }
    if (status == CORD_OK) {
        const struct cord_ledger_options options = {.files = &server->files,
                                                    .dir = server->journal};
        status =
            cord_ledger_open(&options, cord_store_evidence(server->store), &server->ledger, err);
    }
    if (status == CORD_OK) {
        const struct cord_quarantine_options options = {.files = &server->files,
                                                        .dir = server->journal};
        status = cord_quarantine_open(&options, &server->quarantine, err);
    }
    if (status == CORD_OK) {
        open_poison(server);
    }
    return status;
}

static cord_status open_rules(struct cord_server *server, struct cord_error *err)
{
    struct cord_rulebook *book = NULL;
    cord_status status = load_rules(server->config, server->options.seed, &book, err);
    if (status != CORD_OK) {
        return status;
    }
    log_rules(server, book);
    server->rules = cord_rulebook_slot_new(book);
    if (!server->rules) {
        cord_rulebook_unref(book);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    server->sources = cord_source_book_new(server->config->sources);
    return server->sources ? CORD_OK : cord_error_set(err, CORD_E_NOMEM, "out of memory");
}

/* --- stages --- */

static cord_status open_judge(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    const struct cord_judge_options options = {
        .store = server->store,
        .rules = server->rules,
        .files = &server->files,
        .dir = server->journal,
        .lateness_ns = (int64_t)config->lateness * CORD_SECOND_NS,
        .ahead_ns = AHEAD_S * CORD_SECOND_NS,
        .correlation_bytes_max = (size_t)config->correlation_max,
        .clock = server->options.clock,
        .log = server->options.log,
        .seed = server->options.seed,
        .poison = server->poison,
    };
    cord_status status = cord_judge_open(&options, &server->judge, err);
    if (status == CORD_OK) {
        status = cord_judge_catch_up(server->judge, cord_store_next(server->store) - 1,
                                     server->options.progress, server->options.progress_self, err);
    }
    return status == CORD_OK ? cord_judge_start(server->judge, err) : status;
}

/* Kept for people; that it cannot be kept never holds up the rest. */
static void on_refused(void *self, const struct cord_delivery *delivery,
                       const struct cord_delivery_refusal *refusal, cord_str record)
{
    struct cord_server *server = self;
    const struct cord_quarantine_record kept = {
        .received_ns = delivery->received_ns,
        .source = delivery->source->name,
        .organisation = delivery->source->organisation,
        .reason = refusal->reason,
        .detail = refusal->text,
        .bytes = record,
    };
    cord_quarantine_put(server->quarantine, &kept);
}

static cord_status open_intake(struct cord_server *server, struct cord_error *err)
{
    const struct cord_config *config = server->config;
    const struct cord_intake_options options = {
        .evidence = cord_store_evidence(server->store),
        .ledger = server->ledger,
        .rules = server->rules,
        .verdicts = cord_judge_verdicts(server->judge),
        .threads = config->threads > 0 ? config->threads : cpus(),
        .waiting_bytes_max = (size_t)config->waiting_max,
        .source_bytes_max = (size_t)config->source_waiting_max,
        .unpacked_bytes_max = (size_t)config->unpacked_max,
        .record_bytes_max = (size_t)config->record_max,
        .patient_key = &server->patient_key,
        .clock = server->options.clock,
        .log = server->options.log,
        .seed = server->options.seed,
        .refused = on_refused,
        .refused_self = server,
        .poison = server->poison,
    };
    return cord_intake_new(&options, cord_store_next(server->store) - 1, &server->intake, err);
}

/* --- loops --- */

static void *loop_main(void *argument)
{
    struct cord_server_loop *loop = argument;
    struct cord_error err = {""};
    (void)!cord_loop_run(loop->loop, &err); /* ends when it is stopped */
    return NULL;
}

static cord_status make_loops(struct cord_server *server, struct cord_error *err)
{
    size_t count = server->config->loops > 0 ? server->config->loops : cpus();
    server->loops = calloc(count, sizeof *server->loops);
    server->loop_list = calloc(count, sizeof(*server->loop_list));
    if (!server->loops || !server->loop_list) {
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    cord_status status = CORD_OK;
    for (size_t i = 0; i < count && status == CORD_OK; i++) {
        status = cord_loop_new(&server->loops[i].loop, err);
        server->loop_list[i] = server->loops[i].loop;
        server->loop_count += status == CORD_OK ? 1 : 0;
    }
    return status;
}

static cord_status run_loops(struct cord_server *server, struct cord_error *err)
{
    for (size_t i = 0; i < server->loop_count; i++) {
        struct cord_server_loop *loop = &server->loops[i];
        if (pthread_create(&loop->thread, NULL, loop_main, loop) != 0) {
            return cord_error_set(err, CORD_E_LIMIT, "no thread for connections");
        }
        loop->started = true;
    }
    return CORD_OK;
}

static void end_loops(struct cord_server *server)
{
    for (size_t i = 0; i < server->loop_count; i++) {
        if (server->loops[i].started) {
            cord_loop_stop(server->loops[i].loop);
            (void)pthread_join(server->loops[i].thread, NULL);
            server->loops[i].started = false;
        }
    }
}

/* --- packing and upkeep --- */

static void keep_up(struct cord_server *server)
{
    struct cord_error err = {""};
    struct cord_store_retained retained;
    struct cord_store_compacted compacted;
    const struct cord_store_retain_options retain = {0};
    if (cord_store_retain(server->store, &retain, &retained, &err) != CORD_OK) {
        cord_log_error(server->options.log, "server.retention_failed",
                       CORD_KV_TEXT("error", err.text));
    }
    if (cord_store_compact(server->store, NULL, &compacted, &err) != CORD_OK) {
        cord_log_error(server->options.log, "server.compaction_failed",
                       CORD_KV_TEXT("error", err.text));
    }
}

/* False: the server is closing. */
static bool wait_to_pack(struct cord_server *server)
{
    const struct timespec until = cord_clock_after(PACK_POLL_NS);
    (void)pthread_mutex_lock(&server->lock);
    if (!server->closing) {
        (void)pthread_cond_clockwait(&server->woken, &server->lock, CLOCK_MONOTONIC, &until);
    }
    bool goes_on = !server->closing;
    (void)pthread_mutex_unlock(&server->lock);
    return goes_on;
}

/* Here, for a sync is nothing that a loop may wait for. */
static void save_positions(struct cord_server *server, bool *failing)
{
    struct cord_error err = {""};
    bool failed = atomic_load(&server->ready) && cord_server_follow_save(server, &err) != CORD_OK;
    if (failed && !*failing) {
        cord_log_error(server->options.log, "server.positions_not_kept",
                       CORD_KV_TEXT("error", err.text));
    }
    *failing = failed;
}

static void *packer_main(void *argument)
{
    struct cord_server *server = argument;
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t upkeep_ns = cord_clock_now_ns(&clock);
    int64_t silence_ns = upkeep_ns;
    bool failing = false;
    bool unsaved = false;
    cord_server_process_look(server);
    cord_server_silence_look(server); /* from here on each has the time it is allowed */
    while (wait_to_pack(server)) {
        struct cord_error err = {""};
        bool failed = cord_store_flush_due(server->store, &err) != CORD_OK;
        if (failed && !failing) {
            (void)atomic_fetch_add(&server->pack_failures, 1);
            cord_log_error(server->options.log, "server.packing_failed",
                           CORD_KV_TEXT("error", err.text));
        }
        failing = failed;
        save_positions(server, &unsaved);
        if (cord_clock_now_ns(&clock) - silence_ns >= SILENCE_S * CORD_SECOND_NS) {
            cord_server_silence_look(server);
            cord_server_process_look(server);
            if (atomic_load(&server->ready)) { /* the listeners are all there */
                cord_server_listen_look(server);
                cord_server_api_tell(server);
            }
            silence_ns = cord_clock_now_ns(&clock);
        }
        if (cord_clock_now_ns(&clock) - upkeep_ns >= UPKEEP_S * CORD_SECOND_NS) {
            keep_up(server);
            upkeep_ns = cord_clock_now_ns(&clock);
        }
    }
    return NULL;
}

static cord_status start_packer(struct cord_server *server, struct cord_error *err)
{
    if (pthread_create(&server->packer, NULL, packer_main, server) != 0) {
        return cord_error_set(err, CORD_E_LIMIT, "no thread for packing");
    }
    server->packing = true;
    return CORD_OK;
}

/* --- the whole --- */

static cord_status open_all(struct cord_server *server, struct cord_error *err)
{
    cord_status status = open_data(server, err);
    if (status == CORD_OK) {
        status = open_rules(server, err);
    }
    if (status == CORD_OK) {
        status = open_judge(server, err);
    }
    if (status == CORD_OK) {
        status = start_packer(server, err);
    }
    if (status == CORD_OK) {
        status = open_intake(server, err);
    }
    if (status == CORD_OK) {
        status = make_loops(server, err);
    }
    if (status == CORD_OK) {
        status = cord_server_api_open(server, err);
    }
    if (status == CORD_OK) {
        status = cord_server_listen(server, err);
    }
    if (status == CORD_OK) {
        cord_server_listen_look(server); /* from then on the packer does, once all is ready */
        status = cord_server_follow(server, err);
    }
    return status == CORD_OK ? run_loops(server, err) : status;
}

cord_status cord_server_open(struct cord_config *config, const struct cord_server_options *options,
                             struct cord_server **ret_server, struct cord_error *err)
{
    struct cord_server *server = calloc(1, sizeof *server);
    cord_status status = CORD_E_NOMEM;
    if (!server) {
        cord_config_free(config);
        return cord_error_set(err, CORD_E_NOMEM, "out of memory");
    }
    server->options = *options;
    server->options.wall = options->wall.now_ns ? options->wall : options->clock;
    server->config = config;
    server->files = cord_files_system();
    server->data = -1;
    server->journal = -1;
    server->budget.bytes_max = (size_t)config->waiting_max;
    server->opened_s = cord_clock_now_ns(&server->options.wall) / CORD_SECOND_NS;
    if (pthread_mutex_init(&server->lock, NULL) == 0 &&
        pthread_cond_init(&server->woken, NULL) == 0) {
        status = open_all(server, err);
    }
    if (status != CORD_OK) {
        cord_server_close(server);
        return status;
    }
    atomic_store(&server->ready, true);
    atomic_store(&server->reloaded_ns, cord_clock_now_ns(&options->clock));
    *ret_server = server;
    return CORD_OK;
}

static cord_status reload(struct cord_server *server, const struct cord_config *config,
                          struct cord_error *err)
{
    struct cord_rulebook *book = NULL;
    cord_status status = load_rules(config, server->options.seed, &book, err);
    if (status == CORD_OK) {
        status = cord_server_certificates(server, config, err);
    }
    if (status != CORD_OK) {
        cord_rulebook_unref(book);
        return status;
    }
    cord_server_restart_tell(server, config);
    log_rules(server, book);
    cord_rulebook_slot_replace(server->rules, book);
    cord_source_book_replace(server->sources, config->sources);
    cord_server_api_rename(server, config);
    return CORD_OK;
}

cord_status cord_server_reload(struct cord_server *server, struct cord_config *config,
                               struct cord_error *err)
{
    cord_status status = reload(server, config, err);
    if (status == CORD_OK) {
        atomic_store(&server->reloaded_ns, cord_clock_now_ns(&server->options.clock));
    } else {
        (void)atomic_fetch_add(&server->reload_failures, 1);
    }
    cord_config_free(config);
    return status;
}

/* Senders get a while to finish; then what is under way is finished. */
static void drain(struct cord_server *server)
{
    const struct cord_clock clock = cord_clock_monotonic();
    int64_t until_ns = cord_clock_now_ns(&clock) + (int64_t)server->config->drain * CORD_SECOND_NS;
    cord_server_listen_stop(server);
    cord_server_follow_stop(server);
    while (!(cord_server_listen_is_done(server) && cord_server_follow_is_done(server)) &&
           cord_clock_now_ns(&clock) < until_ns) {
        cord_clock_sleep_ns(DRAIN_POLL_NS);
    }
    cord_intake_drain(server->intake);
}

static void end_packer(struct cord_server *server)
{
    (void)pthread_mutex_lock(&server->lock);
    server->closing = true;
    (void)pthread_cond_broadcast(&server->woken);
    (void)pthread_mutex_unlock(&server->lock);
    if (server->packing) {
        (void)pthread_join(server->packer, NULL);
    }
}

static void close_dir(int dir)
{
    if (dir >= 0) {
        (void)close(dir); /* nothing was written through it */
    }
}

void cord_server_close(struct cord_server *server)
{
    if (!server) {
        return;
    }
    if (server->intake && atomic_load(&server->ready)) {
        drain(server);
    }
    cord_api_stop(server->api);
    end_loops(server);
    cord_server_listen_free(server);
    cord_server_follow_free(server);
    cord_intake_free(server->intake);
    for (size_t i = 0; i < server->loop_count; i++) {
        cord_loop_free(server->loops[i].loop);
    }
    cord_judge_close(server->judge);
    end_packer(server);
    cord_server_api_close(server);
    cord_server_follow_close(server);
    cord_server_silence_done(server);
    cord_poison_close(server->poison);
    cord_quarantine_close(server->quarantine);
    cord_ledger_close(server->ledger);
    if (server->store) {
        cord_store_close(server->store);
    }
    cord_source_book_free(server->sources);
    cord_rulebook_slot_free(server->rules);
    close_dir(server->journal);
    close_dir(server->data);
    cord_patient_key_forget(&server->patient_key);
    free(server->loop_list);
    free(server->loops);
    cord_config_free(server->config);
    (void)pthread_cond_destroy(&server->woken);
    (void)pthread_mutex_destroy(&server->lock);
    free(server);
}
