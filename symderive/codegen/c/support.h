#include <float.h>
#include <math.h>
#include <stdint.h>
#include <string.h>

/* What follows relies on every operation being rounded as written, and on infinities and NaN. */
#if defined(__FAST_MATH__)
#error "compile without -ffast-math: it reorders the sums that carry the rounding errors, and loses NaN"
#elif defined(FLT_EVAL_METHOD) && FLT_EVAL_METHOD != 0
#error "compile for arithmetic that rounds to the type, on 32-bit x86 with -msse2 -mfpmath=sse"
#endif

/* The functions are inlined into the loops that call them: only so can a compiler vectorise these loops. */
#if defined(__GNUC__)
#define SD_INLINE static inline __attribute__((always_inline, unused))
#else
#define SD_INLINE static inline
#endif

/* fma(a, b, c) is one instruction where this is 1, and a slow call of the library elsewhere. */
#if defined(SD_HAS_FMA)
#elif defined(__FMA__) || defined(__FP_FAST_FMA) || defined(__aarch64__)
#define SD_HAS_FMA 1
#else
#define SD_HAS_FMA 0
#endif

/* a * b + c, rounded once where the machine can: every use below allows two roundings, too. */
SD_INLINE double sd_fma_f64(double a, double b, double c) {
#if SD_HAS_FMA
    return fma(a, b, c);
#else
    return a * b + c;
#endif
}

/* a * b + c, rounded once where the machine can. */
SD_INLINE float sd_fma_f32(float a, float b, float c) {
#if SD_HAS_FMA
    return fmaf(a, b, c);
#else
    return a * b + c;
#endif
}

/* a * b - product for product = a * b as rounded: exact (Dekker 1971 where there is no fused instruction). */
SD_INLINE double sd_product_error_f64(double a, double b, double product) {
#if SD_HAS_FMA
    return fma(a, b, -product);
#else
    double a_split = 134217729.0 * a, b_split = 134217729.0 * b;
    double a_high = a_split - (a_split - a), b_high = b_split - (b_split - b);
    double a_low = a - a_high, b_low = b - b_high;
    return ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
#endif
}

/* a - quotient * divisor for quotient = a / divisor to a few ulp: exact. */
SD_INLINE double sd_remainder_f64(double a, double quotient, double divisor) {
#if SD_HAS_FMA
    return fma(-quotient, divisor, a);
#else
    double product = quotient * divisor;
    return (a - product) - sd_product_error_f64(quotient, divisor, product);
#endif
}

/* An unevaluated sum high + low with |low| far below |high|. */
typedef struct {
    double high, low;
} sd_pair_f64;

/* The 64 bits of a double. */
SD_INLINE uint64_t sd_bits_f64(double x) {
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The double with these 64 bits. */
SD_INLINE double sd_from_bits_f64(uint64_t bits) {
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* The 32 bits of a float. */
SD_INLINE uint32_t sd_bits_f32(float x) {
    uint32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The float with these 32 bits. */
SD_INLINE float sd_from_bits_f32(uint32_t bits) {
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
