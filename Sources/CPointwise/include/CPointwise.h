#pragma once

#include <stdint.h>

// Element-wise programs over tensors: a list of instructions on registers, each of which holds a tile of elements that
// stays in the processor's first cache. Memory is read once and written once, however long the program is.

/// What an instruction computes, element by element. Comparisons give 1 or 0, and anything but 0 holds.
typedef enum {
  CPW_ADD,
  CPW_SUBTRACT,
  CPW_MULTIPLY,
  CPW_DIVIDE,
  CPW_MAXIMUM,  // a > b ? a : b
  CPW_MINIMUM,  // a < b ? a : b
  CPW_EQUAL,
  CPW_LESS,
  CPW_LESS_OR_EQUAL,
  CPW_SELECT,  // a holds ? b : c
  CPW_MULTIPLY_ADD,  // a · b + c
  CPW_RELU,
  CPW_NEGATE,
  CPW_ABSOLUTE,
  CPW_SIGN,
  CPW_RECIPROCAL,
  CPW_SQUARE_ROOT,
  CPW_EXP,
  CPW_EXPM1,
  CPW_LOG,
  CPW_LOG1P,
  CPW_LOGISTIC,
  CPW_TANH,
  CPW_ERF,
  CPW_FLOOR,
  CPW_CEIL,
  CPW_ROUND,  // to the nearest, the even one of two
  CPW_TRUNCATE,
  // Through the C library, an element at a time.
  CPW_POWER,
  CPW_REMAINDER,  // of a division towards zero
  CPW_SIN,
  CPW_COS,
  CPW_TAN,
  CPW_ASIN,
  CPW_ACOS,
  CPW_ATAN,
  CPW_SINH,
  CPW_COSH,
  CPW_ASINH,
  CPW_ACOSH,
  CPW_ATANH,
} cpw_operation;

enum {
  /// Elements of a register.
  CPW_TILE = 512,
  /// Registers of a program at most.
  CPW_REGISTERS = 255,
};

/// `target = operation(a, b, c)`; operands that the operation does not have are ignored.
typedef struct {
  uint8_t operation, target, a, b, c;
} cpw_instruction;

/// A program. Its first registers hold the inputs, the next ones the constants, the others what it computes.
typedef struct {
  const cpw_instruction *instructions;
  const float *constants;
  /// The register that holds each output at the end.
  const uint8_t *results;
  int32_t instruction_count, constant_count, input_count, output_count, register_count;
} cpw_program;

/// Where the elements of an input or an output lie: that of row r and lane l at `r · row + l · lane` behind `address`.
typedef struct {
  void *address;
  int64_t row, lane;
  /// Whether the elements are bfloat16; float otherwise.
  int32_t narrow;
  /// Of an output: whether the elements that fall on one position are summed there. What is there before is added to.
  int32_t sums;
} cpw_operand;

/// Runs the program on the elements `first ..< first + count` of rows of `lanes` elements.
///
/// `scratch` holds `register_count` tiles, and `lanes` doubles more where an output sums lane by lane.
///
/// An output may lie where an input of the same strides lies if it is the only one.
void cpw_run(
    const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs, int64_t lanes,
    int64_t first, int64_t count, float *scratch);

/// An axis: how many elements it has, and how far apart they lie.
typedef struct {
  int64_t count, step;
} cpw_axis;

/// Softmax along an axis, for `lanes` elements beside each other; its logarithm where `logs`.
void cpw_softmax(const cpw_axis *axis, int32_t logs, const float *from, float *to, int64_t lanes);

/// The gradient of softmax's argument from its result and that one's gradient.
void cpw_softmax_gradient(
    const cpw_axis *axis, int32_t logs, const float *result, const float *gradient, float *to, int64_t lanes);

/// A sparse matrix: row r sums `weights[t]` times the source's row `indices[t]` for t from `starts[r]` to `starts[r + 1]`.
typedef struct {
  const int32_t *starts, *indices;
  const float *weights;
} cpw_taps;

/// Multiplies rows of `width` elements side by side by rows `first ..< first + count` of a sparse matrix.
void cpw_resample(
    const cpw_taps *taps, int64_t first, int64_t count, int64_t width, const float *from, float *to);

/// Rows of `width` elements side by side that are brought to mean 0 and variance 1, then scaled and shifted, element by element,
/// where a scale and a shift are given.
typedef struct {
  int64_t width;
  float epsilon;
  const float *scale, *shift;
} cpw_rows;

/// Normalizes rows; writes down the mean of each and 1/√(σ² + ε).
void cpw_normalize(
    const cpw_rows *rows, const float *from, float *to, float *means, float *inverses, int64_t count);

/// The gradient of what was normalized, from what `cpw_normalize` wrote down and the gradient of its result.
void cpw_normalize_gradient(
    const cpw_rows *rows, const float *from, const float *means, const float *inverses, const float *gradient,
    float *to, int64_t count);

/// A depthwise convolution over an image: its extents, its window, and how far apart, in floats, the same channels of
/// neighbouring columns lie. Rows of an image follow each other.
typedef struct {
  int64_t source_rows, source_columns, result_rows, result_columns, kernel_rows, kernel_columns;
  int64_t row_stride, column_stride, row_dilation, column_dilation, rows_before, columns_before;
  int64_t source_pixel, result_pixel;
} cpw_depthwise;

enum {
  /// Channels side by side that depthwise functions take at once.
  CPW_CHANNELS = 16,
};

/// Adds the gradients of the weights of 16 channels, by one image, to `to`, [taps, 16], and behind them those of the bias.
void cpw_depthwise_weights(
    const cpw_depthwise *form, const float *source, const float *gradient, float *to);

/// Sets of instructions, a later one faster.
typedef enum { CPW_PLAIN, CPW_AVX2, CPW_AVX512 } cpw_instructions;

/// The same with instructions of no more than a set, so that tests see each of them where the processor has it.
void cpw_run_with(
    cpw_instructions most, const cpw_program *program, const cpw_operand *inputs, const cpw_operand *outputs,
    int64_t lanes, int64_t first, int64_t count, float *scratch);
void cpw_depthwise_weights_with(
    cpw_instructions most, const cpw_depthwise *form, const float *source, const float *gradient, float *to);
