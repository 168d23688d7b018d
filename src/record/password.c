/* password.c: see password.h. */
#include "record/password.h"

#include "base/utf8.h"

#include <argon2.h>
#include <openssl/rand.h>
#include <pthread.h>
#include <stdlib.h>

enum {
    MEMORY_KIB = 65536,
    PASSES = 3,
    LANES = 1,
    AT_ONCE = 2,
    WAITING = 32,
    SALT_BYTES = 16,
    HASH_BYTES = 32,
    DECOY_BYTES = 32,
    /* What a file may ask of us at most. */
    MEMORY_KIB_MOST = 1 << 20,
    PASSES_MOST = 32,
    LANES_MOST = 8,
};

struct cost {
    uint32_t memory_kib;
    uint32_t passes;
    uint32_t lanes;
};

struct cord_password_hasher {
    struct cost cost;
    uint32_t at_once_most;
    uint32_t waiting_most;
    pthread_mutex_t lock;
    pthread_cond_t free_place;
    uint32_t at_once; /* these two are guarded by lock */
    uint32_t waiting;
    bool made; /* the lock is */
    char decoy[CORD_PASSWORD_TEXT];
};

static cord_status status_of(int code)
{
    if (code == ARGON2_OK) {
        return CORD_OK;
    }
    return code == ARGON2_MEMORY_ALLOCATION_ERROR ? CORD_E_NOMEM : CORD_E_FORMAT;
}

/* --- who may go --- */

static cord_status enter(struct cord_password_hasher *hasher)
{
    cord_status status = CORD_OK;
    (void)pthread_mutex_lock(&hasher->lock);
    if (hasher->at_once >= hasher->at_once_most && hasher->waiting >= hasher->waiting_most) {
        status = CORD_E_LIMIT;
    } else {
        hasher->waiting++;
        while (hasher->at_once >= hasher->at_once_most) {
            (void)pthread_cond_wait(&hasher->free_place, &hasher->lock);
        }
        hasher->waiting--;
        hasher->at_once++;
    }
    (void)pthread_mutex_unlock(&hasher->lock);
    return status;
}

static void leave(struct cord_password_hasher *hasher)
{
    (void)pthread_mutex_lock(&hasher->lock);
    hasher->at_once--;
    (void)pthread_cond_signal(&hasher->free_place);
    (void)pthread_mutex_unlock(&hasher->lock);
}

/* --- hashes --- */

static cord_status hash_now(const struct cost *cost, cord_str password,
                            char ret_hash[CORD_PASSWORD_TEXT])
{
    unsigned char salt[SALT_BYTES];
    if (RAND_bytes(salt, sizeof salt) != 1) {
        return CORD_E_IO;
    }
    return status_of(argon2id_hash_encoded(cost->passes, cost->memory_kib, cost->lanes,
                                           password.ptr, password.len, salt, sizeof salt,
                                           HASH_BYTES, ret_hash, CORD_PASSWORD_TEXT));
}

/* "m=65536" off the front of *rest, up to the separator. */
static bool read_number(cord_str *rest, cord_str name, char separator, uint32_t most,
                        uint32_t *ret_number)
{
    cord_str head;
    uint64_t number = 0;
    if (!cord_str_cut(rest, separator, &head) || !cord_str_starts(head, name) ||
        !cord_str_u64(cord_str_from_byte(head, name.len), &number) || number == 0 ||
        number > most) {
        return false;
    }
    *ret_number = (uint32_t)number;
    return true;
}

static bool read_cost(cord_str hash, struct cost *ret_cost)
{
    const cord_str prefix = CORD_STR("$argon2id$v=19$");
    cord_str rest = cord_str_from_byte(hash, prefix.len);
    return cord_str_starts(hash, prefix) && hash.len < CORD_PASSWORD_TEXT &&
           read_number(&rest, CORD_STR("m="), ',', MEMORY_KIB_MOST, &ret_cost->memory_kib) &&
           read_number(&rest, CORD_STR("t="), ',', PASSES_MOST, &ret_cost->passes) &&
           read_number(&rest, CORD_STR("p="), '$', LANES_MOST, &ret_cost->lanes);
}

cord_status cord_password_hash(struct cord_password_hasher *hasher, cord_str password,
                               char ret_hash[CORD_PASSWORD_TEXT])
{
    if (password.len > CORD_PASSWORD_BYTES_MAX) {
        return CORD_E_FORMAT;
    }
    cord_status status = enter(hasher);
    if (status == CORD_OK) {
        status = hash_now(&hasher->cost, password, ret_hash);
        leave(hasher);
    }
    return status;
}

