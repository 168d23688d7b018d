/* kit_sigma.c: see kit_sigma.h. */
#include "kit/kit_sigma.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "kit/kit.h"

static struct cord_collection *adding; /* nftw takes no argument */

static int add_rule(const char *path, const struct stat *info, int type, struct FTW *walk)
{
    (void)info;
    (void)walk;
    if (type == FTW_F && cord_str_ends(cord_str_from(path), CORD_STR(".yml"))) {
        cord_str text = kit_read_file(path);
        CHECK(cord_collection_add(adding, cord_str_from(path), text, NULL) == CORD_OK);
        free((void *)(uintptr_t)text.ptr);
    }
    return 0;
}

struct cord_collection *kit_sigma_public(void)
{
    static const char *const folders[] = {"rules", "rules-compliance", "rules-emerging-threats",
                                          "rules-placeholder", "rules-threat-hunting"};
    (void)kit_shared_path("sigma/rules"); /* skips before anything is allocated */
    struct cord_collection *collection = cord_collection_new();
    assert_non_null(collection);
    adding = collection;
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++) {
        char folder[64];
        (void)snprintf(folder, sizeof folder, "sigma/%s", folders[i]);
        CHECK(nftw(kit_shared_path(folder), add_rule, 16, FTW_PHYS) == 0);
    }
    adding = NULL;
    CHECK(cord_collection_finish(collection, NULL) == CORD_OK);
    return collection;
}
