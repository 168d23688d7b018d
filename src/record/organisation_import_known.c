/* organisation_import_known.c: what is recorded already, so that nothing is said twice. */
#include "record/organisation_import_internal.h"

#include "base/hash.h"
#include "base/vec.h"

struct known *cord_organisation_import_known_find(const struct cord_organisation_import *import,
                                                  cord_str code)
{
    uint32_t at = cord_map_get(&import->codes, code);
    return at == CORD_MAP_NONE ? NULL : &import->known[at];
}

cord_status cord_organisation_import_known_keep(struct cord_organisation_import *import,
                                                cord_str text, cord_str *kept)
{
    if (cord_str_eq(*kept, text)) {
        return CORD_OK;
    }
    cord_str copy = cord_arena_copy(import->kept, text);
    if (!copy.ptr) {
        return cord_arena_failure(import->kept);
    }
    *kept = copy;
    return CORD_OK;
}

struct known *cord_organisation_import_known_add(struct cord_organisation_import *import,
                                                 cord_str code)
{
    struct known *there = cord_organisation_import_known_find(import, code);
    if (there) {
        return there;
    }
    struct known *items =
        cord_vec_room(import->known, import->known_count, &import->known_cap, sizeof *items);
    if (!items) {
        return NULL;
    }
    import->known = items;
    struct known *known = &items[import->known_count];
    *known = (struct known){.code = cord_arena_copy(import->kept, code)};
    if (!known->code.ptr ||
        cord_map_put(&import->codes, known->code, (uint32_t)import->known_count) != CORD_OK) {
        return NULL;
    }
    import->known_count++;
    return known;
}

/* What stands between the parts stands in none of them. */
static cord_status ask(struct cord_organisation_import *import, enum kind kind, cord_str subject,
                       cord_str key)
{
    cord_buf_clear(&import->asked);
    cord_buf_put_char(&import->asked, (char)('a' + (int)kind));
    cord_buf_put(&import->asked, subject);
    cord_buf_put_char(&import->asked, '\x1f');
    cord_buf_put(&import->asked, key);
    return import->asked.failed ? CORD_E_NOMEM : CORD_OK;
}

cord_status cord_organisation_import_known_say(struct cord_organisation_import *import,
                                               enum kind kind, cord_str subject, cord_str key,
                                               cord_str value, bool *ret_said)
{
    uint64_t hash = cord_hash(value, import->options.seed);
    cord_status status = ask(import, kind, subject, key);
    if (status != CORD_OK) {
        return status;
    }
    uint32_t at = cord_map_get(&import->lines, cord_buf_str(&import->asked));
    if (at != CORD_MAP_NONE) {
        *ret_said = import->hashes[at] == hash;
        import->hashes[at] = hash;
        return CORD_OK;
    }
    uint64_t *items =
        cord_vec_room(import->hashes, import->hash_count, &import->hash_cap, sizeof *items);
    cord_str line = cord_arena_copy(import->kept, cord_buf_str(&import->asked));
    if (!items) {
        return CORD_E_NOMEM;
    }
    import->hashes = items;
    if (!line.ptr) {
        return cord_arena_failure(import->kept);
    }
    items[import->hash_count] = hash;
    status = cord_map_put(&import->lines, line, (uint32_t)import->hash_count);
    if (status == CORD_OK) {
        import->hash_count++;
        *ret_said = false;
    }
    return status;
}
