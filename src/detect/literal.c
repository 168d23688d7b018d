/* literal.c: see literal.h. */
#include "detect/literal.h"

#include <math.h>
#include <stdlib.h>

#include "base/hash.h"
#include "detect/literal_gram_internal.h"
#include "detect/literal_internal.h"

enum {
    BUCKETS = 8,
    WINDOWS_MAX = 6, /* places considered for each literal: the rarest ones */
    LENGTHS_MAX = 64,
    FEW = 64,       /* literals for which coarser tables will do */
    MANY = 300,     /* literals that the filter is too coarse for */
    BITS_EACH = 32, /* for a literal: few pass by chance, and the table stays close */
};

/* Literals by how many bytes their table entry looks at. */
enum size_class { SIZE_SHORT, SIZE_FOUR, SIZE_EIGHT, SIZE_CLASSES };

/* One literal under the hash of the bytes at its window. */
struct item {
    uint32_t hash; /* 0: free */
    uint32_t text;
    uint32_t offset; /* of the window in the text */
};

struct cord_literal_set {
    struct cord_literal_filter filter;
    cord_literal_next *next;           /* NULL: nothing goes by the filter */
    struct cord_literal_grams grams;   /* instead of it for SIZE_FOUR and SIZE_EIGHT, when many */
    cord_literal_gram_next *gram_next; /* NULL: all go by the filter */
    bool some[SIZE_CLASSES];
    const cord_str *texts;
    uint64_t seed;
    uint8_t class_buckets[SIZE_CLASSES];
    bool short_lengths[4]; /* of SIZE_SHORT: 1, 2, 3 */
    struct item *items;    /* open addressing */
    uint32_t item_mask;
    uint64_t *bits; /* a bit for each hash in items */
    uint32_t bit_mask;
};

