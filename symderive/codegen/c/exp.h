/* (exp(r) - 1 - r - r^2/2) / r^3 for |r| <= log(2)/2: minimax, 2^-60 of expm1(r). */
SD_INLINE double sd_exp_tail_f64(double r) {
    double q = 0x1.1f92d36643013p-29;
    q = sd_fma_f64(q, r, 0x1.af5e9b0ac5122p-26);
    q = sd_fma_f64(q, r, 0x1.27e4c7b7bd438p-22);
    q = sd_fma_f64(q, r, 0x1.71ddf86c5b904p-19);
    q = sd_fma_f64(q, r, 0x1.a01a01af69b3ap-16);
    q = sd_fma_f64(q, r, 0x1.a01a01afd92f4p-13);
    q = sd_fma_f64(q, r, 0x1.6c16c16c14a71p-10);
    q = sd_fma_f64(q, r, 0x1.111111110f6d5p-7);
    q = sd_fma_f64(q, r, 0x1.5555555555559p-5);
    return sd_fma_f64(q, r, 0x1.5555555555559p-3);
}

/* exp(d + delta) for d <= 710 and |delta| <= ulp(d), as from a sum d + delta that was split exactly.
   Any delta that is too large for that is ignored: it is the NaN or infinity that comes with an infinite d. */
SD_INLINE double sd_exp_sum_below_f64(double d, double delta) {
    double low = fabs(delta) < 0x1p-42 ? delta : 0.0;
    double x = d < -746.0 ? -746.0 : d;
    /* x = n log(2) + r: adding 1.5 * 2^52 rounds to the integer n, and leaves n + 2046 in the lowest bits */
    double shifted = sd_fma_f64(x, 0x1.71547652b82fep+0, 0x1.8p+52 + 2046.0);
    double n = shifted - (0x1.8p+52 + 2046.0);
    double x_high = sd_fma_f64(n, -0x1.62e42fefa38p-1, x); /* exact: this constant has 42 bits */
    low = sd_fma_f64(n, -0x1.ef35793c7673p-45, low);
    double r = x_high + low;
    low = low - (r - x_high);
    /* 1 + r + r^2/2 with its rounding errors, and the rest, which is at most 0.007 */
    double square = r * r;
    double half = 0.5 * square;
    double first = 1.0 + r;
    double second = first + half;
    double errors = (r - (first - 1.0)) + (half - (second - first));
    errors = sd_fma_f64(low, first, errors + 0.5 * sd_product_error_f64(r, r, square));
    double result = second + sd_fma_f64(r * square, sd_exp_tail_f64(r), errors);
    /* times 2^n in two factors: each is normal, and a subnormal result is rounded once more at most */
    uint64_t exponent = sd_bits_f64(shifted) << 52;
    uint64_t half_exponent = (sd_bits_f64(shifted) << 51) & 0x7ff0000000000000u;
    return result * sd_from_bits_f64(half_exponent) * sd_from_bits_f64(exponent - half_exponent);
}

/* The same for any d. */
SD_INLINE double sd_exp_sum_f64(double d, double delta) {
    double result = sd_exp_sum_below_f64(d, delta);
    return d > 710.0 ? (double)INFINITY : result;
}

/* exp(x) for x <= 710, 0.52 ulp. */
SD_INLINE double sd_exp_below_f64(double x) {
    return sd_exp_sum_below_f64(x, 0.0);
}

/* exp(x), 0.52 ulp. */
SD_INLINE double sd_exp_f64(double x) {
    return sd_exp_sum_f64(x, 0.0);
}

/* exp(x) to 2^-34 of itself for x <= 709.4; 0 below -708.7. */
SD_INLINE double sd_exp_below_f64w(double d) {
    double x = d < -709.0 ? -709.0 : d;
    /* n + 1023 in the lowest bits: the exponent bits of 2^n, with 0 for n = -1023 */
    double shifted = sd_fma_f64(x, 0x1.71547652b82fep+0, 0x1.8p+52 + 1023.0);
    double n = shifted - (0x1.8p+52 + 1023.0);
    double r = sd_fma_f64(n, -0x1.62e42fefa39efp-1, x);
    double p = 0x1.9f089a6ffa3b3p-13;
    p = sd_fma_f64(p, r, 0x1.6d8d21f7251d7p-10);
    p = sd_fma_f64(p, r, 0x1.111270d4ec02ep-7);
    p = sd_fma_f64(p, r, 0x1.55548da7d9c3ep-5);
    p = sd_fma_f64(p, r, 0x1.555554430b745p-3);
    p = sd_fma_f64(p, r, 0x1.0000003a2fe81p-1);
    p = sd_fma_f64(p, r, 1.0);
    p = sd_fma_f64(p, r, 1.0);
    return p * sd_from_bits_f64(sd_bits_f64(shifted) << 52);
}

/* exp(x) to 2^-34 of itself: enough for one rounding to float. 0 below -708.7 and infinity above 709.4. */
SD_INLINE double sd_exp_f64w(double d) {
    double p = sd_exp_below_f64w(d);
    return d > 709.4 ? (double)INFINITY : p;
}

/* exp(x) in single precision for x <= 89. */
SD_INLINE float sd_exp_below_f32(float d) {
    float x = d < -104.0f ? -104.0f : d;
    float shifted = sd_fma_f32(x, 0x1.715476p+0f, 0x1.8p+23f + 254.0f);
    float n = shifted - (0x1.8p+23f + 254.0f);
    float r = sd_fma_f32(n, -0x1.62e3p-1f, x);
    r = sd_fma_f32(n, -0x1.2fefa4p-17f, r);
    float p = 0x1.6d9938p-10f;
    p = sd_fma_f32(p, r, 0x1.122812p-7f);
    p = sd_fma_f32(p, r, 0x1.555486p-5f);
    p = sd_fma_f32(p, r, 0x1.5554b0p-3f);
    p = sd_fma_f32(p, r, 0x1.000000p-1f);
    p = 1.0f + sd_fma_f32(r * r, p, r);
    uint32_t exponent = sd_bits_f32(shifted) << 23;
    uint32_t half_exponent = (sd_bits_f32(shifted) << 22) & 0x7f800000u;
    return p * sd_from_bits_f32(half_exponent) * sd_from_bits_f32(exponent - half_exponent);
}

/* exp(x) in single precision. */
SD_INLINE float sd_exp_f32(float d) {
    float p = sd_exp_below_f32(d);
    return d > 89.0f ? INFINITY : p;
}
