/* store_open.c: what a store is: its lock, its key, its first files. */
#include "evidence/store_internal.h"

#include "base/timestamp.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    STORE_BYTES_MAX = 4096,
    KEY_BYTES_MAX = 16384,
    PID_BYTES = 32,
    RESERVE_BYTES = 64 << 10,
};

static const char first_line[] = "cordon evidence store";

/* Who has it, for the message. */
static cord_status say_locked(int file, struct cord_error *err)
{
    char text[PID_BYTES] = "";
    ssize_t len = pread(file, text, sizeof text - 1, 0);
    uint64_t pid = 0;
    cord_str word = cord_str_trim((cord_str){text, len > 0 ? (size_t)len : 0});
    if (!cord_str_u64(word, &pid)) {
        return cord_error_set(err, CORD_E_LIMIT, "another process writes here");
    }
    return cord_error_set(err, CORD_E_LIMIT, "process %" PRIu64 " writes here already", pid);
}

cord_status cord_store_lock(struct cord_store *store, struct cord_error *err)
{
    char text[PID_BYTES];
    /* Not through the table of files: it holds nothing that must last. */
    store->lock_file = openat(store->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (store->lock_file < 0) {
        return cord_error_errno(err, "open lock");
    }
    if (flock(store->lock_file, LOCK_EX | LOCK_NB) != 0) {
        return errno == EWOULDBLOCK ? say_locked(store->lock_file, err)
                                    : cord_error_errno(err, "lock");
    }
    int len = snprintf(text, sizeof text, "%ld\n", (long)getpid());
    /* On a full disk the lock holds as well; only its holder is not named. */
    if (ftruncate(store->lock_file, 0) == 0 && len > 0) {
        (void)!pwrite(store->lock_file, text, (size_t)len, 0);
    }
    return CORD_OK;
}

bool cord_store_is_written(const struct cord_store *store)
{
    int file = openat(store->dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    bool held = file >= 0 && flock(file, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
    if (file >= 0) {
        (void)close(file);
    }
    return held;
}

/* --- the signing key --- */

static int key_dir(const struct cord_store *store)
{
    return store->options.key_path ? AT_FDCWD : store->dir;
}

static const char *key_name(const struct cord_store *store)
{
    return store->options.key_path ? store->options.key_path : "signing.key";
}

/* Where its name is, to be made durable. */
static bool key_folder(const struct cord_store *store, char folder[PATH_MAX])
{
    const char *name = key_name(store);
    const char *end = strrchr(name, '/');
    int len = end && end > name ? (int)(end - name) : 1;
    int put = snprintf(folder, PATH_MAX, "%.*s", len, end ? name : ".");
    return put >= 0 && put < PATH_MAX;
}

static cord_status read_key(struct cord_store *store, struct cord_error *err)
{
    struct cord_buf pem;
    cord_buf_init(&pem, KEY_BYTES_MAX);
    cord_status status = cord_files_load(store->files, key_dir(store), key_name(store), &pem, err);
    if (status == CORD_OK) {
        status = cord_signing_read(cord_buf_str(&pem), &store->key, err);
        if (status != CORD_OK) {
            cord_error_context(err, "%s", key_name(store));
        }
    }
    if (pem.ptr) {
        explicit_bzero(pem.ptr, pem.cap);
    }
    cord_buf_done(&pem);
    return status;
}

static cord_status make_key(struct cord_store *store, struct cord_error *err)
{
    struct cord_buf pem;
    cord_buf_init(&pem, KEY_BYTES_MAX);
    cord_status status = cord_signing_make(&store->key, err);
    if (status == CORD_OK) {
        status = cord_signing_write(store->key, &pem);
    }
    if (status == CORD_OK) {
        char folder[PATH_MAX];
        status =
            key_folder(store, folder)
                ? cord_files_save(store->files, key_dir(store), folder, key_name(store),
                                  cord_buf_str(&pem), err)
                : cord_error_set(err, CORD_E_LIMIT, "%s: the name is too long", key_name(store));
    }
    if (pem.ptr) {
        explicit_bzero(pem.ptr, pem.cap);
    }
    cord_buf_done(&pem);
    return status;
}

/* --- a new store --- */

static bool is_ours(const char *name)
{
    static const char *const ours[] = {".",     "..",     "lock",   "signing.key",     "STORE.new",
                                       "chain", "spool",  "policy", "signing.key.new", "segments",
                                       "lost",  "reserve"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
        if (strcmp(name, ours[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A store is only made where nothing else is: what a crash left while one was
 * made does not count. */
static cord_status look_empty(const struct cord_store *store, struct cord_error *err)
{
    int copy = openat(store->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *list = copy < 0 ? NULL : fdopendir(copy);
    if (!list) {
        cord_status status = cord_error_errno(err, "read");
        if (copy >= 0) {
            (void)close(copy);
        }
        return status;
    }
    cord_status status = CORD_OK;
    const struct dirent *entry = NULL;
    /* One thread reads this list. */
    while (status == CORD_OK && (entry = readdir(list)) != NULL) { // NOLINT(concurrency-mt-unsafe)
        if (!is_ours(entry->d_name)) {
            status =
                cord_error_set(err, CORD_E_FORMAT,
                               "neither an evidence store nor empty: there is %s", entry->d_name);
        }
    }
    (void)closedir(list);
    return status;
}

static void put_hex(struct cord_buf *text, const char *key, const unsigned char *bytes, size_t len)
{
    char hex[2 * CORD_DIGEST_BYTES + 1];
    cord_digest_to_hex(bytes, len, hex);
    cord_buf_printf(text, "%s %s\n", key, hex);
}

void cord_store_identity_put(const struct cord_store_identity *identity, struct cord_buf *text)
{
    char stamp[CORD_TIMESTAMP_TEXT];
    cord_str day = cord_timestamp_format(identity->created_ns, stamp);
    put_hex(text, "store", identity->id, sizeof identity->id);
    put_hex(text, "ids", identity->id_key, sizeof identity->id_key);
    put_hex(text, "key", identity->key.bytes, sizeof identity->key.bytes);
    cord_buf_printf(text, "created %" PRId64 " %.*s\n", identity->created_ns, CORD_STR_ARG(day));
}

void cord_store_identity_file(const struct cord_store_identity *identity, struct cord_buf *text)
{
    cord_buf_printf(text, "%s\nformat 1\n", first_line);
    cord_store_identity_put(identity, text);
}

static cord_status draw_identity(struct cord_store *store, struct cord_error *err)
{
    struct cord_store_identity *identity = &store->identity;
    if (getrandom(identity->id, sizeof identity->id, 0) != (ssize_t)sizeof identity->id ||
        getrandom(identity->id_key, sizeof identity->id_key, 0) !=
            (ssize_t)sizeof identity->id_key) {
        return cord_error_errno(err, "random numbers");
    }
    if (store->options.copy_ids) {
        memcpy(identity->id_key, store->options.copy_ids, sizeof identity->id_key);
    }
    identity->created_ns = cord_store_now_ns(store);
    identity->key = cord_signing_public(store->key);
    return CORD_OK;
}

static cord_status begin_chain(struct cord_store *store, cord_str identity, struct cord_error *err)
{
    store->chain.dir = store->dir;
    cord_status status = cord_chain_open(&store->chain, true, err);
    if (status == CORD_OK) {
        status = cord_chain_append(&store->chain, store->key, "create", store->identity.created_ns,
                                   identity, err);
    }
    cord_chain_close(&store->chain);
    store->chain = (struct cord_chain){.files = store->files, .dir = store->dir, .file = -1};
    return status;
}

static cord_status make_folders(struct cord_store *store, struct cord_error *err)
{
    static const char *const folders[] = {"spool", "segments", "lost"};
    cord_status status = CORD_OK;
    for (size_t i = 0; i < sizeof folders / sizeof *folders && status == CORD_OK; i++) {
        status = cord_files_mkdir(store->files, store->dir, folders[i], err);
    }
    return status;
}

cord_status cord_store_create(struct cord_store *store, struct cord_error *err)
{
    struct cord_buf text;
    cord_status status = look_empty(store, err);
    if (status == CORD_OK) {
        status = make_folders(store, err);
    }
    if (status == CORD_OK) {
        status = read_key(store, NULL);
        if (status == CORD_E_NOENT) {
            status = make_key(store, err);
        } else if (status != CORD_OK) {
            status = cord_error_set(err, status, "%s cannot be used", key_name(store));
        }
    }
    if (status == CORD_OK) {
        status = draw_identity(store, err);
    }
    cord_buf_init(&text, STORE_BYTES_MAX);
    cord_store_identity_put(&store->identity, &text);
    cord_buf_put(&text, store->options.origin);
    if (status == CORD_OK) {
        status = text.failed ? CORD_E_NOMEM : begin_chain(store, cord_buf_str(&text), err);
    }
    cord_buf_clear(&text);
    cord_store_identity_file(&store->identity, &text);
    if (status == CORD_OK) {
        /* With this file it is a store. */
        status = text.failed ? CORD_E_NOMEM
                             : cord_files_save(store->files, store->dir, ".", "STORE",
                                               cord_buf_str(&text), err);
    }
    cord_buf_done(&text);
    cord_signing_free(store->key); /* read again, as in any store */
    store->key = NULL;
    return status;
}

/* --- room for saying that something was deleted --- */

cord_status cord_store_reserve(struct cord_store *store)
{
    struct cord_buf zeroes;
    uint64_t bytes = 0;
    if (cord_files_size(store->dir, "reserve", &bytes, NULL) == CORD_OK && bytes == RESERVE_BYTES) {
        return CORD_OK;
    }
    cord_buf_init(&zeroes, RESERVE_BYTES);
    char *at = cord_buf_reserve(&zeroes, RESERVE_BYTES);
    cord_status status = at ? CORD_OK : CORD_E_NOMEM;
    if (at) {
        memset(at, 0, RESERVE_BYTES);
        zeroes.len = RESERVE_BYTES;
        status =
            cord_files_save(store->files, store->dir, ".", "reserve", cord_buf_str(&zeroes), NULL);
    }
    cord_buf_done(&zeroes);
    return status;
}

/* --- reading it --- */

static bool read_line(struct cord_store_identity *identity, cord_str key, cord_str value)
{
    cord_str time;
    if (cord_str_eq(key, CORD_STR("store"))) {
        return cord_digest_from_hex(value, identity->id, sizeof identity->id);
    }
    if (cord_str_eq(key, CORD_STR("ids"))) {
        return cord_digest_from_hex(value, identity->id_key, sizeof identity->id_key);
    }
    if (cord_str_eq(key, CORD_STR("key"))) {
        return cord_digest_from_hex(value, identity->key.bytes, sizeof identity->key.bytes);
    }
    if (cord_str_eq(key, CORD_STR("created"))) {
        return cord_str_cut(&value, ' ', &time) && cord_str_i64(time, &identity->created_ns);
    }
    return false;
}

static cord_status read_identity(cord_str text, struct cord_store_identity *identity,
                                 struct cord_error *err)
{
    cord_str line;
    size_t lines = 0;
    if (!cord_str_cut(&text, '\n', &line) || !cord_str_eq(line, cord_str_from(first_line)) ||
        !cord_str_cut(&text, '\n', &line)) {
        return cord_error_set(err, CORD_E_FORMAT, "STORE: not an evidence store");
    }
    if (!cord_str_eq(line, CORD_STR("format 1"))) {
        return cord_error_set(err, CORD_E_UNSUPPORTED, "STORE: \"%.*s\" is of another version",
                              CORD_STR_ARG(line));
    }
    while (cord_str_cut(&text, '\n', &line) && line.len > 0) {
        cord_str key;
        if (!cord_str_cut(&line, ' ', &key) || !read_line(identity, key, line)) {
            return cord_error_set(err, CORD_E_FORMAT, "STORE: a line makes no sense");
        }
        lines++;
    }
    return lines == 4 ? CORD_OK : cord_error_set(err, CORD_E_FORMAT, "STORE: not whole");
}

static cord_status load_policy(struct cord_store *store, struct cord_buf *text,
                               struct cord_error *err)
{
    const char *path = store->options.policy_path;
    cord_status status = cord_files_load(store->files, path ? AT_FDCWD : store->dir,
                                         path ? path : "policy", text, err);
    if (status == CORD_E_NOENT && !path) {
        cord_buf_clear(text);
        status = CORD_OK;
    }
    if (status == CORD_OK) {
        status = cord_policy_parse(cord_buf_str(text), &store->policy, err);
    }
    if (status != CORD_OK) {
        cord_error_context(err, "%s", path ? path : "policy");
    }
    return status == CORD_E_FORMAT ? CORD_E_UNSUPPORTED : status; /* the store is one */
}

/* Whoever only reads needs none, but to say what it would delete: cord_store_retain
 * asks for policy_fault. */
static cord_status read_policy(struct cord_store *store, struct cord_buf *text,
                               struct cord_error *err)
{
    struct cord_error fault = {""};
    cord_status status = load_policy(store, text, &fault);
    bool faulty = status == CORD_E_UNSUPPORTED || status == CORD_E_LIMIT;
    if (faulty && store->options.read_only) {
        store->policy_fault = fault;
        cord_store_note(store, "%s", fault.text);
        return cord_policy_parse(CORD_STR(""), &store->policy, err);
    }
    if (status != CORD_OK && err) {
        *err = fault;
    }
    return status;
}

static cord_status load_key(struct cord_store *store, struct cord_error *err)
{
    cord_status status = read_key(store, err);
    if (status != CORD_OK) {
        return status;
    }
    struct cord_signing_public known = cord_signing_public(store->key);
    if (memcmp(known.bytes, store->identity.key.bytes, sizeof known.bytes) != 0) {
        return cord_error_set(err, CORD_E_FORMAT, "%s is not this store's key", key_name(store));
    }
    return CORD_OK;
}

cord_status cord_store_identify(struct cord_store *store, struct cord_error *err)
{
    struct cord_buf text;
    cord_buf_init(&text, CORD_POLICY_BYTES_MAX);
    cord_status status = cord_files_load(store->files, store->dir, "STORE", &text, err);
    if (status == CORD_OK) {
        status = read_identity(cord_buf_str(&text), &store->identity, err);
    }
    if (status == CORD_OK) {
        store->id_key = cord_evidence_id_key(store->identity.id_key);
        status = read_policy(store, &text, err);
    }
    if (status == CORD_OK && !store->options.read_only) {
        status = load_key(store, err);
    }
    cord_buf_done(&text);
    return status;
}