/* What Windows and Linux logs are full of: the odds are counted on it. */
static const char typical_text[] =
    "c:\\windows\\system32\\windowspowershell\\v1.0\\powershell.exe -noprofile -noninteractive "
    "-executionpolicy bypass -command c:\\windows\\system32\\cmd.exe /c c:\\program files\\common "
    "files\\microsoft shared\\clicktorun\\officeclicktorun.exe c:\\program files (x86)\\google"
    "\\update\\googleupdate.exe /ua /installsource scheduler "
    "c:\\users\\administrator\\appdata\\local"
    "\\temp\\ c:\\users\\public\\desktop c:\\windows\\system32\\svchost.exe -k netsvcs -p -s "
    "schedule c:\\windows\\syswow64\\ntdll.dll c:\\windows\\explorer.exe c:\\windows\\system32\\"
    "rundll32.exe hklm\\software\\microsoft\\windows\\currentversion\\run hkcu\\software\\classes "
    "hklm\\system\\currentcontrolset\\services\\ nt authority\\system workgroup\\desktop-a1b2c3d$ "
    "microsoft corporation microsoft windows operating system 10.0.19041.1 (winbuild.160101.0800) "
    "sha1=0123456789abcdef0123456789abcdef01234567,md5=89abcdef0123456789abcdef01234567,"
    "sha256=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef,imphash="
    "fedcba9876543210fedcba9876543210 {a1b2c3d4-0000-1111-2222-333344445555} 2020-09-21 "
    "22:34:54.123 "
    "s-1-5-18 0x3e7 0x1410 system high medium microsoft-windows-sysmon/operational security true "
    "\\device\\harddiskvolume3\\windows\\system32\\lsass.exe \\registry\\machine\\ get-childitem "
    "$env: new-object system.net write-host function param( [string] return if ($ -eq ) { } "
    "http://www.example.com/index.html https:// get post mozilla/5.0 (windows nt 10.0; win64; x64) "
    "applewebkit/537.36 10.0.0.5 192.168.1.10 127.0.0.1 443 /usr/bin/ /bin/sh -c /etc/passwd "
    "/var/log/ root sudo user accepted password for from port ssh2 session opened service started "
    "c:\\windows\\system32\\ntdll.dll+9d4f4|c:\\windows\\system32\\kernelbase.dll+2c13e|c:\\windows"
    "\\system32\\rpcrt4.dll+77de3|c:\\windows\\system32\\kernel32.dll+17974|unknown("
    "00007ffa2b3c4d51) "
    "hklm\\software\\microsoft\\windows nt\\currentversion\\winlogon "
    "hku\\s-1-5-21-1363495622-3806888128"
    "-621328882-1104_classes\\local "
    "settings\\software\\microsoft\\windows\\currentversion\\explorer "
    "hklm\\system\\currentcontrolset\\control\\session manager\\environment\\start dword "
    "(0x00000004) "
    "parameterbinding(foreach-object): name=\"inputobject\"; value=\"1\" "
    "parameterbinding(foreach-object): name=\"inputobject\"; value=\"2\" "
    "parameterbinding(foreach-object): name=\"inputobject\"; value=\"3\" "
    "parameterbinding(get-item): name=\"inputobject\"; value=\"4\" "
    "parameterbinding(where-object): name=\"filterscript\"; value=\"system.object\" "
    "commandinvocation(foreach-object): \"foreach-object\" commandinvocation(out-string): "
    "host application = powershell -nop -sta -w 1 -enc host version = 5.1 host id = "
    "engine version = runspace id = pipeline id = command name = command type = "
    "script name = command path = sequence number = "
    "user = connected user = shell id = microsoft.powershell severity = informational "
    "c:\\users\\administrator\\appdata\\roaming\\microsoft\\windows\\start menu\\programs\\ "
    "c:\\programdata\\"
    "microsoft\\windows defender\\platform c:\\windows\\winsxs\\amd64_microsoft-windows c:\\windows"
    "\\assembly\\nativeimages_v4.0.30319_64\\system.management.automation.ni.dll c:\\program "
    "files\\"
    "security account manager object key file advapi seprivilege kerberos ntlm negotiate %%1538 "
    "0x1000 ";

static uint32_t gram_slot(uint32_t gram)
{
    return (gram * 2654435761u) >> 20;
}

static uint32_t load32(const char *p)
{
    uint32_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

static uint64_t load64(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return word;
}

void cord_literal_odds_typical(struct cord_literal_odds *ret_odds)
{
    size_t len = sizeof typical_text - 1;
    float share = 0.9f / (float)len;
    for (size_t i = 0; i < 128; i++) {
        ret_odds->bytes[i] = 0.1f / 128;
    }
    for (size_t i = 0; i < CORD_LITERAL_GRAMS; i++) {
        ret_odds->grams[i] = 0;
    }
    for (size_t i = 0; i < len; i++) {
        ret_odds->bytes[typical_text[i] & 127] += share;
    }
    for (size_t i = 0; i + 4 <= len; i++) {
        ret_odds->grams[gram_slot(load32(typical_text + i))] += share;
    }
}

static float byte_odds(const struct cord_literal_odds *odds, char c)
{
    return odds->bytes[(unsigned char)c & 127];
}

/* Of four bytes, or fewer at the end of a short literal. */
static float window_odds(const struct cord_literal_odds *odds, const char *p, size_t len)
{
    float product = 1;
    for (size_t i = 0; i < len && i < CORD_LITERAL_POSITIONS; i++) {
        product *= byte_odds(odds, p[i]);
    }
    if (len >= 4) {
        float seen = odds->grams[gram_slot(load32(p))];
        product = seen > product ? seen : product;
    }
    return product;
}

float cord_literal_odds_of(const struct cord_literal_odds *odds, cord_str literal)
{
    float best = window_odds(odds, literal.ptr, literal.len);
    for (size_t i = 1; i + 4 <= literal.len; i++) {
        float here = window_odds(odds, literal.ptr + i, 4);
        best = here < best ? here : best;
    }
    return best;
}

static enum size_class class_of(size_t len)
{
    return len >= 8 ? SIZE_EIGHT : len >= 4 ? SIZE_FOUR : SIZE_SHORT;
}

static size_t window_bytes(enum size_class class, size_t len)
{
    return class == SIZE_EIGHT ? 8 : class == SIZE_FOUR ? 4 : len;
}

static uint32_t hash_window(uint64_t seed, uint64_t word, size_t bytes)
{
    uint64_t hash = (word ^ seed ^ bytes << 60) * 0x9fb21c651e98df25ULL;
    return (uint32_t)((hash ^ hash >> 29) * 0x9fb21c651e98df25ULL >> 32) | 1u;
}

struct bucket {
    bool has[CORD_LITERAL_POSITIONS][128];
    float odds[CORD_LITERAL_POSITIONS]; /* of the bytes it has */
};

struct builder {
    struct cord_literal_set *set;
    const struct cord_literal_odds *odds;
    struct bucket buckets[BUCKETS];
    uint32_t class_counts[SIZE_CLASSES];
    unsigned class_first[SIZE_CLASSES + 1]; /* buckets of each class */
    uint32_t users[CORD_LITERAL_GRAMS];     /* by hash: literals that go by this group */
};

static float bucket_rate(const float odds[CORD_LITERAL_POSITIONS])
{
    float rate = 1;
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        rate *= odds[i] > 1 ? 1 : odds[i];
    }
    return rate;
}