cord_status cord_password_check(struct cord_password_hasher *hasher, cord_str hash,
                                cord_str password, bool *ret_right, bool *ret_renew)
{
    struct cost cost = hasher->cost;
    char text[CORD_PASSWORD_TEXT] = {0};
    bool known = hash.len > 0;
    cord_str against = known ? hash : cord_str_from(hasher->decoy);
    if (!read_cost(against, &cost)) {
        return CORD_E_FORMAT;
    }
    memcpy(text, against.ptr, against.len);
    /* What is too long is wrong, and takes no shorter time to be. */
    bool long_one = password.len > CORD_PASSWORD_BYTES_MAX;
    cord_str tried = long_one ? cord_str_slice(password, 0, CORD_PASSWORD_BYTES_MAX) : password;
    cord_status status = enter(hasher);
    if (status != CORD_OK) {
        return status;
    }
    int code = argon2id_verify(text, tried.ptr ? tried.ptr : "", tried.len);
    leave(hasher);
    if (code != ARGON2_VERIFY_MISMATCH && code != ARGON2_OK) {
        return status_of(code);
    }
    *ret_right = code == ARGON2_OK && known && !long_one;
    *ret_renew = *ret_right && memcmp(&cost, &hasher->cost, sizeof cost) != 0;
    return CORD_OK;
}

/* --- a hasher --- */

cord_status cord_password_hasher_new(const struct cord_password_options *options,
                                     struct cord_password_hasher **ret_hasher,
                                     struct cord_error *err)
{
    struct cord_password_hasher *hasher = calloc(1, sizeof *hasher);
    if (!hasher) {
        return CORD_E_NOMEM;
    }
    hasher->cost = (struct cost){
        .memory_kib = options->memory_kib > 0 ? options->memory_kib : MEMORY_KIB,
        .passes = options->passes > 0 ? options->passes : PASSES,
        .lanes = LANES,
    };
    hasher->at_once_most = options->at_once > 0 ? options->at_once : AT_ONCE;
    hasher->waiting_most = options->waiting > 0 ? options->waiting : WAITING;
    hasher->made = pthread_mutex_init(&hasher->lock, NULL) == 0;
    cord_status status = hasher->made ? CORD_OK : CORD_E_NOMEM;
    if (hasher->made && pthread_cond_init(&hasher->free_place, NULL) != 0) {
        (void)pthread_mutex_destroy(&hasher->lock);
        hasher->made = false;
        status = CORD_E_NOMEM;
    }
    /* What stands for the hash of whoever has none: of nobody's password. */
    char nobody[DECOY_BYTES];
    if (status == CORD_OK && RAND_bytes((unsigned char *)nobody, sizeof nobody) != 1) {
        status = CORD_E_IO;
    }
    if (status == CORD_OK) {
        status = hash_now(&hasher->cost, (cord_str){nobody, sizeof nobody}, hasher->decoy);
    }
    if (status != CORD_OK) {
        cord_password_hasher_free(hasher);
        return cord_error_set(err, status, "passwords cannot be hashed: %s",
                              cord_error_name(status));
    }
    *ret_hasher = hasher;
    return CORD_OK;
}

void cord_password_hasher_free(struct cord_password_hasher *hasher)
{
    if (hasher && hasher->made) {
        (void)pthread_cond_destroy(&hasher->free_place);
        (void)pthread_mutex_destroy(&hasher->lock);
    }
    free(hasher);
}

/* --- which may be somebody's --- */

static bool has_control(cord_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c < 0x20 || c == 0x7f) {
            return true;
        }
    }
    return false;
}

static bool is_one_letter(cord_str text)
{
    for (size_t i = 1; i < text.len; i++) {
        if (text.ptr[i] != text.ptr[0]) {
            return false;
        }
    }
    return true;
}

static bool holds_fold(cord_str text, cord_str part)
{
    for (size_t at = 0; part.len > 0 && at + part.len <= text.len; at++) {
        if (cord_str_starts_fold(cord_str_from_byte(text, at), part)) {
            return true;
        }
    }
    return false;
}

cord_status cord_password_acceptable(cord_str password, cord_str login, struct cord_error *err)
{
    const char *why = NULL;
    if (password.len < CORD_PASSWORD_BYTES_MIN) {
        why = "the password is too short: take at least 12 characters, a few words will do";
    } else if (password.len > CORD_PASSWORD_BYTES_MAX) {
        why = "the password is longer than 1,024 bytes";
    } else if (has_control(password) || !cord_utf8_is_valid(password)) {
        why = "the password has control characters in it, or is no UTF-8";
    } else if (is_one_letter(password)) {
        why = "the password is one character again and again";
    } else if (login.len >= 3 && holds_fold(password, login)) {
        why = "the password has the login in it";
    }
    return why ? cord_error_set(err, CORD_E_FORMAT, "%s", why) : CORD_OK;
}
