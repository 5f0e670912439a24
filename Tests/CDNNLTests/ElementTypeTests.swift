import CDNNL
import Foundation
import TestSupport
import Testing

/// The shim's primitives with bf16 operands against the same with f32 ones, on processors that have bf16.
@Suite("bf16", .enabled(if: cdnnl_computes(CDNNL_BF16), "this processor computes no bf16"))
struct ElementTypeTests {
  private let shim: Shim

  init() throws { shim = try Shim() }

  private static func numbers(_ shape: [Int], seed: UInt64) -> [Float] {
    var random = RandomNumbers(seed: seed)
    return random.numbers(shape.reduce(1, *))
  }

  /// The largest difference, in shares of the largest value.
  private static func difference(_ values: [Float], _ reference: [Float]) -> Float {
    let scale = reference.map(abs).max() ?? 0
    return (zip(values, reference).map { abs($0 - $1) }.max() ?? .infinity) / scale
  }

  /// Computes with both types and expects the same within 1 %, but not the same bits.
  private func compare(
    _ compute: (cdnnl_element) throws -> [[Float]], _ location: SourceLocation = #_sourceLocation
  ) throws {
    let (reference, result) = (try compute(CDNNL_F32), try compute(CDNNL_BF16))
    #expect(reference.count == result.count, sourceLocation: location)
    for (index, (expected, values)) in zip(reference, result).enumerated() {
      let difference = Self.difference(values, expected)
      #expect(difference < 0.01, "result \(index)", sourceLocation: location)
      #expect(difference > 0, "result \(index) was computed with f32", sourceLocation: location)
    }
  }

  /// An operand filled from `seed`, in the layout that the primitive wants.
  private func operand(
    _ primitive: Handle, _ operand: cdnnl_operand, _ shape: [Int], seed: UInt64
  ) throws -> Store {
    let layout = try #require(shim.layout(primitive, operand))
    return try shim.store(Self.numbers(shape, seed: seed), shape, layout)
  }