/* What adding the window would cost the bucket in passing positions. */
static float added_rate(const struct builder *builder, unsigned bucket, const char *p, size_t len)
{
    const struct bucket *into = &builder->buckets[bucket];
    float odds[CORD_LITERAL_POSITIONS];
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        bool any = i >= len;
        bool has = !any && into->has[i][(unsigned char)p[i] & 127];
        odds[i] = any ? 1 : into->odds[i] + (has ? 0 : byte_odds(builder->odds, p[i]));
    }
    return bucket_rate(odds) - bucket_rate(into->odds);
}

static void add_window(struct builder *builder, unsigned bucket, const char *p, size_t len)
{
    struct bucket *into = &builder->buckets[bucket];
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        for (size_t c = 0; i >= len && c < 128; c++) {
            into->has[i][c] = true;
            into->odds[i] = 1;
        }
        if (i < len && !into->has[i][(unsigned char)p[i] & 127]) {
            into->has[i][(unsigned char)p[i] & 127] = true;
            into->odds[i] += byte_odds(builder->odds, p[i]);
        }
    }
}

/* Every class gets a bucket if it has literals; the rest go by their number. */
static void share_buckets(struct builder *builder)
{
    unsigned given[SIZE_CLASSES] = {0};
    unsigned left = BUCKETS;
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        given[i] = builder->class_counts[i] > 0;
        left -= given[i];
    }
    while (left > 0 && left < BUCKETS) {
        size_t neediest = SIZE_EIGHT;
        float most = 0;
        for (size_t i = 0; i < SIZE_CLASSES; i++) {
            float load = given[i] > 0 ? (float)builder->class_counts[i] / (float)given[i] : 0;
            if (load > most) {
                most = load;
                neediest = i;
            }
        }
        given[neediest]++;
        left--;
    }
    for (size_t i = 0; i < SIZE_CLASSES; i++) {
        builder->class_first[i + 1] = builder->class_first[i] + given[i];
        for (unsigned b = builder->class_first[i]; b < builder->class_first[i + 1]; b++) {
            builder->set->class_buckets[i] |= (uint8_t)(1u << b);
        }
    }
}

