/*
 * class_derive.c: values that follow from others.
 *
 * Sigma's User, TargetObject, Initiated, Hashes and c-uri are one text each;
 * some sources have them in parts. Done for the classes whose rules read them,
 * and never where the event has the value already.
 */
#include "codec/json.h"
#include "normalise/class_internal.h"

enum part {
    PART_NONE,
    PART_SUBJECT_DOMAIN,
    PART_SUBJECT_USER,
    PART_USER_DOMAIN,
    PART_USER_NAME,
    PART_USER, /* what is there need not be made */
    PART_OBJECT,
    PART_OBJECT_VALUE,
    PART_TARGET_OBJECT,
    PART_DIRECTION,
    PART_INITIATED,
    PART_MD5,
    PART_SHA1,
    PART_SHA256,
    PART_IMPHASH,
    PART_HASHES,
    PART_APPLICATION,
    PART_EVENT_SERVICE,
    PART_HOST,
    PART_PATH,
    PART_URL,
    PART_URL_EXTENSION,
    PART_URL_QUERY,
    PART_QUERY,
    PART_IMAGE_FILE,
    PART_PARENT_NAME,
    PART_RECORD,
    PART_PARAMETER_NAME,
    PART_PARAMETER_VALUE,
    PART_COUNT,
};

static const struct {
    const char *name;
    enum part part;
} parts[] = {
    {"SubjectDomainName", PART_SUBJECT_DOMAIN},
    {"subjectDomainName", PART_SUBJECT_DOMAIN},
    {"SubjectUserName", PART_SUBJECT_USER},
    {"subjectUserName", PART_SUBJECT_USER},
    {"user.domain", PART_USER_DOMAIN},
    {"user.name", PART_USER_NAME},
    {"User", PART_USER},
    {"user", PART_USER},
    {"ObjectName", PART_OBJECT},
    {"objectName", PART_OBJECT},
    {"ObjectValueName", PART_OBJECT_VALUE},
    {"objectValueName", PART_OBJECT_VALUE},
    {"TargetObject", PART_TARGET_OBJECT},
    {"Direction", PART_DIRECTION},
    {"direction", PART_DIRECTION},
    {"Initiated", PART_INITIATED},
    {"process.hash.md5", PART_MD5},
    {"file.hash.md5", PART_MD5},
    {"dll.hash.md5", PART_MD5},
    {"process.hash.sha1", PART_SHA1},
    {"file.hash.sha1", PART_SHA1},
    {"dll.hash.sha1", PART_SHA1},
    {"process.hash.sha256", PART_SHA256},
    {"file.hash.sha256", PART_SHA256},
    {"dll.hash.sha256", PART_SHA256},
    {"process.pe.imphash", PART_IMPHASH},
    {"file.pe.imphash", PART_IMPHASH},
    {"dll.pe.imphash", PART_IMPHASH},
    {"Hashes", PART_HASHES},
    {"hashes", PART_HASHES},
    {"id.applicationName", PART_APPLICATION},
    {"event.provider", PART_APPLICATION},
    {"eventService", PART_EVENT_SERVICE},
    {"protoPayload.serviceName", PART_EVENT_SERVICE},
    {"host", PART_HOST},
    {"http.hostname", PART_HOST},
    {"uri", PART_PATH},
    {"http.url", PART_PATH},
    {"cs-uri-stem", PART_PATH},
    {"cs-uri-path", PART_PATH},
    {"url.path", PART_PATH},
    {"cs-host", PART_HOST},
    {"url.domain", PART_HOST},
    {"c-uri", PART_URL},
    {"cs-uri", PART_URL},
    {"url.full", PART_URL},
    {"url.original", PART_URL},
    {"c-uri-extension", PART_URL_EXTENSION},
    {"url.extension", PART_URL_EXTENSION},
    {"cs-uri-extension", PART_URL_EXTENSION},
    {"c-uri-query", PART_URL_QUERY},
    {"cs-uri-query", PART_URL_QUERY},
    {"url.query", PART_URL_QUERY},
    {"properties.log", PART_RECORD},
    {"query", PART_QUERY},
    {"ImageFileName", PART_IMAGE_FILE},
    {"event.ImageFileName", PART_IMAGE_FILE},
    {"Application", PART_IMAGE_FILE},
    {"ParentBaseFileName", PART_PARENT_NAME},
    {"event.ParentBaseFileName", PART_PARENT_NAME},
    {"query_name", PART_QUERY},
    {"domain", PART_QUERY},
    {"qname", PART_QUERY},
    {"dns.question.name", PART_QUERY},
    {"events.parameters.name", PART_PARAMETER_NAME},
    {"events.parameters.value", PART_PARAMETER_VALUE},
    {"events.parameters.boolValue", PART_PARAMETER_VALUE},
};

