/* spread_sign.c: see spread_sign.h. */
#include "triage/spread_sign.h"

#include "base/cidr.h"
#include "base/timestamp.h"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* --- addresses --- */

static bool in_ranges(cord_str text, const char *const *ranges, size_t count)
{
    uint8_t address[16];
    if (!cord_cidr_address(text, address)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        uint8_t range[16];
        uint8_t bits = 0;
        bool host_bits = false;
        if (cord_cidr_parse(cord_str_from(ranges[i]), range, &bits, &host_bits) &&
            cord_cidr_holds(range, bits, address)) {
            return true;
        }
    }
    return false;
}

bool cord_spread_sign_global(cord_str address)
{
    /* RFC 6890: what is reached from one network only. */
    static const char *const local[] = {"10.0.0.0/8",    "172.16.0.0/12", "192.168.0.0/16",
                                        "100.64.0.0/10", "127.0.0.0/8",   "169.254.0.0/16",
                                        "::1/128",       "fc00::/7",      "fe80::/10"};
    uint8_t bytes[16];
    return cord_cidr_address(address, bytes) && !in_ranges(address, local, COUNT(local));
}

bool cord_spread_sign_address(cord_str text)
{
    static const char *const many[] = {"0.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128",
                                       "ff00::/8"};
    uint8_t bytes[16];
    return cord_cidr_address(text, bytes) && !in_ranges(text, many, COUNT(many));
}

static cord_str address_or_none(cord_str text)
{
    return text.len <= CORD_SPREAD_NAME_MAX && cord_spread_sign_address(text) ? text : CORD_STR("");
}

/* Of a machine's names the one that logs may also give in full; an address stays one. */
static struct cord_spread_name machine(cord_str host, cord_str address)
{
    struct cord_spread_name name = {.host = CORD_STR(""), .address = address_or_none(address)};
    if (host.len == 0 || host.len > CORD_SPREAD_NAME_MAX) {
        return name;
    }
    uint8_t bytes[16];
    if (cord_cidr_address(host, bytes)) {
        name.address = name.address.len > 0 ? name.address : address_or_none(host);
    } else {
        name.host = host;
    }
    return name;
}

static bool named(const struct cord_spread_name *name)
{
    return name->host.len + name->address.len > 0;
}

/* --- tags --- */

struct roles {
    bool attempt, effect, inferred, reply, scan, host;
    cord_str own, attack; /* techniques: by cordon.spread-t1210; the first of attack.* */
};

/* "t1210", "t1021.002", in either case. */
static bool is_technique(cord_str text)
{
    if (text.len != 5 && text.len != 9) {
        return false;
    }
    for (size_t i = 1; i < text.len; i++) {
        if (i == 5 ? text.ptr[i] != '.' : !cord_str_is_digit(text.ptr[i])) {
            return false;
        }
    }
    return cord_str_lower_char(text.ptr[0]) == 't';
}

static void take_own(struct roles *roles, cord_str word)
{
    const struct {
        const char *name;
        bool *flag;
    } words[] = {{"attempt", &roles->attempt},   {"effect", &roles->effect},
                 {"inferred", &roles->inferred}, {"reply", &roles->reply},
                 {"scan", &roles->scan},         {"host", &roles->host}};
    for (size_t i = 0; i < COUNT(words); i++) {
        if (cord_str_eq_fold(word, cord_str_from(words[i].name))) {
            *words[i].flag = true;
        }
    }
    if (roles->own.len == 0 && is_technique(word)) {
        roles->own = word;
    }
}

static struct roles read_roles(const struct cord_sighting *sighting)
{
    struct roles roles = {0};
    const cord_str own = CORD_STR("cordon.spread-"), attack = CORD_STR("attack.");
    for (size_t i = 0; i < sighting->tag_count; i++) {
        cord_str tag = sighting->tags[i];
        if (cord_str_starts_fold(tag, own)) {
            take_own(&roles, cord_str_from_byte(tag, own.len));
        } else if (cord_str_starts_fold(tag, attack) && roles.attack.len == 0 &&
                   is_technique(cord_str_from_byte(tag, attack.len))) {
            roles.attack = cord_str_from_byte(tag, attack.len);
        }
    }
    return roles;
}

static bool put_technique(const struct roles *roles, struct cord_spread_sign *sign)
{
    cord_str technique = roles->own.len > 0 ? roles->own : roles->attack;
    for (size_t i = 0; i < technique.len; i++) {
        sign->technique[i] = technique.ptr[i];
    }
    sign->technique[0] = 'T';
    sign->technique[technique.len] = '\0';
    return technique.len > 0;
}

/* --- machines --- */

/* A correlation calls its groups by aliases of its own. */
static cord_str either(cord_str address, const struct cord_sighting *sighting, const char *alias)
{
    return address.len > 0 ? address : cord_sighting_field(sighting, cord_str_from(alias));
}

static void put_ends(const struct cord_sighting *sighting, const struct roles *roles,
                     struct cord_spread_sign *sign)
{
    cord_str from = either(cord_sighting_source_address(sighting), sighting, "source");
    cord_str to = either(cord_sighting_target_address(sighting), sighting, "target");
    sign->source = machine(CORD_STR(""), roles->reply ? to : from);
    sign->target = machine(CORD_STR(""), roles->reply ? from : to);
}

static bool put_machines(const struct cord_sighting *sighting, const struct roles *roles,
                         struct cord_spread_sign *sign)
{
    struct cord_spread_name *source = &sign->source, *target = &sign->target;
    switch (sign->kind) {
    case CORD_SPREAD_ATTEMPT:
        put_ends(sighting, roles, sign);
        return named(source) && named(target);
    case CORD_SPREAD_EFFECT:
        put_ends(sighting, roles, sign);
        return named(target);
    case CORD_SPREAD_SCAN:
        put_ends(sighting, roles, sign);
        if (!named(source)) {
            *source = machine(sighting->host, CORD_STR(""));
        }
        *target = (struct cord_spread_name){CORD_STR(""), CORD_STR("")};
        return named(source);
    case CORD_SPREAD_HOST:
    case CORD_SPREAD_SEEN:
        *target = machine(sighting->host, CORD_STR(""));
        if (!named(target)) {
            *target = machine(CORD_STR(""), cord_sighting_source_address(sighting));
        }
        return named(target);
    }
    return false;
}

bool cord_spread_sign_read(const struct cord_sighting *sighting, struct cord_spread_sign *ret_sign)
{
    struct roles roles = read_roles(sighting);
    /* A window's first event is when it began, which is what an order is made of. */
    struct cord_spread_sign sign = {.time_ns = sighting->first_ns};
    if (sign.time_ns == CORD_TIME_NONE) {
        sign.time_ns = sighting->time_ns;
    }
    if (roles.effect) {
        sign.kind = CORD_SPREAD_EFFECT;
        sign.inferred = roles.inferred;
    } else if (roles.attempt) {
        sign.kind = CORD_SPREAD_ATTEMPT;
    } else if (roles.scan) {
        sign.kind = CORD_SPREAD_SCAN;
    } else if (roles.host) {
        sign.kind = CORD_SPREAD_HOST;
    } else if (sighting->level >= CORD_LEVEL_HIGH) {
        sign.kind = CORD_SPREAD_SEEN;
    } else {
        return false;
    }
    if (!put_technique(&roles, &sign) || !put_machines(sighting, &roles, &sign)) {
        return false;
    }
    *ret_sign = sign;
    return true;
}
