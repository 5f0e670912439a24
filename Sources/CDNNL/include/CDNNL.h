#ifndef CDNNL_H
#define CDNNL_H

// A small set of functions over oneDNN, the same for every major version of the library.
//
// Handles are opaque. Every function that can fail returns a status, 0 for success; what it makes is written
// through its last argument. Objects made here are freed by the matching `_free`. A `NULL` handle is freed
// without effect. One engine and its stream belong to one thread.

#include <stdbool.h>
#include <stdint.h>

#define CDNNL_MAX_DIMENSIONS 12

typedef struct cdnnl_engine cdnnl_engine;
// The shape of a tensor and where each of its elements lies.
typedef struct cdnnl_layout cdnnl_layout;
// An operation of fixed shapes and layouts.
typedef struct cdnnl_primitive cdnnl_primitive;
// A primitive with the addresses of its operands.
typedef struct cdnnl_call cdnnl_call;

// The type of an element. Layouts of the library's own working memory may be of any.
typedef enum {
  CDNNL_F32,
  CDNNL_BF16,
  CDNNL_S32,
  CDNNL_S8,
  CDNNL_U8,
} cdnnl_element;

typedef enum {
  CDNNL_INFERENCE,
  CDNNL_TRAINING,
  CDNNL_BACKWARD_DATA,
  CDNNL_BACKWARD_WEIGHTS,
} cdnnl_direction;

typedef enum {
  CDNNL_SOURCE,
  CDNNL_SOURCE_1,
  CDNNL_WEIGHTS,
  CDNNL_BIAS,
  CDNNL_DESTINATION,
  CDNNL_MEAN,
  CDNNL_VARIANCE,
  CDNNL_SCALE,
  CDNNL_SHIFT,
  CDNNL_GRADIENT_SOURCE,
  CDNNL_GRADIENT_WEIGHTS,
  CDNNL_GRADIENT_BIAS,
  CDNNL_GRADIENT_DESTINATION,
  CDNNL_GRADIENT_SCALE,
  CDNNL_GRADIENT_SHIFT,
  CDNNL_WORKSPACE,
  CDNNL_SCRATCHPAD,
  // The n-th of many sources (concatenation) is CDNNL_MULTIPLE + n.
  CDNNL_MULTIPLE = 1024,
} cdnnl_operand;

typedef enum {
  CDNNL_RELU,  // alpha: slope below zero
  CDNNL_TANH,
  CDNNL_ELU,
  CDNNL_SQUARE,
  CDNNL_ABS,
  CDNNL_SQRT,
  CDNNL_LINEAR,  // alpha x + beta
  CDNNL_LOGISTIC,
  CDNNL_EXP,
  CDNNL_GELU_TANH,
  CDNNL_GELU_ERF,
  CDNNL_LOG,
  CDNNL_CLIP,  // to [alpha, beta]
  CDNNL_POW,  // alpha x^beta
  CDNNL_SOFT_RELU,
  CDNNL_SWISH,  // x / (1 + exp(−alpha x))
  CDNNL_HARD_SWISH,  // x clip(x / 6 + 1/2, 0, 1)
  CDNNL_MISH,  // x tanh(ln(1 + exp x))
} cdnnl_function;

typedef enum { CDNNL_DIRECT, CDNNL_WINOGRAD } cdnnl_algorithm;

typedef enum {
  CDNNL_POOL_MAX,
  CDNNL_POOL_MEAN_WITH_PADDING,
  CDNNL_POOL_MEAN_WITHOUT_PADDING,
} cdnnl_pool;

// What is done to a result before it is stored.
typedef struct {
  enum { CDNNL_POST_FUNCTION, CDNNL_POST_SUM, CDNNL_POST_ADD } kind;
  cdnnl_function function;
  float alpha, beta;
  // For CDNNL_POST_ADD: the layout of the tensor that is added.
  const cdnnl_layout *operand;
} cdnnl_post_operation;

typedef struct {
  const cdnnl_post_operation *operations;
  int count;
} cdnnl_post_operations;

// Strides, dilations (1 is dense) and padding, one a spatial axis.
typedef struct {
  int axes;
  int64_t kernel[CDNNL_MAX_DIMENSIONS];
  int64_t strides[CDNNL_MAX_DIMENSIONS];
  int64_t dilations[CDNNL_MAX_DIMENSIONS];
  int64_t before[CDNNL_MAX_DIMENSIONS];
  int64_t after[CDNNL_MAX_DIMENSIONS];
} cdnnl_window;

// How the elements of a layout lie: element `i` of axis `a` is at `(i / b) * strides[a]`, `b` the product of the
// axis's blocks, plus its place in the inner blocks, which are dense, the last one innermost.
typedef struct {
  cdnnl_element element;
  int axes;
  int64_t extents[CDNNL_MAX_DIMENSIONS];
  int64_t padded[CDNNL_MAX_DIMENSIONS];
  int64_t strides[CDNNL_MAX_DIMENSIONS];
  int blocks;
  int64_t block_extents[CDNNL_MAX_DIMENSIONS];
  int64_t block_axes[CDNNL_MAX_DIMENSIONS];
  int64_t offset;
  int64_t bytes;
  // Whether strides and blocks say everything (some algorithms have a form of their own for weights).
  bool strided;
} cdnnl_description;

void cdnnl_version(int *major, int *minor, int *patch);
// The library's name of a status.
const char *cdnnl_status_name(int status);