uint8_t cord_class_derive_part(cord_str name)
{
    for (size_t at = 0; at < sizeof(parts) / sizeof(parts[0]); at++) {
        if (cord_str_eq(name, cord_str_from(parts[at].name))) {
            return (uint8_t)parts[at].part;
        }
    }
    return PART_NONE;
}

#define MADE_MAX        4u
#define RECORD_MAX      1024u      /* values of a record within a record */
#define RECORD_TEXT_MAX (1u << 20) /* longer ones stay text */

/* One event on its way to more values. */
struct work {
    const struct cord_value *part[PART_COUNT];
    struct cord_paths *paths;
    struct cord_arena *arena;
    const struct cord_event *event;
    const uint8_t *part_of;
    struct cord_value made[MADE_MAX];
    size_t made_count;
    struct cord_json_reader **json; /* made when first needed */
    struct cord_values record;      /* of a record within the event */
    bool failed;                    /* a value that follows found no room */
};

/* Text put together from pieces; any piece in JSON's escapes makes the whole
 * so, and then our own backslashes are written twice. */
struct text {
    char *ptr;
    size_t len;
    unsigned flags;
};

static bool text_start(struct work *work, struct text *text, size_t bytes_max, unsigned flags)
{
    text->ptr = cord_arena_bytes(work->arena, bytes_max);
    text->len = 0;
    text->flags = flags & CORD_VALUE_ESCAPED;
    work->failed = work->failed || !text->ptr;
    return text->ptr != NULL;
}

static void text_put(struct text *text, cord_str piece)
{
    if (piece.len > 0) {
        memcpy(text->ptr + text->len, piece.ptr, piece.len);
        text->len += piece.len;
    }
}

static void text_put_backslash(struct text *text)
{
    text_put(text, text->flags ? CORD_STR("\\\\") : CORD_STR("\\"));
}

static void put(struct work *work, const char *name, cord_str text, unsigned flags)
{
    uint32_t path = cord_paths_dotted(work->paths, cord_str_from(name));
    if (path == CORD_PATH_OTHER || work->made_count == MADE_MAX || text.len > UINT32_MAX) {
        work->failed = true;
        return;
    }
    work->made[work->made_count++] = (struct cord_value){
        .ptr = text.ptr,
        .len = (uint32_t)text.len,
        .path = path & 0xffffffu,
        .kind = CORD_VALUE_TEXT,
        .flags = flags & 0xfu,
    };
}

static void made(struct work *work, const char *name, const struct text *text)
{
    put(work, name, (cord_str){text->ptr, text->len}, text->flags);
}

static void make_user(struct work *work, enum part domain_part, enum part name_part)
{
    const struct cord_value *domain = work->part[domain_part], *name = work->part[name_part];
    struct text text;
    if (work->part[PART_USER] || !domain || !name ||
        !text_start(work, &text, (size_t)domain->len + name->len + 2,
                    domain->flags | name->flags)) {
        return;
    }
    text_put(&text, cord_value_str(domain));
    text_put_backslash(&text);
    text_put(&text, cord_value_str(name));
    made(work, "User", &text);
}

/* The kernel's name of a hive as Sysmon writes it. Takes it off the object. */
static cord_str hive(cord_str *object, bool escaped)
{
    static const struct {
        const char *plain, *escaped, *hive;
    } hives[] = {
        {"\\REGISTRY\\MACHINE", "\\\\REGISTRY\\\\MACHINE", "HKLM"},
        {"\\REGISTRY\\USER", "\\\\REGISTRY\\\\USER", "HKU"},
    };
    for (size_t at = 0; at < sizeof(hives) / sizeof(hives[0]); at++) {
        cord_str kernel = cord_str_from(escaped ? hives[at].escaped : hives[at].plain);
        if (cord_str_starts_fold(*object, kernel)) {
            *object = cord_str_from_byte(*object, kernel.len);
            return cord_str_from(hives[at].hive);
        }
    }
    return CORD_STR("");
}

