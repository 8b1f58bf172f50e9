/* x^y by the library: exact enough, and not vectorised. */
SD_INLINE double sd_pow_f64(double x, double y) {
    return pow(x, y);
}

/* x^y by the library. */
SD_INLINE double sd_pow_f64w(double x, double y) {
    return pow(x, y);
}

/* x^y by the library in single precision. */
SD_INLINE float sd_pow_f32(float x, float y) {
    return powf(x, y);
}