  private func empty(_ primitive: Handle, _ operand: cdnnl_operand) throws -> Store {
    Store(try #require(shim.layout(primitive, operand)))
  }

  @Test(
    "convolution with bias, sum and ReLU, and the gradient of its source", arguments: [false, true], [1, 20])
  func convolution(isTransposed: Bool, groups: Int) throws {
    let (channels, kernels) = (20, 20)
    let (x, y) = ([2, channels, 9, 9], [2, kernels, 9, 9])
    let w = (groups == 1 ? [] : [groups]) + [kernels / groups, channels / groups, 3, 3]
    try compare { element in
      let bias = try shim.plain([kernels])
      let post = [
        cdnnl_post_operation(kind: CDNNL_POST_SUM, function: CDNNL_RELU, alpha: 0, beta: 0, operand: nil),
        cdnnl_post_operation(
          kind: CDNNL_POST_FUNCTION, function: CDNNL_RELU, alpha: 0, beta: 0, operand: nil),
      ]
      let forward = try shim.convolution(
        x, w, y, element, direction: CDNNL_TRAINING, isTransposed: isTransposed, bias: bias, post: post)
      let target = try operand(forward, CDNNL_DESTINATION, y, seed: 3)
      try shim.run(
        forward,
        [
          (CDNNL_SOURCE, operand(forward, CDNNL_SOURCE, x, seed: 1)),
          (CDNNL_WEIGHTS, operand(forward, CDNNL_WEIGHTS, w, seed: 2)),
          (CDNNL_BIAS, shim.store(Self.numbers([kernels], seed: 4), [kernels], bias)),
          (CDNNL_DESTINATION, target),
        ])
      let backward = try shim.convolution(
        x, w, y, element, direction: CDNNL_BACKWARD_DATA, isTransposed: isTransposed, hint: forward)
      let gradient = try empty(backward, CDNNL_GRADIENT_SOURCE)
      try shim.run(
        backward,
        [
          (CDNNL_GRADIENT_DESTINATION, operand(backward, CDNNL_GRADIENT_DESTINATION, y, seed: 5)),
          (CDNNL_WEIGHTS, operand(backward, CDNNL_WEIGHTS, w, seed: 2)),
          (CDNNL_GRADIENT_SOURCE, gradient),
        ])
      return [try shim.values(target, y), try shim.values(gradient, x)]
    }
  }

  @Test("a product with bias, an added tensor and a function") func product() throws {
    let (a, b, y) = ([6, 40], [40, 24], [6, 24])
    try compare { element in
      let (bias, target) = (try shim.plain([1, 24]), try shim.plain(y, element))
      let post = [
        cdnnl_post_operation(
          kind: CDNNL_POST_ADD, function: CDNNL_RELU, alpha: 0, beta: 0, operand: target.pointer),
        cdnnl_post_operation(
          kind: CDNNL_POST_FUNCTION, function: CDNNL_TANH, alpha: 0, beta: 0, operand: nil),
      ]
      let (left, right) = (try shim.plain(a, element), try shim.any(b, element))
      let primitive = try post.withUnsafeBufferPointer { post in
        try shim.primitive {
          cdnnl_matmul_make(
            shim.engine.pointer, left.pointer, right.pointer, bias.pointer, target.pointer,
            cdnnl_post_operations(operations: post.baseAddress, count: Int32(post.count)), &$0)
        }
      }
      let result = Store(target)
      try shim.run(
        primitive,
        [
          (CDNNL_SOURCE, operand(primitive, CDNNL_SOURCE, a, seed: 1)),
          (CDNNL_WEIGHTS, operand(primitive, CDNNL_WEIGHTS, b, seed: 2)),
          (CDNNL_BIAS, shim.store(Self.numbers([24], seed: 3), [1, 24], bias)),
          (CDNNL_SOURCE_1, shim.store(Self.numbers(y, seed: 4), y, target)),
          (CDNNL_DESTINATION, result),
        ])
      return [try shim.values(result, y)]
    }
  }

  @Test("pooling", arguments: [CDNNL_POOL_MAX, CDNNL_POOL_MEAN_WITH_PADDING].map(\.rawValue))
  func pooling(kind: UInt32) throws {
    let (x, y) = ([2, 32, 8, 8], [2, 32, 4, 4])
    try compare { element in
      var window = cdnnl_window(axes: 2, kernel: 2, stride: 2)
      let (source, target) = (try shim.plain(x, element), try shim.any(y, element))
      let forward = try shim.primitive {
        cdnnl_pooling_make(
          shim.engine.pointer, CDNNL_TRAINING, cdnnl_pool(rawValue: kind), source.pointer, target.pointer,
          &window, nil, &$0)
      }
      let result = try empty(forward, CDNNL_DESTINATION)
      let workspace = shim.layout(forward, CDNNL_WORKSPACE).map { (CDNNL_WORKSPACE, Store($0)) }
      try shim.run(
        forward,
        [(CDNNL_SOURCE, operand(forward, CDNNL_SOURCE, x, seed: 1)), (CDNNL_DESTINATION, result)]
          + (workspace.map { [$0] } ?? []))
      let backward = try shim.primitive {
        cdnnl_pooling_make(
          shim.engine.pointer, CDNNL_BACKWARD_DATA, cdnnl_pool(rawValue: kind), source.pointer,
          result.layout.pointer, &window, forward.pointer, &$0)
      }
      let gradient = try empty(backward, CDNNL_GRADIENT_SOURCE)
      try shim.run(
        backward,
        [
          (CDNNL_GRADIENT_DESTINATION, operand(backward, CDNNL_GRADIENT_DESTINATION, y, seed: 2)),
          (CDNNL_GRADIENT_SOURCE, gradient),
        ] + (workspace.map { [$0] } ?? []))
      return [try shim.values(result, y), try shim.values(gradient, x)]
    }
  }

  @Test("functions", arguments: [CDNNL_TANH, CDNNL_LOGISTIC, CDNNL_GELU_ERF, CDNNL_SQUARE].map(\.rawValue))
  func functions(kind: UInt32) throws {
    let shape = [3, 20, 5, 5]
    try compare { element in
      let layout = try shim.plain(shape, element)
      func make(_ direction: cdnnl_direction, _ hint: Handle?) throws -> Handle {
        try shim.primitive {
          cdnnl_function_make(
            shim.engine.pointer, direction, cdnnl_function(rawValue: kind), 0, 0, layout.pointer,
            layout.pointer, hint?.pointer, &$0)
        }
      }
      let forward = try make(CDNNL_TRAINING, nil)
      let source = try shim.store(Self.numbers(shape, seed: 1), shape, layout)
      let (result, gradient) = (Store(layout), Store(layout))
      try shim.run(forward, [(CDNNL_SOURCE, source), (CDNNL_DESTINATION, result)])
      try shim.run(
        make(CDNNL_BACKWARD_DATA, forward),
        [
          (CDNNL_SOURCE, source),
          (CDNNL_GRADIENT_DESTINATION, shim.store(Self.numbers(shape, seed: 2), shape, layout)),
          (CDNNL_GRADIENT_SOURCE, gradient),
        ])
      return [try shim.values(result, shape), try shim.values(gradient, shape)]
    }
  }

  @Test("batch normalization keeps its statistics in f32") func batchNormalization() throws {
    let (shape, channels) = ([4, 32, 6, 6], [32])
    try compare { element in
      let (layout, one) = (try shim.plain(shape, element), try shim.plain(channels))
      func make(_ direction: cdnnl_direction, _ hint: Handle?) throws -> Handle {
        try shim.primitive {
          cdnnl_batch_normalization_make(
            shim.engine.pointer, direction, 1e-5, layout.pointer, layout.pointer, hint?.pointer, &$0)
        }
      }
      let forward = try make(CDNNL_TRAINING, nil)
      let source = try shim.store(Self.numbers(shape, seed: 1), shape, layout)
      let scale = try shim.store(Self.numbers(channels, seed: 2), channels, one)
      let shift = try shim.store(Self.numbers(channels, seed: 3), channels, one)
      let (mean, variance) = (try empty(forward, CDNNL_MEAN), try empty(forward, CDNNL_VARIANCE))
      #expect(Shim.describe(mean.layout).element == CDNNL_F32)
      #expect(Shim.describe(variance.layout).element == CDNNL_F32)
      let (result, gradient) = (Store(layout), Store(layout))
      let statistics = [(CDNNL_MEAN, mean), (CDNNL_VARIANCE, variance)]
      let parameters = [(CDNNL_SCALE, scale), (CDNNL_SHIFT, shift)]
      try shim.run(
        forward, [(CDNNL_SOURCE, source), (CDNNL_DESTINATION, result)] + statistics + parameters)
      try shim.run(
        make(CDNNL_BACKWARD_DATA, forward),
        [
          (CDNNL_SOURCE, source),
          (CDNNL_GRADIENT_DESTINATION, shim.store(Self.numbers(shape, seed: 4), shape, layout)),
          (CDNNL_GRADIENT_SOURCE, gradient), (CDNNL_GRADIENT_SCALE, Store(one)),
          (CDNNL_GRADIENT_SHIFT, Store(one)),
        ] + statistics + parameters)
      return [try shim.values(result, shape), try shim.values(gradient, shape)]
    }
  }
}

@Suite("What the processor computes with") struct ProcessorTests {
  @Test func floatsAlways() { #expect(cdnnl_computes(CDNNL_F32)) }

  /// Linux's own list of the processor's instructions is the referee.
  @Test(.enabled(if: ProcessInfo.processInfo.environment["ONEDNN_MAX_CPU_ISA"] == nil))
  func brainFloatsWhereTheProcessorHasThem() throws {
    let text = try String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
    let words = Set(text.split(whereSeparator: \.isWhitespace))
    #expect(cdnnl_computes(CDNNL_BF16) == words.contains("avx512_bf16"))
  }
}
