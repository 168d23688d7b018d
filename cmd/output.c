/* output.c: see output.h. */
#include "cmd/output.h"

const struct output_ops *output_by_name(cord_str name)
{
    static const struct output_ops *const all[] = {&output_table, &output_jsonl, &output_csv,
                                                   &output_html};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (cord_str_eq(name, cord_str_from(all[i]->name))) {
            return all[i];
        }
    }
    return NULL;
}

cord_str output_evidence_id(const struct cord_store *store, uint64_t sequence,
                            char buffer[CORD_STORE_ID_TEXT])
{
    return store && sequence > 0 ? cord_store_id_format(store, sequence, buffer) : CORD_STR("");
}

cord_status output_write(FILE *out, cord_str text)
{
    return text.len == 0 || fwrite(text.ptr, 1, text.len, out) == text.len ? CORD_OK : CORD_E_IO;
}
