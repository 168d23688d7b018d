/* zone_file.c: see zone_file.h. */
#include "ingest/zone_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_BYTES_MAX = 512, NAME_BYTES_MAX = 64 };

/* Letters, digits and "/_+-", no slash at an end: no name leads out of the folder. */
static bool is_name(cord_str text)
{
    bool good = text.len > 0 && text.len <= NAME_BYTES_MAX && text.ptr[0] != '/' &&
                text.ptr[text.len - 1] != '/';
    for (size_t i = 0; good && i < text.len; i++) {
        char c = text.ptr[i];
        char lower = cord_str_lower_char(c);
        good = (lower >= 'a' && lower <= 'z') || cord_str_is_digit(c) ||
               cord_str_find_char(CORD_STR("/_+-"), c, 0) != SIZE_MAX;
    }
    return good;
}

static cord_status read_all(int fd, char *into, size_t size, size_t *ret_len)
{
    size_t len = 0;
    while (len < size) {
        ssize_t got = read(fd, into + len, size - len);
        if (got == 0) {
            break;
        }
        if (got < 0 && errno != EINTR) {
            return CORD_E_IO;
        }
        len += got > 0 ? (size_t)got : 0;
    }
    *ret_len = len;
    return CORD_OK;
}

cord_status cord_zone_file_read(const char *dir, cord_str name, struct cord_zone **ret_zone,
                                struct cord_error *err)
{
    char path[PATH_BYTES_MAX];
    cord_status status = cord_zone_fixed(name, ret_zone);
    if (status != CORD_E_NOENT) {
        return status;
    }
    int len = snprintf(path, sizeof path, "%s/%.*s", dir, CORD_STR_ARG(name));
    if (!is_name(name) || len < 0 || (size_t)len >= sizeof path) {
        return cord_error_set(err, CORD_E_NOENT,
                              "is to be the name of a time zone, as Europe/Rome, or +02:00");
    }
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return cord_error_set(err, CORD_E_NOENT, "there is no time zone '%.*s' in %s",
                              CORD_STR_ARG(name), dir);
    }
    size_t bytes = 0;
    char *text = malloc(CORD_ZONE_BYTES_MAX);
    status = text ? read_all(fd, text, CORD_ZONE_BYTES_MAX, &bytes) : CORD_E_NOMEM;
    (void)close(fd);
    if (status == CORD_OK) {
        status = cord_zone_read((cord_str){text, bytes}, ret_zone, err);
    }
    free(text);
    if (status == CORD_E_IO || status == CORD_E_FORMAT) { /* a folder cannot be read */
        status = cord_error_set(err, CORD_E_NOENT, "'%.*s' in %s is no time zone",
                                CORD_STR_ARG(name), dir);
    }
    return status;
}
