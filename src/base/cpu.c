/* cpu.c: asks the processor, by the compiler's run-time library. */
#include "base/cpu.h"

#include <stdbool.h>

#if CORD_CPU_X86

/* LZCNT is not a name that every compiler's library knows; every processor
 * with AVX2 and BMI2 has it. */
static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") &&
           __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt") &&
           __builtin_cpu_supports("pclmul");
}

static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
           __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512vbmi2");
}

enum cord_cpu_level cord_cpu_level_detect(void)
{
    if (!has_avx2()) {
        return CORD_CPU_SCALAR;
    }
    return has_avx512() ? CORD_CPU_AVX512 : CORD_CPU_AVX2;
}

#else

enum cord_cpu_level cord_cpu_level_detect(void)
{
    return CORD_CPU_SCALAR;
}

#endif

enum cord_cpu_level cord_cpu_level_at_most(enum cord_cpu_level wanted)
{
    enum cord_cpu_level have = cord_cpu_level_detect();
    return wanted < have ? wanted : have;
}

const char *cord_cpu_level_name(enum cord_cpu_level level)
{
    switch (level) {
    case CORD_CPU_AVX2:
        return "avx2";
    case CORD_CPU_AVX512:
        return "avx512";
    case CORD_CPU_SCALAR:
    case CORD_CPU_LEVELS:
        break;
    }
    return "scalar";
}
