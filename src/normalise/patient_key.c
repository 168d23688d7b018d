/* patient_key.c: see patient_key.h. */
#include "normalise/patient_key.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdio.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    KEY_MODE = 0600,
    OTHERS = 077,
    KEPT_BYTES = 16, /* of the hash */
};

static cord_status check(int file, const char *path, struct cord_error *err)
{
    struct stat about;
    if (fstat(file, &about) != 0) {
        return cord_error_errno(err, "%s", path);
    }
    if (!S_ISREG(about.st_mode) || about.st_size != CORD_PATIENT_KEY_BYTES) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: is to be a file of %d bytes, the key of patients' identifiers",
                              path, CORD_PATIENT_KEY_BYTES);
    }
    if ((about.st_mode & OTHERS) != 0) {
        return cord_error_set(err, CORD_E_FORMAT,
                              "%s: others than its owner may read or write it; chmod 600", path);
    }
    return CORD_OK;
}

static cord_status take(int file, const char *path, struct cord_patient_key *ret_key,
                        struct cord_error *err)
{
    struct cord_patient_key key;
    cord_status status = check(file, path, err);
    if (status == CORD_OK) {
        ssize_t got = pread(file, key.secret, sizeof key.secret, 0);
        if (got < 0) {
            status = cord_error_errno(err, "%s", path);
        } else if (got != (ssize_t)sizeof key.secret) {
            status = cord_error_set(err, CORD_E_FORMAT, "%s: ends early", path);
        }
    }
    if (status == CORD_OK) {
        *ret_key = key;
    }
    cord_patient_key_forget(&key);
    return status;
}

static cord_status fill(int file, const char *path, struct cord_error *err)
{
    struct cord_patient_key key;
    cord_status status = CORD_OK;
    if (getrandom(key.secret, sizeof key.secret, 0) != (ssize_t)sizeof key.secret) {
        return cord_error_errno(err, "random bytes for %s", path);
    }
    if (write(file, key.secret, sizeof key.secret) != (ssize_t)sizeof key.secret ||
        fsync(file) != 0) {
        status = cord_error_errno(err, "%s", path);
    }
    cord_patient_key_forget(&key);
    return status;
}

/* The name is durable before anything is keyed: a key that is lost would make
 * all earlier ones those of strangers. */
static cord_status sync_folder(int at, const char *path, struct cord_error *err)
{
    char folder[4096] = ".";
    const char *slash = strrchr(path, '/');
    if (slash) {
        size_t len = slash == path ? 1 : (size_t)(slash - path);
        if (len >= sizeof folder) {
            return cord_error_set(err, CORD_E_LIMIT, "%s: a path too long", path);
        }
        memcpy(folder, path, len);
        folder[len] = '\0';
    }
    int dir = openat(at, folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    cord_status status = CORD_OK;
    if (dir < 0 || fsync(dir) != 0) {
        status = cord_error_errno(err, "%s", folder);
    }
    if (dir >= 0) {
        (void)close(dir); /* nothing was written through it */
    }
    return status;
}

static cord_status make(int at, const char *path, struct cord_error *err)
{
    int file = openat(at, path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, KEY_MODE);
    if (file < 0) {
        return cord_error_errno(err, "%s", path);
    }
    cord_status status = fill(file, path, err);
    if (close(file) != 0 && status == CORD_OK) {
        status = cord_error_errno(err, "%s", path);
    }
    if (status == CORD_OK) {
        status = sync_folder(at, path, err);
    }
    if (status != CORD_OK) {
        (void)unlinkat(at, path, 0); /* half a key is none; the first error is told */
    }
    return status;
}

cord_status cord_patient_key_load(int at, const char *path, struct cord_patient_key *ret_key,
                                  struct cord_error *err)
{
    int file = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 && errno == ENOENT) {
        cord_status made = make(at, path, err);
        if (made != CORD_OK) {
            return made;
        }
        file = openat(at, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (file < 0) {
        return cord_error_errno(err, "%s", path);
    }
    cord_status status = take(file, path, ret_key, err);
    (void)close(file); /* nothing was written through it */
    return status;
}

void cord_patient_key_forget(struct cord_patient_key *key)
{
    OPENSSL_cleanse(key->secret, sizeof key->secret);
}

bool cord_patient_key_write(const struct cord_patient_key *key, cord_str identifier,
                            char ret_text[CORD_PATIENT_KEY_TEXT])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    const unsigned char nothing = 0;
    const unsigned char *bytes =
        identifier.len > 0 ? (const unsigned char *)identifier.ptr : &nothing;
    if (!HMAC(EVP_sha256(), key->secret, CORD_PATIENT_KEY_BYTES, bytes, identifier.len, hash,
              &len) ||
        len < KEPT_BYTES) {
        return false;
    }
    ret_text[0] = 'p';
    ret_text[1] = 'k';
    ret_text[2] = ':';
    for (size_t i = 0; i < KEPT_BYTES; i++) {
        ret_text[3 + 2 * i] = digits[hash[i] >> 4];
        ret_text[4 + 2 * i] = digits[hash[i] & 15];
    }
    return true;
}