static void make_target_object(struct work *work)
{
    const struct cord_value *object = work->part[PART_OBJECT];
    const struct cord_value *value = work->part[PART_OBJECT_VALUE];
    unsigned flags = object ? object->flags : 0;
    flags |= value ? value->flags : 0;
    struct text text;
    if (work->part[PART_TARGET_OBJECT] || !object ||
        !text_start(work, &text, (size_t)object->len + (value ? value->len : 0) + 8, flags)) {
        return;
    }
    cord_str key = cord_value_str(object);
    text_put(&text, hive(&key, (object->flags & CORD_VALUE_ESCAPED) != 0));
    text_put(&text, key);
    if (value) {
        text_put_backslash(&text);
        text_put(&text, cord_value_str(value));
    }
    made(work, "TargetObject", &text);
}

/* The kernel's "\Device\HarddiskVolume2\Windows\x.exe" is on a drive to rules.
 * Which one it does not say; rules of system folders mean the first. */
static void make_image(struct work *work)
{
    const struct cord_value *image = work->part[PART_IMAGE_FILE];
    struct text text;
    if (!image) {
        return;
    }
    bool escaped = (image->flags & CORD_VALUE_ESCAPED) != 0;
    cord_str device =
        escaped ? CORD_STR("\\\\Device\\\\HarddiskVolume") : CORD_STR("\\Device\\HarddiskVolume");
    cord_str rest = cord_value_str(image);
    if (!cord_str_starts_fold(rest, device) || !text_start(work, &text, rest.len, image->flags)) {
        return;
    }
    rest = cord_str_from_byte(rest, device.len);
    while (rest.len > 0 && cord_str_is_digit(rest.ptr[0])) {
        rest = cord_str_from_byte(rest, 1);
    }
    text_put(&text, CORD_STR("C:"));
    text_put(&text, rest);
    made(work, "Image", &text);
}

/* Of the parent an agent has only the file's name; rules tell parents apart by
 * the end of a path ("\\services.exe"). */
static void make_parent(struct work *work)
{
    const struct cord_value *name = work->part[PART_PARENT_NAME];
    struct text text;
    if (name && cord_str_find_char(cord_value_str(name), '\\', 0) == SIZE_MAX &&
        text_start(work, &text, (size_t)name->len + 2, name->flags)) {
        text_put_backslash(&text);
        text_put(&text, cord_value_str(name));
        made(work, "ParentImage", &text);
    }
}

static void make_initiated(struct work *work)
{
    const struct cord_value *direction = work->part[PART_DIRECTION];
    struct text text;
    if (work->part[PART_INITIATED] || !direction || !text_start(work, &text, 8, 0)) {
        return;
    }
    cord_str said = cord_value_str(direction);
    if (cord_str_eq(said, CORD_STR("%%14593")) || cord_str_eq_fold(said, CORD_STR("Outbound"))) {
        text_put(&text, CORD_STR("true"));
    } else if (cord_str_eq(said, CORD_STR("%%14592")) ||
               cord_str_eq_fold(said, CORD_STR("Inbound"))) {
        text_put(&text, CORD_STR("false"));
    } else {
        return;
    }
    made(work, "Initiated", &text);
}

/* "MD5=...,SHA256=...", as Sysmon has it and the rules look for. */
static void make_hashes(struct work *work)
{
    static const struct {
        enum part part;
        const char *label;
    } kinds[] = {
        {PART_SHA1, "SHA1="},
        {PART_MD5, "MD5="},
        {PART_SHA256, "SHA256="},
        {PART_IMPHASH, "IMPHASH="},
    };
    size_t bytes = 0;
    unsigned flags = 0;
    for (size_t at = 0; at < sizeof(kinds) / sizeof(kinds[0]); at++) {
        const struct cord_value *value = work->part[kinds[at].part];
        bytes += value ? (size_t)value->len + 9 : 0;
        flags |= value ? value->flags : 0;
    }
    struct text text;
    if (work->part[PART_HASHES] || bytes == 0 || !text_start(work, &text, bytes, flags)) {
        return;
    }
    for (size_t at = 0; at < sizeof(kinds) / sizeof(kinds[0]); at++) {
        const struct cord_value *value = work->part[kinds[at].part];
        if (value) {
            text_put(&text, text.len > 0 ? CORD_STR(",") : CORD_STR(""));
            text_put(&text, cord_str_from(kinds[at].label));
            text_put(&text, cord_value_str(value));
        }
    }
    made(work, "Hashes", &text);
}

