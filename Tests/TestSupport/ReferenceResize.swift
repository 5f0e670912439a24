import Foundation
import Graph

extension ReferenceOperators {
  /// Interpolation as ONNX's text has it, one output place after another.
  static func resize(_ a: Arguments) throws -> [Tensor] {
    let (x, from) = (a.elements(0)!, a.shape(0))
    let resizing = try a.call.resizing()
    let outside = Double(a.call.float("extrapolation_value", default: 0))
    let lines = try from.indices.map { axis in
      try (0..<a.shapes[0][axis]).map { try taps(a, resizing, axis, $0) }
    }
    return a.result(
      indices(a.shapes[0]).map { index -> Double in
        var corners: [(position: [Int], weight: Double)] = [([], 1)]
        for (axis, position) in index.enumerated() {
          guard let line = lines[axis][position] else { return outside }
          var next: [(position: [Int], weight: Double)] = []
          for corner in corners {
            for tap in line { next.append((corner.position + [tap.index], corner.weight * tap.weight)) }
          }
          corners = next
        }
        return corners.reduce(0) { $0 + x[offset($1.position, from)] * $1.weight }
      })
  }

  /// The elements of an axis that one output place is made of; `nil` outside of a region.
  private static func taps(
    _ a: Arguments, _ resizing: Resizing, _ axis: Int, _ index: Int
  ) throws -> [(index: Int, weight: Double)]? {
    let (from, to) = (a.shape(0)[axis], resizing.shape[axis])
    let (extent, result, scale) = (Double(from), Double(to), resizing.scales[axis])
    let isOld = a.call.node.op == "Upsample" || a.call.opset < 11
    let transform =
      isOld ? "asymmetric" : a.call.string("coordinate_transformation_mode", default: "half_pixel")
    let out = Double(index)
    let at: Double
    switch transform {
    case "asymmetric": at = out / scale
    case "align_corners": at = to == 1 ? 0 : out * (extent - 1) / (result - 1)
    case "pytorch_half_pixel": at = to > 1 ? (out + 0.5) / scale - 0.5 : 0
    case "half_pixel_symmetric":
      let adjustment = result / (scale * extent)
      at = extent / 2 * (1 - adjustment) + (out + 0.5) / scale - 0.5
    case "tf_crop_and_resize":
      let region = resizing.region![axis]
      let (start, end) = (region.lowerBound, region.upperBound)
      at =
        to > 1
        ? start * (extent - 1) + out * (end - start) * (extent - 1) / (result - 1)
        : 0.5 * (start + end) * (extent - 1)
      if at < 0 || at > extent - 1 { return nil }
    default: at = (out + 0.5) / scale - 0.5
    }
    let low = at.rounded(.down)
    let mode = a.call.string("mode", default: "nearest")
    func clamp(_ index: Double) -> Int { max(0, min(from - 1, Int(index))) }
    if mode == "nearest" {
      switch isOld ? "floor" : a.call.string("nearest_mode", default: "round_prefer_floor") {
      case "floor": return [(clamp(low), 1)]
      case "ceil": return [(clamp(at.rounded(.up)), 1)]
      case "round_prefer_ceil": return [(clamp(at - low >= 0.5 ? low + 1 : low), 1)]
      default: return [(clamp(at - low > 0.5 ? low + 1 : low), 1)]
      }
    }
    let smooths = a.call.int("antialias", default: 0) != 0
    let width = smooths ? min(1, scale) : 1
    let excludes = a.call.int("exclude_outside", default: 0) != 0
    let sharpness = Double(a.call.float("cubic_coeff_a", default: -0.75))
    let reach = Int(((mode == "cubic" ? 2 : 1) / width).rounded(.up)) + 1
    var taps: [(index: Int, weight: Double)] = []
    for step in -reach...reach {
      let tap = low + Double(step)
      let d = abs(at - tap) * width
      let weight: Double
      if mode == "cubic" {
        weight =
          d <= 1
          ? ((sharpness + 2) * d - (sharpness + 3)) * d * d + 1
          : (d < 2 ? ((sharpness * d - 5 * sharpness) * d + 8 * sharpness) * d - 4 * sharpness : 0)
      } else {
        weight = max(0, 1 - d)
      }
      if excludes, tap < 0 || tap > extent - 1 { continue }
      taps.append((clamp(tap), weight))
    }
    let sum = taps.reduce(0) { $0 + $1.weight }
    return taps.map { ($0.index, $0.weight / sum) }
  }
}
