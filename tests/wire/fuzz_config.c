/* fuzz_config.c: any text is a configuration, or a refusal that says where. */
#include "wire/config.h"

#include <assert.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct cord_config *config = NULL;
    struct cord_error err = {""};
    cord_status status =
        cord_config_parse("fuzz.yaml", (cord_str){(const char *)data, size}, &config, &err);
    assert((status == CORD_OK) == (config != NULL));
    assert(status == CORD_OK || status == CORD_E_NOMEM || strstr(err.text, "fuzz.yaml"));
    if (config) {
        assert(config->listener_count + config->file_count > 0 && config->sources);
        for (size_t i = 0; i < config->listener_count; i++) {
            const struct cord_config_listener *listener = &config->listeners[i];
            assert(listener->name.len > 0 && listener->address.len > 0);
            assert((listener->certificate.len > 0) == (listener->key.len > 0));
            assert(listener->crl.len == 0 || listener->client_ca.len > 0);
        }
    }
    cord_config_free(config);
    return 0;
}