/* "admin" is admin.googleapis.com in the audit log, and in the rules. */
static void make_event_service(struct work *work)
{
    const struct cord_value *application = work->part[PART_APPLICATION];
    cord_str domain = CORD_STR(".googleapis.com");
    struct text text;
    if (work->part[PART_EVENT_SERVICE] || !application ||
        !text_start(work, &text, (size_t)application->len + domain.len, application->flags)) {
        return;
    }
    text_put(&text, cord_value_str(application));
    text_put(&text, domain);
    made(work, "eventService", &text);
}

/* The reports list what was set as pairs: {"name":"NEW_VALUE","value":"false"}. */
static void make_parameters(struct work *work)
{
    static const struct {
        const char *parameter, *name;
    } known[] = {{"NEW_VALUE", "new_value"}, {"SETTING_NAME", "setting_name"}};
    const char *name = NULL;
    for (uint32_t at = 0; at < work->event->value_count; at++) {
        const struct cord_value *value = &work->event->values[at];
        uint8_t part = work->part_of[value->path & (CORD_PATHS_MAX - 1)];
        if (part == PART_PARAMETER_VALUE && name && work->made_count < MADE_MAX) {
            put(work, name, cord_value_str(value), value->flags & CORD_VALUE_ESCAPED);
        }
        name = part == PART_PARAMETER_VALUE || part == PART_PARAMETER_NAME ? NULL : name;
        for (size_t i = 0; part == PART_PARAMETER_NAME && i < sizeof known / sizeof known[0]; i++) {
            name = cord_str_eq(cord_value_str(value), cord_str_from(known[i].parameter))
                       ? known[i].name
                       : name;
        }
    }
}

/* The text of a record as JSON, as it was before it became a string; the reader
 * looks a little beyond its end. */
static cord_str record_text(struct work *work, const struct cord_value *whole)
{
    char *text = cord_arena_zalloc(work->arena, (size_t)whole->len + CORD_JSON_PADDING, 1);
    if (!text) {
        return (cord_str){NULL, 0};
    }
    size_t len = whole->len;
    if (whole->flags & CORD_VALUE_ESCAPED) {
        len = cord_json_unescape(cord_value_str(whole), text);
    } else {
        memcpy(text, whole->ptr, len);
    }
    return (cord_str){text, len};
}

/* A service that hands on another's events has each as one text. */
static void make_record(struct work *work)
{
    const struct cord_value *whole = work->part[PART_RECORD];
    struct cord_error err;
    if (!whole || whole->ptr[0] != '{' || whole->len > RECORD_TEXT_MAX) {
        return;
    }
    if (!*work->json) {
        *work->json = cord_json_reader_new(cord_cpu_level_detect());
    }
    cord_str text = record_text(work, whole);
    work->record.items = cord_arena_zalloc(work->arena, RECORD_MAX, sizeof(*work->record.items));
    if (!*work->json || !text.ptr || !work->record.items) {
        work->failed = true;
        return;
    }
    work->record.max = RECORD_MAX;
    cord_status status =
        cord_json_flatten(*work->json, text, work->paths, CORD_PATH_ROOT, &work->record, &err);
    work->failed = work->failed || status == CORD_E_LIMIT;
}

/* "api.example.test." is the same name as without the dot, which no rule has. */
static void make_query(struct work *work)
{
    const struct cord_value *query = work->part[PART_QUERY];
    if (query && query->len > 1 && query->ptr[query->len - 1] == '.') {
        put(work, "query", (cord_str){query->ptr, query->len - 1},
            query->flags & CORD_VALUE_ESCAPED);
    }
}

static void make_url(struct work *work)
{
    const struct cord_value *host = work->part[PART_HOST], *path = work->part[PART_PATH];
    struct text text;
    if (work->part[PART_URL] || !host || !path || (path->ptr[0] != '/' && path->ptr[0] != '\\') ||
        !text_start(work, &text, (size_t)host->len + path->len + 7, host->flags | path->flags)) {
        return;
    }
    text_put(&text, CORD_STR("http://"));
    text_put(&text, cord_value_str(host));
    text_put(&text, cord_value_str(path));
    made(work, "c-uri", &text);
}

/* In the log of a web server, a proxy or the wire "host" is whom was asked for, no machine. */
static void drop_host(const struct work *work, struct cord_event *event)
{
    uint16_t *host = &event->role[CORD_ROLE_HOST];
    if (*host != CORD_VALUE_NONE && work->part[PART_HOST] == &event->values[*host]) {
        *host = CORD_VALUE_NONE;
    }
}