/* The rarest places of a literal; returns how many. */
static size_t rare_windows(const struct builder *builder, cord_str text, size_t bytes,
                           uint32_t offsets[WINDOWS_MAX], float odds[WINDOWS_MAX])
{
    size_t count = 0;
    size_t places = text.len - bytes + 1;
    places = places > LENGTHS_MAX ? LENGTHS_MAX : places;
    for (uint32_t at = 0; at < places; at++) {
        float here = window_odds(builder->odds, text.ptr + at, bytes < 4 ? bytes : 4);
        size_t to = count < WINDOWS_MAX ? count : WINDOWS_MAX - 1;
        if (count == WINDOWS_MAX && here >= odds[to]) {
            continue;
        }
        for (; to > 0 && odds[to - 1] > here; to--) {
            odds[to] = odds[to - 1];
            offsets[to] = offsets[to - 1];
        }
        odds[to] = here;
        offsets[to] = at;
        count += count < WINDOWS_MAX;
    }
    return count;
}

/* The first bytes of a literal's window; nothing behind it may be read. */
static uint64_t window_word(const char *p, size_t bytes)
{
    uint64_t word = 0;
    memcpy(&word, p, bytes);
    return word;
}

static void put_item(struct cord_literal_set *set, uint32_t hash, uint32_t text, uint32_t offset)
{
    uint32_t at = hash >> 1 & set->item_mask; /* the lowest bit is always set */
    while (set->items[at].hash != 0) {
        at = (at + 1) & set->item_mask;
    }
    set->items[at] = (struct item){hash, text, offset};
    uint32_t bit = (hash >> 7) & set->bit_mask;
    set->bits[bit / 64] |= 1ULL << (bit % 64);
}

static void place_literal(struct builder *builder, uint32_t number)
{
    struct cord_literal_set *set = builder->set;
    cord_str text = set->texts[number];
    enum size_class class = class_of(text.len);
    size_t bytes = window_bytes(class, text.len);
    uint32_t offsets[WINDOWS_MAX];
    float odds[WINDOWS_MAX];
    size_t count = rare_windows(builder, text, bytes, offsets, odds);
    unsigned best_bucket = builder->class_first[class];
    size_t best = 0;
    float best_cost = INFINITY;
    for (unsigned b = builder->class_first[class]; b < builder->class_first[class + 1]; b++) {
        for (size_t i = 0; i < count; i++) {
            /* What passes the filter and is there costs most: a look-up. */
            float cost = added_rate(builder, b, text.ptr + offsets[i], bytes) + 4 * odds[i];
            if (cost < best_cost) {
                best_cost = cost;
                best_bucket = b;
                best = i;
            }
        }
    }
    const char *window = text.ptr + offsets[best];
    add_window(builder, best_bucket, window, bytes);
    if (class == SIZE_SHORT) {
        set->short_lengths[bytes] = true;
    }
    put_item(set, hash_window(set->seed, window_word(window, bytes), bytes), number, offsets[best]);
}

/* By the rarest group of four, but rather one that few others go by: what is
 * rare in most logs may stand in every value of this field. */
static void place_by_gram(struct builder *builder, uint32_t number)
{
    const float unknown = 1e-4f;
    struct cord_literal_set *set = builder->set;
    cord_str text = set->texts[number];
    size_t bytes = window_bytes(class_of(text.len), text.len);
    size_t places = text.len - bytes + 1;
    uint32_t best = 0;
    float best_cost = INFINITY;
    for (uint32_t at = 0; at < places && at < LENGTHS_MAX; at++) {
        uint32_t users = builder->users[gram_slot(load32(text.ptr + at))];
        float odds = window_odds(builder->odds, text.ptr + at, 4);
        float cost = (odds + unknown) * (float)(1 + users);
        if (cost < best_cost) {
            best_cost = cost;
            best = at;
        }
    }
    uint32_t gram = load32(text.ptr + best);
    builder->users[gram_slot(gram)]++;
    cord_literal_gram_add(&set->grams, gram);
    put_item(set, hash_window(set->seed, window_word(text.ptr + best, bytes), bytes), number, best);
}

