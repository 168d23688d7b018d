/*
 * api_call_match.c: what is replaced is named by its ETag (RFC 9110, section 13.1.1).
 *
 * Who replaces something has read it, and says which state by If-Match: if it has changed
 * since, nothing is done, and nobody undoes by oversight what another did. The state is what a
 * GET of the same path answers now. Those who replace take turns, so that nothing comes between
 * the look and the change.
 */
#include "api/api_internal.h"

#include "base/digest.h"

#include <stdio.h>

enum { TAG_BYTES = 16 };

bool cord_api_call_make_tag(cord_str body, char ret_tag[CORD_API_TAG_TEXT])
{
    struct cord_digest digest;
    char hex[CORD_DIGEST_TEXT];
    if (cord_digest_of(body, &digest) != CORD_OK) {
        return false;
    }
    (void)cord_digest_format(&digest, hex);
    (void)snprintf(ret_tag, CORD_API_TAG_TEXT, "\"%.*s\"", 2 * TAG_BYTES, hex);
    return true;
}

static bool is_tag(cord_str one, cord_str tag)
{
    const cord_str squeezed = CORD_STR("-gz\"");
    if (one.len == tag.len + squeezed.len - 1 && cord_str_ends(one, squeezed)) {
        return cord_str_eq(cord_str_slice(one, 0, tag.len - 1),
                           cord_str_slice(tag, 0, tag.len - 1));
    }
    return cord_str_eq(one, tag) || cord_str_eq(one, CORD_STR("*"));
}

bool cord_api_call_names_tag(cord_str list, cord_str tag, bool weak)
{
    cord_str rest = list;
    cord_str one;
    while (cord_str_cut(&rest, ',', &one)) {
        one = cord_str_trim(one);
        if (weak && cord_str_starts(one, CORD_STR("W/"))) {
            one = cord_str_from_byte(one, 2);
        }
        if (is_tag(one, tag)) {
            return true;
        }
    }
    return false;
}

/* As who may read it is answered now. False: it is not there, and the problem is set. */
static bool read_state(struct cord_api_call *call, char ret_tag[CORD_API_TAG_TEXT])
{
    const struct cord_api_route *route = call->route;
    struct cord_api_target target;
    if (cord_api_route_find(CORD_HTTP_GET, call->path, &target) != CORD_API_MATCH_FOUND) {
        cord_api_call_missing(call);
        return false;
    }
    call->route = target.route;
    call->status = target.route->status;
    target.route->answer(call);
    call->route = route;
    if (call->status != target.route->status) {
        return false;
    }
    if (call->out.failed || !cord_api_call_make_tag(cord_buf_str(&call->out), ret_tag)) {
        cord_api_call_failed(call, CORD_E_NOMEM, &(struct cord_error){""});
        return false;
    }
    cord_buf_clear(&call->out);
    call->status = route->status;
    return true;
}

void cord_api_call_replace(struct cord_api_call *call)
{
    char tag[CORD_API_TAG_TEXT];
    if (call->if_match.len == 0) {
        cord_api_call_problem(call, 428, "name what is replaced: If-Match with its ETag");
        return;
    }
    (void)pthread_mutex_lock(&call->api->replacing);
    if (read_state(call, tag)) {
        if (cord_api_call_names_tag(call->if_match, cord_str_from(tag), false)) {
            call->route->answer(call);
        } else {
            cord_api_call_problem(call, 412, "it has changed since it was read: read it again");
        }
    }
    (void)pthread_mutex_unlock(&call->api->replacing);
}
