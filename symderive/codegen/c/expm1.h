/* expm1(x) / 2 for -40 <= x <= 710 as an unevaluated sum: halved, it does not overflow before expm1 does. */
SD_INLINE sd_pair_f64 sd_half_expm1_f64(double x) {
    /* x = n log(2) + r, with n + 1022 in the lowest bits of the shifted value: the exponent bits of 2^(n-1) */
    double shifted = sd_fma_f64(x, 0x1.71547652b82fep+0, 0x1.8p+52 + 1022.0);
    double n = shifted - (0x1.8p+52 + 1022.0);
    double x_high = sd_fma_f64(n, -0x1.62e42fefa38p-1, x); /* exact: this constant has 42 bits */
    double x_low = n * -0x1.ef35793c7673p-45;
    double r = x_high + x_low;
    double low = x_low - (r - x_high);
    /* expm1(r) = high + tail */
    double square = r * r;
    double half = 0.5 * square;
    double high = r + half;
    double errors = sd_fma_f64(low, 1.0 + r, 0.5 * sd_product_error_f64(r, r, square));
    double tail = sd_fma_f64(r * square, sd_exp_tail_f64(r), (half - (high - r)) + errors);
    /* scale * expm1(r) + (scale - 1/2) with scale = 2^(n-1) */
    double scale = sd_from_bits_f64(sd_bits_f64(shifted) << 52);
    double whole = scale - 0.5;
    double minus_half = whole - scale;
    double whole_error = (scale - (whole - minus_half)) + (-0.5 - minus_half);
    double part = scale * high;
    sd_pair_f64 sum;
    sum.high = whole + part;
    sum.low = (part - (sum.high - whole)) + sd_fma_f64(scale, tail, whole_error);
    return sum;
}

/* exp(x) - 1. */
SD_INLINE double sd_expm1_f64(double x) {
    sd_pair_f64 half = sd_half_expm1_f64(x < -40.0 ? -40.0 : x);
    double result = 2.0 * (half.high + half.low);
    result = x > 710.0 ? (double)INFINITY : result;
    return fabs(x) < 0x1p-54 ? x : result; /* keeps -0 and subnormal numbers */
}

/* expm1(x) / 2 for x >= -40 to 2^-35 of itself. */
SD_INLINE double sd_half_expm1_f64w(double x) {
    double shifted = sd_fma_f64(x, 0x1.71547652b82fep+0, 0x1.8p+52 + 1022.0);
    double n = shifted - (0x1.8p+52 + 1022.0);
    double r = sd_fma_f64(n, -0x1.62e42fefa39efp-1, x);
    double p = 0x1.a175b5d2fccb2p-16;
    p = sd_fma_f64(p, r, 0x1.a17008e59cae7p-13);
    p = sd_fma_f64(p, r, 0x1.6c16388aca0f2p-10);
    p = sd_fma_f64(p, r, 0x1.1110b1b6df65fp-7);
    p = sd_fma_f64(p, r, 0x1.5555557d0faf7p-5);
    p = sd_fma_f64(p, r, 0x1.555555738d8ddp-3);
    p = sd_fma_f64(p, r, 0x1.fffffffff45bap-2);
    p = sd_fma_f64(r * r, p, r);
    double scale = sd_from_bits_f64(sd_bits_f64(shifted) << 52);
    return sd_fma_f64(scale, p, scale - 0.5);
}

/* exp(x) - 1 to 2^-34 of itself: enough for one rounding to float. */
SD_INLINE double sd_expm1_f64w(double x) {
    double result = 2.0 * sd_half_expm1_f64w(x < -40.0 ? -40.0 : x);
    result = x > 709.7 ? (double)INFINITY : result;
    return fabs(x) < 0x1p-54 ? x : result;
}

/* expm1(x) / 2 for -20 <= x <= 89 in single precision. */
SD_INLINE float sd_half_expm1_f32(float x) {
    float shifted = sd_fma_f32(x, 0x1.715476p+0f, 0x1.8p+23f + 126.0f);
    float n = shifted - (0x1.8p+23f + 126.0f);
    float r = sd_fma_f32(n, -0x1.62e3p-1f, x);
    r = sd_fma_f32(n, -0x1.2fefa4p-17f, r);
    float p = 0x1.6d9938p-10f;
    p = sd_fma_f32(p, r, 0x1.122812p-7f);
    p = sd_fma_f32(p, r, 0x1.555486p-5f);
    p = sd_fma_f32(p, r, 0x1.5554b0p-3f);
    p = sd_fma_f32(p, r, 0x1.000000p-1f);
    p = sd_fma_f32(r * r, p, r);
    float scale = sd_from_bits_f32(sd_bits_f32(shifted) << 23);
    return sd_fma_f32(scale, p, scale - 0.5f);
}

/* exp(x) - 1 in single precision. */
SD_INLINE float sd_expm1_f32(float x) {
    float result = 2.0f * sd_half_expm1_f32(x < -20.0f ? -20.0f : x);
    result = x > 89.0f ? INFINITY : result;
    return fabsf(x) < 0x1p-25f ? x : result;
}
