#include "kit/kit.h"

#include "base/cpu.h"

static void never_gives_more_than_the_machine_has(void)
{
    enum cord_cpu_level have = cord_cpu_level_detect();
    CHECK(have < CORD_CPU_LEVELS);
    CHECK(cord_cpu_level_at_most(CORD_CPU_SCALAR) == CORD_CPU_SCALAR);
    CHECK(cord_cpu_level_at_most(CORD_CPU_AVX512) == have);
}

static void names_each_level(void)
{
    CHECK_STR(cord_str_from(cord_cpu_level_name(CORD_CPU_SCALAR)), "scalar");
    CHECK_STR(cord_str_from(cord_cpu_level_name(CORD_CPU_AVX2)), "avx2");
    CHECK_STR(cord_str_from(cord_cpu_level_name(CORD_CPU_AVX512)), "avx512");
}

KIT_MAIN(KIT_TEST(never_gives_more_than_the_machine_has), KIT_TEST(names_each_level))
