// Functions of vectors of floats. Included once for each set of processor instructions.
//
// Their accuracy is measured by tests: the largest error in units in the last place stands in their documentation.

INLINE floats at(const float *from) {
  floats vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

INLINE void put(floats vector, float *to) { __builtin_memcpy(to, &vector, sizeof vector); }

// A difference from zero keeps the sign of a zero.
INLINE floats splat(float x) { return x - (floats){0}; }

INLINE floats blend(words condition, floats yes, floats no) {
  return (floats)((condition & (words)yes) | (~condition & (words)no));
}

INLINE floats larger(floats a, floats b) { return blend((words)(a > b), a, b); }
INLINE floats smaller(floats a, floats b) { return blend((words)(a < b), a, b); }
INLINE floats truth(words condition) { return (floats)(condition & (words)splat(1)); }
INLINE floats magnitude(floats x) { return (floats)((words)x & 0x7FFFFFFF); }
INLINE floats signed_like(floats x, floats sign) {
  return (floats)((words)magnitude(x) | ((words)sign & 0x80000000));
}

// 2^n p for whole n from −252 to 254 in two factors, so that results at either end of the range come out right.
INLINE floats scaled(floats p, words n) {
  words half = (words)((integers)n >> 1);
  return p * (floats)((half + 127) << 23) * (floats)((n - half + 127) << 23);
}

// eˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2.
INLINE floats exponential(floats x) {
  // A comparison with a NaN does not hold, so that it stays.
  x = blend((words)(x < -104), splat(-104), x);
  x = blend((words)(x > 89), splat(89), x);
  // Adding 1.5 · 2²³ leaves the nearest whole number in the last bits.
  floats shifted = x * 1.44269504088896341f + 12582912.0f;
  words n = (words)shifted - (words)splat(12582912.0f);
  floats whole = shifted - 12582912.0f;
  floats r = x - whole * 0.693145751953125f;
  r = r - whole * 1.42860682030941723e-6f;
  floats p = splat(1.9875691500e-4f);
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1;
  return scaled(p, n);
}

// Cephes' logf: ln(m) for a mantissa between √½ and √2, and the exponent times ln 2.
INLINE floats logarithm(floats x) {
  words tiny = (words)(x < 1.17549435e-38f);
  floats big = blend(tiny, x * 8388608.0f, x);
  words bits = (words)big;
  integers exponent = (integers)(bits >> 23) - 126 - (integers)(tiny & 23);
  floats m = (floats)((bits & 0x007FFFFF) | 0x3F000000);
  words low = (words)(m < 0.707106781186547524f);
  exponent += (integers)low;  // −1 where it holds
  m = m + (floats)(low & (words)m) - 1;
  floats e = __builtin_convertvector(exponent, floats);
  floats z = m * m;
  floats p = splat(7.0376836292e-2f);
  p = p * m - 1.1514610310e-1f;
  p = p * m + 1.1676998740e-1f;
  p = p * m - 1.2420140846e-1f;
  p = p * m + 1.4249322787e-1f;
  p = p * m - 1.6668057665e-1f;
  p = p * m + 2.0000714765e-1f;
  p = p * m - 2.4999993993e-1f;
  p = p * m + 3.3333331174e-1f;
  p = p * m * z + e * -2.12194440e-4f - 0.5f * z;
  floats result = m + p + e * 0.693359375f;
  result = blend((words)(x == 0), splat(-__builtin_inff()), result);
  result = blend((words)(x < 0), splat(__builtin_nanf("")), result);
  return blend((words)(x == __builtin_inff()) | (words)(x != x), x, result);
}

// ln(1 + x): what rounding took from 1 + x is made up for by the factor x / ((1 + x) − 1).
INLINE floats logarithm_of_more(floats x) {
  floats w = 1 + x;
  floats result = logarithm(w) * (x / (w - 1));
  result = blend((words)(w == 1), x, result);
  return blend((words)(x == __builtin_inff()), x, result);
}

// eˣ − 1: the same with ln(eˣ).
INLINE floats exponential_less_one(floats x) {
  floats u = exponential(x);
  floats result = (u - 1) * (x / logarithm(u));
  result = blend((words)(u == 1), x, result);
  result = blend((words)(u - 1 == -1), splat(-1), result);
  return blend((words)(u == __builtin_inff()) | (words)(x != x), u, result);
}

INLINE floats logistic(floats x) { return 1 / (1 + exponential(-x)); }

// Cephes' tanhf: a polynomial near zero, 1 − 2 / (e²ˣ + 1) elsewhere.
INLINE floats hyperbolic_tangent(floats x) {
  floats a = magnitude(x);
  floats s = x * x;
  floats p = splat(-5.70498872745e-3f);
  p = p * s + 2.06390887954e-2f;
  p = p * s - 5.37397155531e-2f;
  p = p * s + 1.33314422036e-1f;
  p = p * s - 3.33332819422e-1f;
  floats near = p * s * x + x;
  floats far = 1 - 2 / (exponential(a + a) + 1);
  return blend((words)(a < 0.625f), near, signed_like(far, x));
}

// A rational approximation, which is 1 to the last bit from 4 on.
INLINE floats error_function(floats argument) {
  floats x = blend((words)(argument > 4), splat(4), argument);
  x = blend((words)(x < -4), splat(-4), x);
  floats s = x * x;
  floats p = splat(-2.72614225801306e-10f);
  p = p * s + 2.77068142495902e-08f;
  p = p * s - 2.10102402082508e-06f;
  p = p * s - 5.69250639462346e-05f;
  p = p * s - 7.34990630326855e-04f;
  p = p * s - 2.95459980854025e-03f;
  p = p * s - 1.60960333262415e-02f;
  floats q = splat(-1.45660718464996e-05f);
  q = q * s - 2.13374055278905e-04f;
  q = q * s - 1.68282697438203e-03f;
  q = q * s - 7.37332916720468e-03f;
  q = q * s - 1.42647390514189e-02f;
  return x * p / q;
}
