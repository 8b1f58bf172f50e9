/* (2 atanh(s) - 2 s) / s^3 as a polynomial in w = s^2, s <= 0.1716: minimax, 2^-60 of the logarithm. */
SD_INLINE double sd_log_tail_f64(double w) {
    double q = 0x1.0f6448504ce22p-3;
    q = sd_fma_f64(q, w, 0x1.0f5ca72025612p-3);
    q = sd_fma_f64(q, w, 0x1.3b20ad0d7098cp-3);
    q = sd_fma_f64(q, w, 0x1.745cde2cf57fap-3);
    q = sd_fma_f64(q, w, 0x1.c71c725919227p-3);
    q = sd_fma_f64(q, w, 0x1.249249242b2a2p-2);
    q = sd_fma_f64(q, w, 0x1.9999999999e00p-2);
    return sd_fma_f64(q, w, 0x1.5555555555555p-1);
}

/* k log(2) + log(1 + f + f_low) for sqrt(1/2) <= 1 + f <= sqrt(2), by log(1 + f) = 2 atanh(f / (2 + f)). */
SD_INLINE double sd_log_reduced_f64(double k, double f, double f_low) {
    double divisor = 2.0 + f;
    double divisor_low = (f - (divisor - 2.0)) + f_low;
    double reciprocal = 1.0 / divisor;
    double s = f * reciprocal;
    double s_low = reciprocal * (sd_remainder_f64(f, s, divisor) + sd_fma_f64(-s, divisor_low, f_low));
    double square = s * s;
    double whole = k * 0x1.62e42fefa38p-1; /* exact: this constant has 42 bits */
    double part = 2.0 * s;
    double high = whole + part;
    double low = sd_fma_f64(k, 0x1.ef35793c7673p-45, part - (high - whole));
    low = sd_fma_f64(2.0, s_low, low);
    return high + sd_fma_f64(s * square, sd_log_tail_f64(square), low);
}

/* x = 2^k m with sqrt(1/2) <= m < sqrt(2) for a normal positive x: the bits of x, moved so that the exponent's are
   k + 1023 and the others are those of m above sqrt(1/2). */
SD_INLINE uint64_t sd_split_f64(double x) {
    return sd_bits_f64(x) + 0x00095f6200000000u;
}

/* k, by the double 2^52 + k + 1023: conversions of 64-bit integers are no vector instruction before AVX-512. */
SD_INLINE double sd_exponent_f64(uint64_t split) {
    return sd_from_bits_f64((split >> 52) | 0x4330000000000000u) - (0x1p+52 + 1023.0);
}

/* m. */
SD_INLINE double sd_significand_f64(uint64_t split) {
    return sd_from_bits_f64((split & 0x000fffffffffffffu) + 0x3fe6a09e00000000u);
}

/* log(x): -infinity at 0, NaN below. */
SD_INLINE double sd_log_f64(double x) {
    double normal = x < 0x1p-1022 ? x * 0x1p+54 : x;
    uint64_t split = sd_split_f64(normal);
    double k = sd_exponent_f64(split) - (x < 0x1p-1022 ? 54.0 : 0.0);
    double result = sd_log_reduced_f64(k, sd_significand_f64(split) - 1.0, 0.0);
    result = x < (double)INFINITY ? result : x; /* a NaN, too */
    result = x < 0.0 ? (double)NAN : result;
    return x == 0.0 ? -(double)INFINITY : result;
}

/* log(1 + x): -infinity at -1, NaN below. */
SD_INLINE double sd_log1p_f64(double x) {
    /* u + error = 1 + x exactly */
    double u = 1.0 + x;
    double x_part = u - 1.0;
    double error = (1.0 - (u - x_part)) + (x - x_part);
    uint64_t split = sd_split_f64(u);
    double reduced_error = error * sd_from_bits_f64(((uint64_t)2046 - (split >> 52)) << 52); /* error / 2^k */
    reduced_error = x < 0x1p+54 ? reduced_error : 0.0;
    double f = sd_significand_f64(split) - 1.0;
    double high = f + reduced_error;
    double result = sd_log_reduced_f64(sd_exponent_f64(split), high, reduced_error - (high - f));
    result = x < (double)INFINITY ? result : x;
    result = x < -1.0 ? (double)NAN : result;
    result = x == -1.0 ? -(double)INFINITY : result;
    return fabs(x) < 0x1p-54 ? x : result; /* keeps -0 and subnormal numbers */
}

/* k log(2) + log(1 + f) for sqrt(1/2) <= 1 + f <= sqrt(2), to 2^-36 of itself. */
SD_INLINE double sd_log_reduced_f64w(double k, double f) {
    double s = f / (2.0 + f);
    double square = s * s;
    double q = 0x1.e2f836a514f73p-3;
    q = sd_fma_f64(q, square, 0x1.2438cc002bf87p-2);
    q = sd_fma_f64(q, square, 0x1.999a7ab67532fp-2);
    q = sd_fma_f64(q, square, 0x1.555554fd860b4p-1);
    q = sd_fma_f64(q, square, 2.0);
    return sd_fma_f64(k, 0x1.62e42fefa39efp-1, s * q);
}

/* log(x) to 2^-34 of itself: enough for one rounding to float. Subnormal numbers count as 0. */
SD_INLINE double sd_log_f64w(double x) {
    uint64_t split = sd_split_f64(x);
    double result = sd_log_reduced_f64w(sd_exponent_f64(split), sd_significand_f64(split) - 1.0);
    result = x < (double)INFINITY ? result : x;
    result = x < 0.0 ? (double)NAN : result;
    return fabs(x) < 0x1p-1022 ? -(double)INFINITY : result;
}

/* log(1 + x) to 2^-34 of itself. The rounding of 1 + x counts where k = 0 alone, and there f is x. */
SD_INLINE double sd_log1p_f64w(double x) {
    uint64_t split = sd_split_f64(1.0 + x);
    double k = sd_exponent_f64(split);
    double f = k == 0.0 ? x : sd_significand_f64(split) - 1.0;
    double result = sd_log_reduced_f64w(k, f);
    result = x < (double)INFINITY ? result : x;
    result = x < -1.0 ? (double)NAN : result;
    result = x == -1.0 ? -(double)INFINITY : result;
    return fabs(x) < 0x1p-54 ? x : result;
}
