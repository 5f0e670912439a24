import Foundation
import Graph

/// Products of matrices, and attention.
extension ProgramTranslator {
  mutating func product() throws -> [ValueID?]? {
    switch call.op {
    case "linear": return [try linear()]
    case "addmm": return [try addmm()]
    case "mm", "bmm", "matmul", "dot", "mv":
      let second = ["mat2", "other", "tensor", "vec"].first(where: call.has) ?? "mat2"
      return [one("MatMul", [try tensor("self"), try tensor(second)])]
    case "baddbmm":
      let product = one("MatMul", [try tensor("batch1"), try tensor("batch2")], step: "product")
      let data = try tensor("self")
      let (alpha, beta) = (try call.number("alpha", 1), try call.number("beta", 1))
      let scaled =
        alpha == 1 ? product : one("Mul", [product, scalar("alpha", alpha, type(data))], step: "scaled")
      if beta == 0 { return [one("Identity", [scaled])] }
      let shift = beta == 1 ? data : one("Mul", [data, scalar("beta", beta, type(data))], step: "shift")
      return [one("Add", [scaled, shift])]
    case "einsum":
      return [
        one("Einsum", try tensors("tensors"), ["equation": .string(try call.string("equation", ""))])
      ]
    case "scaled_dot_product_attention", "_scaled_dot_product_flash_attention_for_cpu",
      "_scaled_dot_product_efficient_attention", "_scaled_dot_product_flash_attention",
      "_scaled_dot_product_attention_math":
      guard call.names.dropFirst().allSatisfy({ !isRead($0) }) else { throw Untranslated() }
      return [try attention()]
    case "embedding": return [one("Gather", [try tensor("weight"), try tensor("indices")])]
    default: return nil
    }
  }

  private mutating func linear() throws -> ValueID {
    let (data, weight, bias) = (try tensor("input"), try tensor("weight"), try optional("bias"))
    guard try rank(weight) == 2 else { throw Untranslated() }
    if try rank(data) == 2 {
      return one("Gemm", [data, weight] + (bias.map { [$0] } ?? []), ["transB": .int(1)])
    }
    let turned = one("Transpose", [weight], ["perm": .ints([1, 0])], step: "turned")
    guard let bias else { return one("MatMul", [data, turned]) }
    return one("Add", [one("MatMul", [data, turned], step: "product"), bias])
  }

  private mutating func addmm() throws -> ValueID {
    let (shift, first, second) = (try tensor("self"), try tensor("mat1"), try tensor("mat2"))
    return one(
      "Gemm", [first, second, shift],
      [
        "alpha": .float(Float(try call.number("alpha", 1))),
        "beta": .float(Float(try call.number("beta", 1))),
      ])
  }

  /// softmax(q · kᵀ · scale + mask) · v; Vaswani et al. 2017, 3.2.1.
  private mutating func attention() throws -> ValueID {
    let (query, key, value) = (try tensor("query"), try tensor("key"), try tensor("value"))
    let rank = try rank(query)
    guard rank >= 3, try self.rank(key) == rank, try !call.bool("enable_gqa", false),
      let depth = try shape(query)[rank - 1], depth > 0
    else { throw Untranslated() }
    let scale = try call.number("scale", 1 / Double(depth).squareRoot())
    var order = Array(0..<rank)
    order.swapAt(rank - 2, rank - 1)
    let scaled = one(
      "Mul", [query, scalar("scale", scale, type(query))], step: "scaled", shape: try shape(query))
    let turned = one("Transpose", [key], ["perm": .ints(order)], step: "turned")
    var scores = one("MatMul", [scaled, turned], step: "scores")
    if let mask = try optional("attn_mask") {
      scores =
        type(mask) == .bool
        ? one(
          "Where", [mask, scores, scalar("hidden", -.infinity, type(query))], step: "masked",
          type: type(query))
        : one("Add", [scores, mask], step: "masked")
    }
    if try call.bool("is_causal", false) {
      guard
        let (rows, columns) = try shape(query)[rank - 2].flatMap({ rows in
          try shape(key)[rank - 2].map { (rows, $0) }
        }), rows.times(columns) <= 1 << 22
      else { throw Untranslated() }
      let elements = (0..<rows * columns).map { $0 % columns <= $0 / columns ? 0 : -Double.infinity }
      scores = one(
        "Add", [scores, constant("causal", Tensor(type(query), elements, shape: [rows, columns]))],
        step: "causal_scores")
    }
    let shares = one("Softmax", [scores], ["axis": .int(-1)], step: "shares")
    return one("MatMul", [shares, value])
  }
}
