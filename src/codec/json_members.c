/* json_members.c: members with what every processor has, and the choice of the variant. */
#include "codec/json_members_internal.h"

enum cord_json_state cord_json_members_scalar(struct cord_json_walk *w)
{
    return cord_json_members(w, cord_json_keys_equal);
}

cord_json_members_fn *cord_json_members_at_level(enum cord_cpu_level level)
{
#if CORD_CPU_X86
    if (level >= CORD_CPU_AVX2) {
        return cord_json_members_avx2;
    }
#else
    (void)level;
#endif
    return cord_json_members_scalar;
}
