/*
 * cpu.h: which vector instructions this machine has.
 *
 * Code that has vector variants takes a level as an argument when it is made
 * (cord_X_new(level, ...)) and keeps it: the program passes
 * cord_cpu_level_detect(), a test passes each level up to that one and
 * compares. There is no global switch. Results never depend on the level.
 *
 * A function that uses the instructions of a level carries CORD_CPU_TARGET_X
 * and is called only when the level is at least X. Any thread.
 */
#ifndef CORD_BASE_CPU_H
#define CORD_BASE_CPU_H

/* In rising order; each holds the ones before it. */
enum cord_cpu_level {
    CORD_CPU_SCALAR, /* nothing beyond what the compiler's target has anyway */
    CORD_CPU_AVX2,   /* and BMI1, BMI2, LZCNT, POPCNT, PCLMULQDQ */
    CORD_CPU_AVX512, /* F, BW, VL, DQ, VBMI, VBMI2 */
    CORD_CPU_LEVELS,
};

#if defined(__x86_64__)
#define CORD_CPU_X86         1
#define CORD_CPU_TARGET_AVX2 __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul")))
#define CORD_CPU_TARGET_AVX512                                                                     \
    __attribute__((target("avx2,bmi,bmi2,lzcnt,popcnt,pclmul,avx512f,avx512bw,avx512vl,"           \
                          "avx512dq,avx512vbmi,avx512vbmi2")))
/* Of three expressions the one that is for the level. Where there are no such instructions that is
 * always the first, and the functions in the others need not be there. */
#define CORD_CPU_PICK(level, scalar, avx2, avx512)                                                 \
    ((level) == CORD_CPU_AVX512 ? (avx512) : (level) == CORD_CPU_AVX2 ? (avx2) : (scalar))
#else
#define CORD_CPU_X86                               0
#define CORD_CPU_PICK(level, scalar, avx2, avx512) ((void)(level), (scalar))
#endif

/* The highest level that processor and kernel support. */
enum cord_cpu_level cord_cpu_level_detect(void);

/* `wanted`, or what the machine has when that is less: for tests and for an
 * option that holds the program back. */
enum cord_cpu_level cord_cpu_level_at_most(enum cord_cpu_level wanted);

/* "scalar", "avx2", "avx512". Static storage. */
const char *cord_cpu_level_name(enum cord_cpu_level level);

#endif