/* A slice of a value needs no copy. */
static void make_slice(struct work *work, const char *name, const struct cord_value *of,
                       size_t from, size_t to)
{
    put(work, name, (cord_str){of->ptr + from, to - from}, of->flags & CORD_VALUE_ESCAPED);
}

/* The file extension and the query of a request. */
static void make_url_parts(struct work *work)
{
    const struct cord_value *whole =
        work->part[PART_PATH] ? work->part[PART_PATH] : work->part[PART_URL];
    if (!whole) {
        return;
    }
    cord_str text = cord_value_str(whole);
    size_t query = cord_str_find_char(text, '?', 0);
    size_t end = query < text.len ? query : text.len;
    size_t dot = end;
    for (size_t at = end; at > 0 && text.ptr[at - 1] != '/'; at--) {
        if (text.ptr[at - 1] == '.') {
            dot = at;
            break;
        }
    }
    if (dot < end && !work->part[PART_URL_EXTENSION]) {
        make_slice(work, "c-uri-extension", whole, dot, end);
    }
    if (query < text.len && query + 1 < text.len && !work->part[PART_URL_QUERY]) {
        make_slice(work, "c-uri-query", whole, query + 1, text.len);
    }
}

static void make(enum cord_class_derive derive, struct work *work)
{
    switch (derive) {
    case CORD_CLASS_DERIVE_4688:
        make_user(work, PART_SUBJECT_DOMAIN, PART_SUBJECT_USER);
        break;
    case CORD_CLASS_DERIVE_4657:
        make_target_object(work);
        make_user(work, PART_SUBJECT_DOMAIN, PART_SUBJECT_USER);
        break;
    case CORD_CLASS_DERIVE_5156:
        make_initiated(work);
        make_image(work);
        break;
    case CORD_CLASS_DERIVE_IMAGE:
        make_image(work);
        make_parent(work);
        break;
    case CORD_CLASS_DERIVE_ECS_HOST:
        make_user(work, PART_USER_DOMAIN, PART_USER_NAME);
        make_hashes(work);
        break;
    case CORD_CLASS_DERIVE_WORKSPACE:
        make_event_service(work);
        make_parameters(work);
        break;
    case CORD_CLASS_DERIVE_RECORD:
        make_record(work);
        break;
    case CORD_CLASS_DERIVE_QUERY:
        make_query(work);
        break;
    case CORD_CLASS_DERIVE_URL:
        make_url(work);
        make_url_parts(work);
        break;
    case CORD_CLASS_DERIVE_NOTHING:
        break;
    }
}

static void append(struct work *work, struct cord_event *event)
{
    size_t count = event->value_count + work->made_count + work->record.count;
    struct cord_value *values =
        count < CORD_VALUE_NONE ? cord_arena_zalloc(work->arena, count, sizeof(*values)) : NULL;
    if (!values) {
        work->failed = true;
        return;
    }
    if (event->value_count > 0) {
        memcpy(values, event->values, event->value_count * sizeof(*values));
    }
    memcpy(values + event->value_count, work->made, work->made_count * sizeof(*values));
    if (work->record.count > 0) {
        memcpy(values + event->value_count + work->made_count, work->record.items,
               work->record.count * sizeof(*values));
    }
    event->values = values;
    event->derived_count = (uint32_t)count - event->value_count;
    event->value_count = (uint32_t)count;
}

bool cord_class_derive_run(enum cord_class_derive derive, struct cord_paths *paths,
                           const uint8_t *part_of, struct cord_json_reader **json,
                           struct cord_batch *batch, struct cord_event *event)
{
    struct work work = {
        .paths = paths, .arena = batch->arena, .event = event, .part_of = part_of, .json = json};
    for (uint32_t at = 0; at < event->value_count; at++) {
        const struct cord_value *value = &event->values[at];
        uint8_t part = part_of[value->path & (CORD_PATHS_MAX - 1)];
        bool there =
            value->kind != CORD_VALUE_NULL && value->kind != CORD_VALUE_EMPTY && value->len > 0;
        if (part != PART_NONE && there && !work.part[part]) {
            work.part[part] = value;
        }
    }
    make(derive, &work);
    if (derive == CORD_CLASS_DERIVE_URL) {
        drop_host(&work, event);
    }
    if (work.made_count + work.record.count > 0) {
        append(&work, event);
    }
    return !work.failed;
}
