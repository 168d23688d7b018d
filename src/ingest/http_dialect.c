/* http_dialect.c: see http_dialect_internal.h. */
#include <stdio.h>

#include "ingest/http_dialect_internal.h"

void cord_http_dialect_send(struct cord_http *http, const struct cord_http_answer *answer)
{
    struct cord_http_header headers[4];
    char retry[24];
    size_t count = 0;
    if (answer->retry_after_s > 0) {
        int len = snprintf(retry, sizeof retry, "%lld", (long long)answer->retry_after_s);
        headers[count++] =
            (struct cord_http_header){"Retry-After", {retry, len > 0 ? (size_t)len : 0}};
    }
    if (answer->elastic) {
        headers[count++] =
            (struct cord_http_header){"X-Elastic-Product", CORD_STR("Elasticsearch")};
    }
    if (answer->ask_basic) {
        headers[count++] =
            (struct cord_http_header){"WWW-Authenticate", CORD_STR("Basic realm=\"cordon\"")};
    }
    if (answer->allow) {
        headers[count++] = (struct cord_http_header){"Allow", cord_str_from(answer->allow)};
    }
    cord_http_reply(
        http, &(struct cord_http_reply){
                  .status = answer->status,
                  .content_type = answer->content_type ? answer->content_type : "application/json",
                  .body = answer->body,
                  .headers = headers,
                  .header_count = count,
                  .close = answer->close,
              });
}
