/* api_actions.c: see api_actions.h. */
#include "api/api_actions.h"

#include "api/api_internal.h"
#include "base/digest.h"

#include <sys/random.h>

enum { ID_BYTES = 12, STEP = 1000 };

#define UNDO "undo/"

cord_status cord_api_actions_draw(char ret_id[CORD_API_ACTION_TEXT])
{
    unsigned char bytes[ID_BYTES];
    if (getrandom(bytes, sizeof bytes, 0) != (ssize_t)sizeof bytes) {
        return CORD_E_IO;
    }
    cord_digest_to_hex(bytes, sizeof bytes, ret_id);
    return CORD_OK;
}

cord_str cord_api_actions_key(const struct cord_api_call *call, cord_str id, size_t item)
{
    return cord_arena_printf(call->arena, UNDO "%.*s/%zu", CORD_STR_ARG(id), item);
}

struct finding {
    const struct cord_api_call *call;
    cord_str id;
    cord_str undoing; /* what keys of claims begin with that undo it */
    struct cord_api_action action;
    uint64_t last; /* the claim that was looked at last */
    bool undone;
    bool no_room;
};

static void add_item(struct finding *finding, const struct cord_claim *claim)
{
    cord_str alert = cord_claim_subject_rest(claim->subject, "triage");
    struct cord_api_action_item item = {
        .alert = cord_arena_copy(finding->call->arena, alert.ptr ? alert : CORD_STR("")),
        .claim = claim->number,
        .is_owner = cord_str_eq(cord_str_from(claim->kind->name), CORD_STR("triage.owner")),
        .said = {CORD_ALERT_NEW, CORD_ALERT_REASON_NONE, CORD_STR("")}};
    if (item.is_owner) {
        cord_str owner = cord_claim_member(claim->value, "owner");
        item.said.owner = cord_arena_copy(finding->call->arena, owner.ptr ? owner : CORD_STR(""));
    } else if (!cord_alert_status_find(cord_claim_member(claim->value, "state"),
                                       &item.said.status)) {
        return; /* of a later version */
    }
    (void)cord_alert_reason_find(cord_claim_member(claim->value, "reason"), &item.said.reason);
    if (!item.alert.ptr || !item.said.owner.ptr) {
        finding->no_room = true;
        return;
    }
    finding->action.items[finding->action.count++] = item;
}

static cord_status on_claim(void *self, const struct cord_claim *claim,
                            const struct cord_digest *hash)
{
    struct finding *finding = self;
    cord_str kind = cord_str_from(claim->kind->name);
    (void)hash;
    finding->last = claim->number;
    finding->undone = finding->undone || cord_str_starts(claim->key, finding->undoing);
    if (cord_str_starts(claim->key, CORD_STR(UNDO)) || /* to undo is not undone */
        finding->action.count == CORD_API_ACTION_MOST ||
        (!cord_str_eq(kind, CORD_STR("triage.state")) &&
         !cord_str_eq(kind, CORD_STR("triage.owner")))) {
        return CORD_OK;
    }
    cord_str action = cord_claim_member(claim->value, "action");
    if (action.ptr && cord_str_eq(action, finding->id)) {
        add_item(finding, claim);
    }
    return finding->no_room ? CORD_E_NOMEM : CORD_OK;
}

/* What the caller has said in the last ten minutes. */
static cord_status look(struct finding *finding, struct cord_record_view *view,
                        struct cord_error *err)
{
    const struct cord_api_call *call = finding->call;
    const struct cord_claim_filter filter = {.claimant = cord_str_from(call->principal.name),
                                             .known_ns = INT64_MAX};
    uint64_t after = 0;
    int64_t since_ns = call->now_ns - CORD_API_ACTION_SECONDS * CORD_SECOND_NS - 1;
    cord_status status = cord_record_view_known(view, since_ns, &after, err);
    finding->last = after;
    do {
        after = finding->last;
        const struct cord_claim_page page = {.after = after, .limit = STEP};
        status = status == CORD_OK
                     ? cord_record_view_claims(view, &filter, page, on_claim, finding, err)
                     : status;
    } while (status == CORD_OK && finding->last > after);
    return status;
}

cord_status cord_api_actions_find(const struct cord_api_call *call, cord_str id,
                                  struct cord_api_action *ret_action, struct cord_error *err)
{
    struct cord_record_view *view = NULL;
    struct finding finding = {.call = call, .id = id};
    finding.undoing = cord_arena_printf(call->arena, UNDO "%.*s/", CORD_STR_ARG(id));
    finding.action.items =
        cord_arena_zalloc(call->arena, CORD_API_ACTION_MOST, sizeof *finding.action.items);
    cord_status status = finding.undoing.ptr && finding.action.items ? CORD_OK : CORD_E_NOMEM;
    if (status == CORD_OK && id.len != CORD_API_ACTION_TEXT - 1) {
        status = CORD_E_NOENT;
    }
    if (status == CORD_OK) {
        status = cord_api_views_take(call->api->views, &view, err);
    }
    if (status == CORD_OK) {
        status = look(&finding, view, err);
    }
    cord_api_views_give(call->api->views, view);
    if (status == CORD_OK && (finding.undone || finding.action.count == 0)) {
        status = CORD_E_NOENT;
    }
    if (status == CORD_OK) {
        *ret_action = finding.action;
    }
    return status;
}
