/* kit_spread.c: see kit_spread.h. */
#include "kit/kit_spread.h"

#include "kit/kit.h"

const char *const kit_spread_attempt[] = {"attack.t1210", "cordon.spread-attempt", NULL};
const char *const kit_spread_effect[] = {"attack.t1210", "cordon.spread-effect", NULL};
const char *const kit_spread_reply[] = {"attack.t1210", "cordon.spread-effect",
                                        "cordon.spread-reply", NULL};
const char *const kit_spread_inferred[] = {"attack.t1210", "cordon.spread-effect",
                                           "cordon.spread-inferred", NULL};
const char *const kit_spread_scan[] = {"attack.t1018", "cordon.spread-scan", "cordon.spread-t1210",
                                       NULL};
const char *const kit_spread_host[] = {"attack.t1486", "cordon.spread-host", "cordon.spread-t1210",
                                       NULL};
const char *const kit_spread_seen[] = {"attack.execution", "attack.t1059.001", NULL};

void kit_spread_init(struct kit_spread *kit)
{
    *kit = (struct kit_spread){0};
    cord_spread_defaults(&kit->options);
    kit->options.id_key = (struct cord_evidence_id_key){{1, 2}};
    CHECK(cord_spread_new(&kit->options, &kit->spread, NULL) == CORD_OK);
}

cord_status kit_spread_feed(struct kit_spread *kit, const char *organisation,
                            const char *const *tags, const char *from, const char *to,
                            int64_t minute)
{
    cord_str list[8];
    size_t count = 0, field_count = 0;
    struct cord_sighting_field fields[2];
    int64_t time_ns = KIT_SPREAD_START + minute * KIT_SPREAD_MINUTE;
    for (; tags[count]; count++) {
        CHECK(count < sizeof list / sizeof *list);
        list[count] = cord_str_from(tags[count]);
    }
    if (from) {
        fields[field_count++] =
            (struct cord_sighting_field){CORD_STR("src_ip"), cord_str_from(from)};
    }
    if (to) {
        fields[field_count++] =
            (struct cord_sighting_field){CORD_STR("dest_ip"), cord_str_from(to)};
    }
    bool host = tags == kit_spread_host || tags == kit_spread_seen;
    const struct cord_sighting sighting = {
        .number = ++kit->number,
        .known_ns = kit->known_ns ? kit->known_ns : time_ns,
        .time_ns = time_ns,
        .first_ns = time_ns,
        .organisation = cord_str_from(organisation),
        .rule = CORD_STR("r"),
        .title = CORD_STR("A worm"),
        .level = CORD_LEVEL_HIGH,
        .tags = list,
        .tag_count = count,
        .host = host ? cord_str_from(to) : CORD_STR(""),
        .evidence = CORD_STR("K7QM-2F9A-XHP3"),
        .events = 1,
        .fields = fields,
        .field_count = host ? 0 : field_count,
    };
    return cord_spread_feed(kit->spread, &sighting);
}

void kit_spread_done(struct kit_spread *kit)
{
    cord_spread_free(kit->spread);
    kit->spread = NULL;
}
