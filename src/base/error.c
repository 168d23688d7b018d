/* error.c: see error.h. */
#include "base/error.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *cord_error_name(cord_status status)
{
    switch (status) {
    case CORD_OK:
        return "ok";
    case CORD_E_MORE:
        return "more";
    case CORD_E_END:
        return "end";
    case CORD_E_FORMAT:
        return "format";
    case CORD_E_UNSUPPORTED:
        return "unsupported";
    case CORD_E_LIMIT:
        return "limit";
    case CORD_E_NOMEM:
        return "out of memory";
    case CORD_E_IO:
        return "input/output";
    case CORD_E_NOENT:
        return "not found";
    case CORD_E_BUSY:
        return "busy";
    case CORD_E_DAMAGED:
        return "damaged";
    }
    return "unknown";
}

cord_status cord_error_set(struct cord_error *err, cord_status status, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        (void)vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return status;
}

void cord_error_context(struct cord_error *err, const char *format, ...)
{
    if (!err) {
        return;
    }
    char inner[CORD_ERROR_BYTES];
    memcpy(inner, err->text, sizeof inner);

    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (len >= 0 && (size_t)len < sizeof err->text) {
        (void)snprintf(err->text + len, sizeof err->text - (size_t)len, ": %s", inner);
    }
}

cord_status cord_error_errno(struct cord_error *err, const char *format, ...)
{
    int number = errno;
    if (err) {
        /* Any thread, any locale: neither holds for strerror and its kin. */
        const char *known = strerrordesc_np(number);
        char reason[128];
        if (known) {
            (void)snprintf(reason, sizeof reason, "%s", known);
        } else {
            (void)snprintf(reason, sizeof reason, "error %d", number);
        }
        va_list args;
        va_start(args, format);
        int len = vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        if (len >= 0 && (size_t)len < sizeof err->text) {
            (void)snprintf(err->text + len, sizeof err->text - (size_t)len, ": %s", reason);
        }
    }
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return CORD_E_NOENT;
    case ENOMEM:
        return CORD_E_NOMEM;
    case ENOSPC:
    case EDQUOT:
    case EMFILE:
    case ENFILE:
        return CORD_E_LIMIT;
    default:
        return CORD_E_IO;
    }
}