static void fill_position(struct builder *builder, size_t i, size_t c)
{
    struct cord_literal_filter *filter = &builder->set->filter;
    unsigned buckets = 0;
    for (unsigned b = 0; b < BUCKETS; b++) {
        buckets |= builder->buckets[b].has[i][c] ? 1u << b : 0;
    }
    filter->bytes[i][c] |= (uint8_t)buckets;
    filter->codes[i][c & 63] |= (uint8_t)buckets;
    filter->low[i][c & 15] |= (uint8_t)buckets;
    filter->low[i][16 + (c & 15)] |= (uint8_t)buckets;
    filter->high[i][c >> 4] |= (uint8_t)buckets;
    filter->high[i][16 + (c >> 4)] |= (uint8_t)buckets;
}

static void fill_filter(struct builder *builder)
{
    for (size_t i = 0; i < CORD_LITERAL_POSITIONS; i++) {
        for (size_t c = 0; c < 128; c++) {
            fill_position(builder, i, c);
        }
    }
}

static uint32_t power_of_two(uint64_t at_least)
{
    uint32_t power = 64;
    while (power < at_least && power < 1u << 30) {
        power *= 2;
    }
    return power;
}

static struct cord_literal_set *set_alloc(uint32_t count, struct cord_arena *arena)
{
    /* The tables of the filter want lines of their own. */
    char *memory = cord_arena_zalloc(arena, 1, sizeof(struct cord_literal_set) + 63);
    uint32_t items = power_of_two((uint64_t)count * 2 + 1);
    uint32_t bits = power_of_two((uint64_t)count * BITS_EACH);
    if (!memory) {
        return NULL;
    }
    struct cord_literal_set *set =
        (struct cord_literal_set *)(void *)(memory + (64 - (uintptr_t)memory % 64) % 64);
    set->item_mask = items - 1;
    set->bit_mask = bits - 1;
    set->items = cord_arena_zalloc(arena, items, sizeof *set->items);
    set->bits = cord_arena_zalloc(arena, bits / 64, sizeof *set->bits);
    return set->items && set->bits ? set : NULL;
}

static void place_all(struct builder *builder, uint32_t count)
{
    share_buckets(builder);
    for (uint32_t i = 0; i < count; i++) {
        if (builder->set->gram_next && class_of(builder->set->texts[i].len) != SIZE_SHORT) {
            place_by_gram(builder, i);
        } else {
            place_literal(builder, i);
        }
    }
    fill_filter(builder);
}

struct cord_literal_set *cord_literal_set_new(const cord_str *texts, uint32_t count,
                                              const struct cord_literal_odds *odds,
                                              enum cord_cpu_level level, uint64_t seed,
                                              struct cord_arena *arena)
{
    struct cord_literal_set *set = set_alloc(count, arena);
    struct builder *builder = calloc(1, sizeof *builder);
    if (!set || !builder || !cord_literal_gram_init(&set->grams, count, arena)) {
        free(builder);
        return NULL;
    }
    set->texts = texts;
    set->seed = seed;
    builder->set = set;
    builder->odds = odds;
    for (uint32_t i = 0; i < count; i++) {
        builder->class_counts[class_of(texts[i].len)]++;
        set->some[class_of(texts[i].len)] = true;
    }
    if (count - builder->class_counts[SIZE_SHORT] > MANY) {
        set->gram_next = cord_literal_gram_next_at_level(level);
        builder->class_counts[SIZE_FOUR] = builder->class_counts[SIZE_EIGHT] = 0;
    }
    if (!set->gram_next || set->some[SIZE_SHORT]) {
        set->next = cord_literal_next_at_level(level, count <= FEW);
    }
    place_all(builder, count);
    free(builder);
    return set;
}

/* The literals whose window, of that hash, is at byte `at`. False: the budget
 * is spent. */
