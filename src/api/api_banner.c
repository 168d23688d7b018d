/* api_banner.c: see api_banner.h. */
#include "api/api_banner.h"

#include <pthread.h>
#include <stdlib.h>

struct cord_api_banner {
    pthread_mutex_t lock;
    struct cord_api_banner_texts texts;
};

struct cord_api_banner *cord_api_banner_new(const struct cord_api_banner_texts *texts)
{
    struct cord_api_banner *banner = calloc(1, sizeof *banner);
    if (banner && pthread_mutex_init(&banner->lock, NULL) != 0) {
        free(banner);
        return NULL;
    }
    if (banner) {
        banner->texts = *texts;
    }
    return banner;
}

void cord_api_banner_free(struct cord_api_banner *banner)
{
    if (banner) {
        (void)pthread_mutex_destroy(&banner->lock);
        free(banner);
    }
}

void cord_api_banner_set(struct cord_api_banner *banner, const struct cord_api_banner_texts *texts)
{
    (void)pthread_mutex_lock(&banner->lock);
    banner->texts = *texts;
    (void)pthread_mutex_unlock(&banner->lock);
}

void cord_api_banner_get(struct cord_api_banner *banner, struct cord_api_banner_texts *ret_texts)
{
    (void)pthread_mutex_lock(&banner->lock);
    *ret_texts = banner->texts;
    (void)pthread_mutex_unlock(&banner->lock);
}
