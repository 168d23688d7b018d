/* query_id.c: see query_id.h. */
#include "evidence/query_id.h"

#include "evidence/query_internal.h"

static cord_status bind_one(struct cord_query_node *node, const struct cord_evidence_id_key *key,
                            struct cord_error *err)
{
    cord_status status =
        node->op == CORD_QUERY_EQUAL
            ? cord_evidence_id_parse(key, node->text, &node->sequence, err)
            : cord_error_set(err, CORD_E_FORMAT,
                             "'id:' takes whole ids, such as id:1M4J-879M-CV57; a field of the "
                             "source with that name is '.id'");
    if (status != CORD_OK) {
        cord_error_context(err, "column %zu", node->column);
    }
    return status;
}

cord_status cord_query_id_bind(struct cord_query *query, const struct cord_evidence_id_key *key,
                               struct cord_error *err)
{
    cord_status status = CORD_OK;
    for (size_t i = 0; i < query->node_count && status == CORD_OK; i++) {
        struct cord_query_node *node = query->nodes[i];
        if (node->child_count == 0 && node->field.text.len > 0 &&
            node->field.builtin == CORD_QUERY_FIELD_ID) {
            status = bind_one(node, key, err);
        }
    }
    return status;
}