static bool compare(const struct cord_literal_set *set, cord_str text, size_t at, uint32_t hash,
                    struct cord_literal_hits *hits)
{
    for (uint32_t slot = hash >> 1 & set->item_mask; set->items[slot].hash != 0;
         slot = (slot + 1) & set->item_mask) {
        const struct item *item = &set->items[slot];
        if (item->hash != hash) {
            continue;
        }
        if (hits->budget == 0) {
            return false;
        }
        hits->budget--;
        cord_str wanted = set->texts[item->text];
        if (hits->stamps[item->text] != hits->stamp && item->offset <= at &&
            wanted.len <= text.len - (at - item->offset) &&
            memcmp(text.ptr + at - item->offset, wanted.ptr, wanted.len) == 0) {
            hits->stamps[item->text] = hits->stamp;
            hits->numbers[hits->count++] = item->text;
        }
    }
    return true;
}

/* Most of what passes the filter ends at the bit. */
static inline bool look_up(const struct cord_literal_set *set, cord_str text, size_t at,
                           size_t bytes, struct cord_literal_hits *hits)
{
    uint64_t word = load64(text.ptr + at) & (UINT64_MAX >> (64 - 8 * bytes));
    uint32_t hash = hash_window(set->seed, word, bytes);
    uint32_t bit = (hash >> 7) & set->bit_mask;
    return (set->bits[bit / 64] >> (bit % 64) & 1) == 0 || compare(set, text, at, hash, hits);
}

static bool look_at(const struct cord_literal_set *set, cord_str text, size_t at, unsigned buckets,
                    struct cord_literal_hits *hits)
{
    bool within = true;
    if ((buckets & set->class_buckets[SIZE_EIGHT]) != 0) {
        within = look_up(set, text, at, 8, hits);
    }
    if ((buckets & set->class_buckets[SIZE_FOUR]) != 0) {
        within = look_up(set, text, at, 4, hits) && within;
    }
    if ((buckets & set->class_buckets[SIZE_SHORT]) != 0) {
        for (size_t bytes = 1; bytes < 4; bytes++) {
            if (set->short_lengths[bytes]) {
                within = look_up(set, text, at, bytes, hits) && within;
            }
        }
    }
    return within;
}

static bool scan_filter(const struct cord_literal_set *set, cord_str text,
                        struct cord_literal_hits *hits)
{
    uint8_t buckets[CORD_LITERAL_BLOCK];
    uint64_t mask = 0;
    for (size_t from = set->next(&set->filter, text, 0, &mask, buckets); from < text.len;
         from = set->next(&set->filter, text, from + CORD_LITERAL_BLOCK, &mask, buckets)) {
        for (; mask != 0; mask &= mask - 1) {
            unsigned at = (unsigned)__builtin_ctzll(mask);
            if (!look_at(set, text, from + at, buckets[at], hits)) {
                return false;
            }
        }
    }
    return true;
}

static bool scan_grams(const struct cord_literal_set *set, cord_str text,
                       struct cord_literal_hits *hits)
{
    uint64_t mask = 0;
    for (size_t from = set->gram_next(&set->grams, text, 0, &mask); from < text.len;
         from = set->gram_next(&set->grams, text, from + CORD_LITERAL_BLOCK, &mask)) {
        for (; mask != 0; mask &= mask - 1) {
            size_t at = from + (unsigned)__builtin_ctzll(mask);
            if ((set->some[SIZE_EIGHT] && !look_up(set, text, at, 8, hits)) ||
                (set->some[SIZE_FOUR] && !look_up(set, text, at, 4, hits))) {
                return false;
            }
        }
    }
    return true;
}

bool cord_literal_set_scan(const struct cord_literal_set *set, cord_str text,
                           struct cord_literal_hits *hits)
{
    return (!set->next || scan_filter(set, text, hits)) &&
           (!set->gram_next || scan_grams(set, text, hits));
}
