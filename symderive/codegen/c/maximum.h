/* An integer that orders as x does, -0 below 0. The maximum of integers is vectorised by every compiler, that of
   floating-point numbers by those alone that take NaN lightly. A NaN is above infinity or below -infinity. */
SD_INLINE int32_t sd_order_f32(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT32_MAX : bits;
}

/* The number of this order. */
SD_INLINE float sd_from_order_f32(int32_t order) {
    int32_t bits = order < 0 ? order ^ INT32_MAX : order;
    float x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

/* An integer that orders as x does: see sd_order_f32. */
SD_INLINE int64_t sd_order_f64(double x) {
    int64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits < 0 ? bits ^ INT64_MAX : bits;
}

/* The number of this order. */
SD_INLINE double sd_from_order_f64(int64_t order) {
    int64_t bits = order < 0 ? order ^ INT64_MAX : order;
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}
