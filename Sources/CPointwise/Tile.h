// The interpreter. Included once for each set of processor instructions: `run` is its entry.

#define EACH(result)                                                       \
  for (int64_t i = 0; i < count; i += LANES) {                             \
    floats x = at(a + i);                                                  \
    (void)x;                                                               \
    put(result, t + i);                                                    \
  }                                                                        \
  break
#define Y at(b + i)
#define Z at(c + i)
#define ONE_BY_ONE(result)                                                 \
  for (int64_t i = 0; i < count; i++) {                                    \
    float x = a[i];                                                        \
    t[i] = result;                                                         \
  }                                                                        \
  break

/// Carries out one instruction on `count` elements, a multiple of the lanes of a vector.
static void instruct(
    cpw_operation operation, int64_t count, float *t, const float *a, const float *b, const float *c) {
  switch (operation) {
    case CPW_ADD: EACH(x + Y);
    case CPW_SUBTRACT: EACH(x - Y);
    case CPW_MULTIPLY: EACH(x * Y);
    case CPW_DIVIDE: EACH(x / Y);
    case CPW_MAXIMUM: EACH(larger(x, Y));
    case CPW_MINIMUM: EACH(smaller(x, Y));
    case CPW_EQUAL: EACH(truth((words)(x == Y)));
    case CPW_LESS: EACH(truth((words)(x < Y)));
    case CPW_LESS_OR_EQUAL: EACH(truth((words)(x <= Y)));
    case CPW_SELECT: EACH(blend((words)(x != 0), Y, Z));
    case CPW_MULTIPLY_ADD: EACH(x * Y + Z);
    case CPW_RELU: EACH(larger(x, splat(0)));
    case CPW_NEGATE: EACH(-x);
    case CPW_ABSOLUTE: EACH(magnitude(x));
    case CPW_SIGN: EACH(truth((words)(x > 0)) - truth((words)(x < 0)));
    case CPW_RECIPROCAL: EACH(1 / x);
    case CPW_SQUARE_ROOT: EACH(__builtin_elementwise_sqrt(x));
    case CPW_EXP: EACH(exponential(x));
    case CPW_EXPM1: EACH(exponential_less_one(x));
    case CPW_LOG: EACH(logarithm(x));
    case CPW_LOG1P: EACH(logarithm_of_more(x));
    case CPW_LOGISTIC: EACH(logistic(x));
    case CPW_TANH: EACH(hyperbolic_tangent(x));
    case CPW_ERF: EACH(error_function(x));
    case CPW_FLOOR: EACH(__builtin_elementwise_floor(x));
    case CPW_CEIL: EACH(__builtin_elementwise_ceil(x));
    case CPW_ROUND: EACH(__builtin_elementwise_roundeven(x));
    case CPW_TRUNCATE: EACH(__builtin_elementwise_trunc(x));
    case CPW_POWER: ONE_BY_ONE(powf(x, b[i]));
    case CPW_REMAINDER: ONE_BY_ONE(fmodf(x, b[i]));
    case CPW_SIN: ONE_BY_ONE(sinf(x));
    case CPW_COS: ONE_BY_ONE(cosf(x));
    case CPW_TAN: ONE_BY_ONE(tanf(x));
    case CPW_ASIN: ONE_BY_ONE(asinf(x));
    case CPW_ACOS: ONE_BY_ONE(acosf(x));
    case CPW_ATAN: ONE_BY_ONE(atanf(x));
    case CPW_SINH: ONE_BY_ONE(sinhf(x));
    case CPW_COSH: ONE_BY_ONE(coshf(x));
    case CPW_ASINH: ONE_BY_ONE(asinhf(x));
    case CPW_ACOSH: ONE_BY_ONE(acoshf(x));
    case CPW_ATANH: ONE_BY_ONE(atanhf(x));
  }
}

#undef EACH
#undef Y
#undef Z
#undef ONE_BY_ONE

INLINE float widened(uint16_t bits) {
  uint32_t word = (uint32_t)bits << 16;
  float value;
  __builtin_memcpy(&value, &word, sizeof value);
  return value;
}

