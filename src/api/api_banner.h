/*
 * api_banner.h: what stands over every page and export: who runs the service, and how what it shows
 * is marked.
 *
 * The operator says both in the configuration, and may say others while the server runs. Any
 * thread.
 */
#ifndef CORD_API_API_BANNER_H
#define CORD_API_API_BANNER_H

#include "base/error.h"

#define CORD_API_BANNER_BYTES_MAX 96

struct cord_api_banner;

struct cord_api_banner_texts {
    char service[CORD_API_BANNER_BYTES_MAX + 1]; /* UTF-8; "": it has no name of its own */
    char marking[CORD_API_BANNER_BYTES_MAX + 1]; /* printable ASCII; "": none */
};

/* NULL when out of memory. */
struct cord_api_banner *cord_api_banner_new(const struct cord_api_banner_texts *texts);
void cord_api_banner_free(struct cord_api_banner *banner);

void cord_api_banner_set(struct cord_api_banner *banner, const struct cord_api_banner_texts *texts);
void cord_api_banner_get(struct cord_api_banner *banner, struct cord_api_banner_texts *ret_texts);

#endif
