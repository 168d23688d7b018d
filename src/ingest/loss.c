/* loss.c: see loss.h. */
#include "ingest/loss.h"

#include <stddef.h>

static const struct word {
    const char *name;
    const char *help;
} words[CORD_LOSS_COUNT] = {
    [CORD_LOSS_MALFORMED] = {"malformed", "not what the protocol or format says"},
    [CORD_LOSS_OVERSIZE] = {"oversize", "longer than a record may be"},
    [CORD_LOSS_ENCODING] = {"encoding", "its packing is broken, unknown, or unpacks to too much"},
    [CORD_LOSS_EMPTY] = {"empty", "nothing in it"},
    [CORD_LOSS_FIELDS] = {"fields", "more fields, or deeper, than an event may have"},
    [CORD_LOSS_UNKNOWN] = {"unknown", "from nobody registered"},
    [CORD_LOSS_FORBIDDEN] = {"forbidden", "claims an organisation or source that is not its own"},
    [CORD_LOSS_POISON] = {"poison", "ended the program twice: in quarantine"},
    [CORD_LOSS_PRIVACY] = {"privacy", "patient identifiers in it could not be found for sure"},
    [CORD_LOSS_RATE] = {"rate", "more a second than its source may send"},
    [CORD_LOSS_REPEAT] = {"repeat", "shed under overload: judged, and nothing in it was new"},
    [CORD_LOSS_OVERLOAD] = {"overload", "shed under overload, unjudged"},
    [CORD_LOSS_KERNEL] = {"kernel", "dropped by the kernel before it was seen"},
};

const char *cord_loss_name(enum cord_loss_reason reason)
{
    return (size_t)reason < CORD_LOSS_COUNT ? words[reason].name : "other";
}

const char *cord_loss_help(enum cord_loss_reason reason)
{
    return (size_t)reason < CORD_LOSS_COUNT ? words[reason].help : "for another reason";
}
