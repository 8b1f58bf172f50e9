/* The same split as of a double, with 127 for 1023. */
SD_INLINE uint32_t sd_split_f32(float x) {
    return sd_bits_f32(x) + 0x004afb0du;
}

/* k, by the float 2^23 + k + 127. */
SD_INLINE float sd_exponent_f32(uint32_t split) {
    return sd_from_bits_f32((split >> 23) | 0x4b000000u) - (0x1p+23f + 127.0f);
}

/* m. */
SD_INLINE float sd_significand_f32(uint32_t split) {
    return sd_from_bits_f32((split & 0x007fffffu) + 0x3f3504f3u);
}

/* k log(2) + log(1 + f) + low, by log(1 + f) = f - (f^2/2 - s (f^2/2 + w R(w))), s = f / (2 + f), w = s^2. */
SD_INLINE float sd_log_reduced_f32(float k, float f, float low) {
    float s = f / (2.0f + f);
    float w = s * s;
    float q = sd_fma_f32(0x1.31e3ccp-2f, w, 0x1.995eb2p-2f);
    q = sd_fma_f32(q, w, 0x1.55557ap-1f) * w;
    float half = 0.5f * f * f;
    low = sd_fma_f32(k, 0x1.2fefa4p-17f, low);
    float rest = sd_fma_f32(s, half + q, low) - half;
    return sd_fma_f32(k, 0x1.62e3p-1f, rest + f);
}

/* log(x) in single precision. */
SD_INLINE float sd_log_f32(float x) {
    float normal = x < 0x1p-126f ? x * 0x1p+25f : x;
    uint32_t split = sd_split_f32(normal);
    float k = sd_exponent_f32(split) - (x < 0x1p-126f ? 25.0f : 0.0f);
    float result = sd_log_reduced_f32(k, sd_significand_f32(split) - 1.0f, 0.0f);
    result = x < INFINITY ? result : x; /* a NaN, too */
    result = x < 0.0f ? NAN : result;
    return x == 0.0f ? -INFINITY : result;
}

/* log(1 + x) in single precision. */
SD_INLINE float sd_log1p_f32(float x) {
    /* u + error = 1 + x exactly */
    float u = 1.0f + x;
    float x_part = u - 1.0f;
    float error = (1.0f - (u - x_part)) + (x - x_part);
    uint32_t split = sd_split_f32(u);
    float k = sd_exponent_f32(split);
    error = error * sd_from_bits_f32(((uint32_t)254 - (split >> 23)) << 23); /* error / 2^k */
    float f = sd_significand_f32(split) - 1.0f;
    /* log(1 + f + error) to first order; where k = 0, 1 + f + error is 1 + x, and nothing was lost */
    float low = x < 0x1p+25f ? sd_fma_f32(-f, error, error) : 0.0f;
    low = k == 0.0f ? 0.0f : low;
    f = k == 0.0f ? x : f;
    float result = sd_log_reduced_f32(k, f, low);
    result = x < INFINITY ? result : x;
    result = x < -1.0f ? NAN : result;
    result = x == -1.0f ? -INFINITY : result;
    return fabsf(x) < 0x1p-25f ? x : result;
}
