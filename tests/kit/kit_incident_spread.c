/* kit_incident_spread.c: see kit_incident_spread.h. */
#include "kit/kit_incident_spread.h"

#include "kit/kit.h"

void kit_incident_spread_restart(struct kit_incident_spread *desk)
{
    cord_incident_spread_free(desk->incidents);
    CHECK(cord_incident_spread_new(&desk->options, &desk->incidents, NULL) == CORD_OK);
}

void kit_incident_spread_init(struct kit_incident_spread *desk,
                              const struct cord_incident_spread_options *options)
{
    *desk = (struct kit_incident_spread){.options = *options};
    kit_incident_init(&desk->kit);
    kit_spread_init(&desk->spread);
    desk->options.spread = desk->spread.spread;
    desk->options.record = desk->kit.record;
    kit_incident_spread_restart(desk);
}

void kit_incident_spread_look(struct kit_incident_spread *desk)
{
    struct cord_error err = {""};
    if (cord_incident_spread_look(desk->incidents, desk->kit.view, desk->kit.clock.now_ns, &err) !=
        CORD_OK) {
        fail_msg("%s", err.text);
    }
    CHECK_U64(cord_incident_spread_stats(desk->incidents).refused, 0);
}

static cord_status on_incident(void *self, const struct cord_incident *incident)
{
    struct kit_incident_spread_ids *list = self;
    CHECK(list->count < KIT_INCIDENT_SPREAD_IDS);
    (void)snprintf(list->ids[list->count++], CORD_INCIDENT_ID_BYTES, "%.*s",
                   CORD_STR_ARG(incident->id));
    return CORD_OK;
}

struct kit_incident_spread_ids kit_incident_spread_list(struct kit_incident_spread *desk,
                                                        enum cord_incident_which which)
{
    struct kit_incident_spread_ids list = {.count = 0};
    const struct cord_incident_filter filter = {
        .which = which, .organisation = CORD_STR(""), .link = CORD_STR("")};
    kit_incident_ask(&desk->kit, NULL, NULL);
    CHECK(cord_incident_list(desk->kit.view, &desk->kit.request, &filter, on_incident, &list,
                             NULL) == CORD_OK);
    return list;
}

void kit_incident_spread_done(struct kit_incident_spread *desk)
{
    cord_incident_spread_free(desk->incidents);
    kit_spread_done(&desk->spread);
    kit_incident_done(&desk->kit);
}
