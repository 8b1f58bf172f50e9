/* tanh(x), by E = expm1(-2 |x|) / 2 in -1/2 .. 0: tanh(|x|) = -E / (1 + E). */
SD_INLINE double sd_tanh_f64(double x) {
    double twice = -2.0 * fabs(x);
    sd_pair_f64 e = sd_half_expm1_f64(twice < -40.0 ? -40.0 : twice);
    double high = e.high + e.low;
    double low = e.low - (high - e.high);
    double divisor = 1.0 + high;
    double divisor_low = (high - (divisor - 1.0)) + low;
    double reciprocal = 1.0 / divisor;
    double quotient = high * reciprocal;
    double rest = sd_remainder_f64(high, quotient, divisor) + sd_fma_f64(-quotient, divisor_low, low);
    double result = copysign(sd_fma_f64(reciprocal, rest, quotient), x);
    return fabs(x) < 0x1p-30 ? x : result; /* keeps subnormal numbers */
}

/* tanh(x) to 2^-34 of itself: enough for one rounding to float. */
SD_INLINE double sd_tanh_f64w(double x) {
    double twice = -2.0 * fabs(x);
    double e = sd_half_expm1_f64w(twice < -40.0 ? -40.0 : twice);
    double result = copysign(e / (1.0 + e), x);
    return fabs(x) < 0x1p-30 ? x : result;
}

/* tanh(x) in single precision. */
SD_INLINE float sd_tanh_f32(float x) {
    float twice = -2.0f * fabsf(x);
    float e = sd_half_expm1_f32(twice < -20.0f ? -20.0f : twice);
    float result = copysignf(e / (1.0f + e), x);
    return fabsf(x) < 0x1p-13f ? x : result;
}