// Whether the processor computes with such elements itself. Where it does not, the library may still take them,
// converting to f32 and back, which is slower than f32.
bool cdnnl_computes(cdnnl_element element);

int cdnnl_engine_make(cdnnl_engine **engine);
void cdnnl_engine_free(cdnnl_engine *engine);

// The number of threads of the calling thread's further parallel work; 0 leaves it as it is.
void cdnnl_set_threads(int count);
int cdnnl_threads(void);
// Calls `body(context, i)` for each i below `count`, on the threads that the library itself uses.
void cdnnl_parallel(int count, void (*body)(void *context, int index), void *context);

// A dense layout in C order, or with the given strides where these are not NULL.
int cdnnl_layout_make(
    cdnnl_element element, int axes, const int64_t *extents, const int64_t *strides, cdnnl_layout **layout);
// A layout that a primitive may choose.
int cdnnl_layout_make_any(
    cdnnl_element element, int axes, const int64_t *extents, cdnnl_layout **layout);
int cdnnl_layout_copy(const cdnnl_layout *layout, cdnnl_layout **copy);
// A box inside a tensor; fails where the box cuts a block.
int cdnnl_layout_slice(
    const cdnnl_layout *layout, const int64_t *extents, const int64_t *offsets, cdnnl_layout **slice);
// The same blocking for other elements and another shape of as many axes.
int cdnnl_layout_like(
    const cdnnl_layout *layout, cdnnl_element element, const int64_t *extents, cdnnl_layout **result);
void cdnnl_layout_free(cdnnl_layout *layout);
bool cdnnl_layout_equal(const cdnnl_layout *a, const cdnnl_layout *b);
void cdnnl_layout_describe(const cdnnl_layout *layout, cdnnl_description *description);

// The bias is f32 whatever the other elements are. Where a version or a processor has not got the algorithm, it is the direct
// one.
int cdnnl_convolution_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool transposed, cdnnl_algorithm algorithm, const cdnnl_layout *source,
    const cdnnl_layout *weights, const cdnnl_layout *bias, const cdnnl_layout *destination,
    const cdnnl_window *window, cdnnl_post_operations post, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive);
int cdnnl_pooling_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_pool kind, const cdnnl_layout *source,
    const cdnnl_layout *destination, const cdnnl_window *window, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive);
int cdnnl_function_make(
    cdnnl_engine *engine, cdnnl_direction direction, cdnnl_function function, float alpha, float beta,
    const cdnnl_layout *source, const cdnnl_layout *gradient, const cdnnl_primitive *forward,
    cdnnl_primitive **primitive);
// Statistics of the batch; whatever the elements are, these and scale and shift are f32. Scale and shift are operands of their own.
int cdnnl_batch_normalization_make(
    cdnnl_engine *engine, cdnnl_direction direction, float epsilon, const cdnnl_layout *source,
    const cdnnl_layout *gradient, const cdnnl_primitive *forward, cdnnl_primitive **primitive);
int cdnnl_softmax_make(
    cdnnl_engine *engine, cdnnl_direction direction, bool logarithm, int axis, const cdnnl_layout *data,
    const cdnnl_primitive *forward, cdnnl_primitive **primitive);
int cdnnl_matmul_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *weights, const cdnnl_layout *bias,
    const cdnnl_layout *destination, cdnnl_post_operations post, cdnnl_primitive **primitive);
// Moves elements to another layout and converts them to its type, bf16 rounding to nearest even.
int cdnnl_reorder_make(
    cdnnl_engine *engine, const cdnnl_layout *source, const cdnnl_layout *destination,
    cdnnl_primitive **primitive);
int cdnnl_concat_make(
    cdnnl_engine *engine, int axis, int count, const cdnnl_layout *const *sources,
    const cdnnl_layout *destination, cdnnl_primitive **primitive);
void cdnnl_primitive_free(cdnnl_primitive *primitive);

// The layout that the primitive uses for an operand; NULL where it has none. To be freed.
cdnnl_layout *cdnnl_primitive_layout(const cdnnl_primitive *primitive, cdnnl_operand operand);
// The library's name of the implementation.
const char *cdnnl_primitive_implementation(const cdnnl_primitive *primitive);

// The upper halves of f32 numbers, which is what bf16 numbers are, as f32 numbers.
void cdnnl_widen(int64_t count, const uint16_t *from, float *to);
// The nearest bf16 numbers, the even one of two.
void cdnnl_narrow(int64_t count, const float *from, uint16_t *to);

// What lets a gradient through, by the activation's result: everything, what is above `lower`, or what is above
// `lower` and below `upper`.
typedef enum {
  CDNNL_GATE_OPEN,
  CDNNL_GATE_ABOVE,
  CDNNL_GATE_CLIP,
} cdnnl_gate;
// Sums the shares of a gradient, all bf16, and stores what the gate lets through in `target`, where that is not
// NULL; it may be one of the operands. Adds the products of the summed gradient and the value, in f32, to
// `sums`, element i's to the one at i % 16. The value may be NULL where the gate is open.
void cdnnl_join(
    int64_t count, int shares, const uint16_t *const *share, const uint16_t *value, uint16_t *target,
    cdnnl_gate gate, float lower, float upper, float *sums);

int cdnnl_call_make(
    cdnnl_engine *engine, const cdnnl_primitive *primitive, int count, const int *operands,
    const cdnnl_layout *const *layouts, void *const *addresses, cdnnl_call **call);
int cdnnl_call_run(cdnnl_call *call);
void cdnnl_call_free(cdnnl_call *call);

#endif