// To the nearest, the even one of two; NaNs as arithmetic makes them stay NaNs.
INLINE uint16_t narrowed(float value) {
  uint32_t word;
  __builtin_memcpy(&word, &value, sizeof word);
  return (uint16_t)((word + 0x7FFF + ((word >> 16) & 1)) >> 16);
}

/// Brings the elements `first ..< first + count` of an operand side by side.
static void gather(const cpw_operand *operand, int64_t lanes, int64_t first, int64_t count, float *to) {
  const float *wide = operand->address;
  const uint16_t *narrow = operand->address;
  int64_t row = first / lanes, lane = first % lanes;
  for (int64_t done = 0; done < count; row++, lane = 0) {
    int64_t length = lanes - lane < count - done ? lanes - lane : count - done;
    int64_t start = row * operand->row + lane * operand->lane, step = operand->lane;
    float *target = to + done;
    if (operand->narrow) {
      if (step == 1) {
        for (int64_t i = 0; i < length; i++) target[i] = widened(narrow[start + i]);
      } else {
        for (int64_t i = 0; i < length; i++) target[i] = widened(narrow[start + i * step]);
      }
    } else if (step == 1) {
      __builtin_memcpy(target, wide + start, (size_t)length * sizeof(float));
    } else {
      for (int64_t i = 0; i < length; i++) target[i] = wide[start + i * step];
    }
    done += length;
  }
}

/// Brings elements that lie side by side to where they belong.
static void scatter(
    const cpw_operand *operand, int64_t lanes, int64_t first, int64_t count, const float *from) {
  float *wide = operand->address;
  uint16_t *narrow = operand->address;
  int64_t row = first / lanes, lane = first % lanes;
  for (int64_t done = 0; done < count; row++, lane = 0) {
    int64_t length = lanes - lane < count - done ? lanes - lane : count - done;
    int64_t start = row * operand->row + lane * operand->lane, step = operand->lane;
    const float *source = from + done;
    if (operand->narrow) {
      if (step == 1) {
        for (int64_t i = 0; i < length; i++) narrow[start + i] = narrowed(source[i]);
      } else {
        for (int64_t i = 0; i < length; i++) narrow[start + i * step] = narrowed(source[i]);
      }
    } else if (step == 1) {
      __builtin_memcpy(wide + start, source, (size_t)length * sizeof(float));
    } else {
      for (int64_t i = 0; i < length; i++) wide[start + i * step] = source[i];
    }
    done += length;
  }
}

INLINE float total(const float *from, int64_t count) {
  floats sum = splat(0);
  int64_t i = 0;
  for (; i + LANES <= count; i += LANES) sum += at(from + i);
  float result = 0;
  for (int lane = 0; lane < LANES; lane++) result += sum[lane];
  for (; i < count; i++) result += from[i];
  return result;
}

/// Adds a tile of an output to the sums: all to one, each lane to its own, or each row to its own.
static void accumulate(
    const cpw_operand *operand, int64_t lanes, int64_t first, int64_t count, const float *from, double *sums) {
  if (operand->lane == 0 && operand->row == 0) {
    sums[0] += total(from, count);
    return;
  }
  float *wide = operand->address;
  int64_t row = first / lanes, lane = first % lanes;
  if (operand->row == 0 && lanes % LANES == 0 && lane == 0 && count % lanes == 0) {
    for (int64_t block = 0; block < lanes; block += LANES) {
      floats sum = splat(0);
      for (int64_t i = block; i < count; i += lanes) sum += at(from + i);
      for (int i = 0; i < LANES; i++) sums[block + i] += sum[i];
    }
    return;
  }
  for (int64_t done = 0; done < count; row++, lane = 0) {
    int64_t length = lanes - lane < count - done ? lanes - lane : count - done;
    if (operand->row == 0) {
      for (int64_t i = 0; i < length; i++) sums[lane + i] += from[done + i];
    } else if (operand->lane == 0) {
      wide[row * operand->row] += total(from + done, length);
    } else {
      for (int64_t i = 0; i < length; i++) wide[row * operand->row + (lane + i) * operand->lane] += from[done + i];
    }
    done += length;
  }
}

/// Whether an operand has the same elements in each tile: one element, or whole rows that repeat.
INLINE int repeats(const cpw_operand *operand, int64_t lanes, int64_t first) {
  if (operand->row != 0) return 0;
  return operand->lane == 0 || (CPW_TILE % lanes == 0 && first % lanes == 0);
}

void NAMED(run)(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch) {
  const float *registers[CPW_REGISTERS];
  float *tiles[CPW_REGISTERS];
  for (int r = 0; r < program->register_count; r++) registers[r] = tiles[r] = scratch + (int64_t)r * CPW_TILE;
  double *sums = (double *)(scratch + (int64_t)program->register_count * CPW_TILE);
  for (int number = 0; number < program->constant_count; number++) {
    floats value = splat(program->constants[number]);
    for (int i = 0; i < CPW_TILE; i += LANES) put(value, tiles[program->input_count + number] + i);
  }
  int64_t summed = 0;
  for (int number = 0; number < program->input_count; number++) {
    if (!repeats(inputs + number, lanes, first)) continue;
    int64_t length = CPW_TILE < count ? CPW_TILE : count;
    gather(inputs + number, lanes, first, length, tiles[number]);
    for (int64_t i = length; i < CPW_TILE; i++) tiles[number][i] = 0;
  }
  for (int number = 0; number < program->output_count; number++) {
    if (!outputs[number].sums || outputs[number].row != 0) continue;
    int64_t width = outputs[number].lane == 0 ? 1 : lanes;
    for (int64_t i = 0; i < width; i++) sums[summed + i] = 0;
    summed += width;
  }
  for (int64_t index = first; index < first + count; index += CPW_TILE) {
    int64_t length = first + count - index < CPW_TILE ? first + count - index : CPW_TILE;
    int64_t padded = (length + LANES - 1) / LANES * LANES;
    int is_whole = padded == length;
    for (int number = 0; number < program->input_count; number++) {
      const cpw_operand *input = inputs + number;
      if (repeats(input, lanes, first)) continue;
      if (is_whole && !input->narrow && input->lane == 1 && input->row == lanes) {
        registers[number] = (const float *)input->address + index;
      } else {
        gather(input, lanes, index, length, tiles[number]);
        registers[number] = tiles[number];
        for (int64_t i = length; i < padded; i++) tiles[number][i] = 0;
      }
    }
    // What lies side by side in memory is computed where it belongs.
    for (int number = 0; number < program->output_count; number++) {
      const cpw_operand *output = outputs + number;
      int target = program->results[number];
      if (target < program->input_count + program->constant_count) continue;
      float *tile = scratch + (int64_t)target * CPW_TILE;
      int is_direct = is_whole && !output->sums && !output->narrow && output->lane == 1 && output->row == lanes;
      registers[target] = tiles[target] = is_direct ? (float *)output->address + index : tile;
    }
    for (int step = 0; step < program->instruction_count; step++) {
      cpw_instruction i = program->instructions[step];
      instruct(
          (cpw_operation)i.operation, padded, tiles[i.target], registers[i.a], registers[i.b], registers[i.c]);
    }
    summed = 0;
    for (int number = 0; number < program->output_count; number++) {
      const cpw_operand *output = outputs + number;
      const float *result = registers[program->results[number]];
      if (output->sums) {
        accumulate(output, lanes, index, length, result, sums + summed);
        if (output->row == 0) summed += output->lane == 0 ? 1 : lanes;
      } else if (result != (const float *)output->address + index || output->narrow) {
        scatter(output, lanes, index, length, result);
      }
    }
  }
  summed = 0;
  for (int number = 0; number < program->output_count; number++) {
    const cpw_operand *output = outputs + number;
    if (!output->sums || output->row != 0) continue;
    int64_t width = output->lane == 0 ? 1 : lanes;
    for (int64_t i = 0; i < width; i++) ((float *)output->address)[i * output->lane] += (float)sums[summed + i];
    summed += width;
  }
}
