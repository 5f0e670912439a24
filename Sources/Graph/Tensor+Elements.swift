import Foundation

/// Conversions between a tensor's bytes and Swift arrays.
extension Tensor {
  /// A float32 tensor of `values` in C order.
  public init(_ values: [Float], shape: [Int]) {
    precondition(values.count == shape.elementCount, "as many values as the shape holds")
    self.init(unchecked: .float32, shape: shape, bytes: values.withUnsafeBytes { Data($0) })
  }

  /// An int64 tensor of `values` in C order; a vector unless a shape is given.
  public init(_ values: [Int], shape: [Int]? = nil) {
    let shape = shape ?? [values.count]
    precondition(values.count == shape.elementCount, "as many values as the shape holds")
    self.init(
      unchecked: .int64, shape: shape, bytes: values.map(Int64.init).withUnsafeBytes { Data($0) })
  }

  /// A tensor of any numeric type from doubles, rounded to the type (nearest even for 16-bit floats,
  /// toward zero and clamped for integers).
  package init(_ elementType: ElementType, _ values: [Double], shape: [Int]) {
    precondition(values.count == shape.elementCount, "as many values as the shape holds")
    func pack<T>(_ convert: (Double) -> T) -> Data { values.map(convert).withUnsafeBytes { Data($0) } }
    func clamp<T: FixedWidthInteger>(_ type: T.Type) -> (Double) -> T {
      { value in
        if value.isNaN { return 0 }
        if value >= Double(T.max) { return T.max }
        if value <= Double(T.min) { return T.min }
        return T(value)
      }
    }
    let bytes: Data =
      switch elementType {
      case .float32: pack(Float.init)
      case .float64: pack { $0 }
      case .float16: pack { HalfPrecision.float16Bits(Float($0)) }
      case .bfloat16: pack { HalfPrecision.bfloat16Bits(Float($0)) }
      case .int8: pack(clamp(Int8.self))
      case .int16: pack(clamp(Int16.self))
      case .int32: pack(clamp(Int32.self))
      case .int64: pack(clamp(Int64.self))
      case .uint8: pack(clamp(UInt8.self))
      case .uint16: pack(clamp(UInt16.self))
      case .uint32: pack(clamp(UInt32.self))
      case .uint64: pack(clamp(UInt64.self))
      case .bool: pack { $0 != 0 ? UInt8(1) : 0 }
      case .string: preconditionFailure("strings are not numbers")
      }
    self.init(unchecked: elementType, shape: shape, bytes: bytes)
  }

  /// The elements as 32-bit floats, whatever their own type.
  public var floats: [Float] {
    switch elementType {
    case .float32: elements(of: Float.self)
    case .float16: elements(of: UInt16.self).map(HalfPrecision.float(float16Bits:))
    case .bfloat16: elements(of: UInt16.self).map(HalfPrecision.float(bfloat16Bits:))
    default: doubles.map(Float.init)
    }
  }

  /// The elements as doubles, whatever their own type (64-bit integers beyond 2⁵³ are rounded).
  public var doubles: [Double] {
    switch elementType {
    case .float64: elements(of: Double.self)
    case .float32, .float16, .bfloat16: floats.map(Double.init)
    default: integers.map(Double.init)
    }
  }

  /// Some of the elements, by their indices in C order, as doubles.
  ///
  /// - Precondition: the positions lie inside the tensor, and its elements are numbers.
  package func doubles(in indices: Range<Int>) -> [Double] {
    precondition(indices.lowerBound >= 0 && indices.upperBound <= elementCount, "places inside the tensor")
    guard let width = elementType.byteCount else { preconditionFailure("strings are not numbers") }
    let start = bytes.startIndex
    let part = bytes[start + indices.lowerBound * width..<start + indices.upperBound * width]
    return Tensor(unchecked: elementType, shape: [indices.count], bytes: part).doubles
  }

  /// Writes the elements into `target` as 32-bit floats, without a copy between where they are such.
  ///
  /// - Precondition: `target` has as many elements.
  package func copyFloats(to target: UnsafeMutableBufferPointer<Float>) {
    precondition(target.count == elementCount, "as many elements")
    if elementType == .float32 {
      _ = bytes.copyBytes(to: target)
    } else {
      _ = target.update(fromContentsOf: floats)
    }
  }

  /// The elements as integers; floats are cut toward zero, and what does not fit is clamped.
  public var integers: [Int] {
    switch elementType {
    case .int64: elements(of: Int64.self).map(Int.init)
    case .int32: elements(of: Int32.self).map(Int.init)
    case .int16: elements(of: Int16.self).map(Int.init)
    case .int8: elements(of: Int8.self).map(Int.init)
    case .uint8, .bool: elements(of: UInt8.self).map(Int.init)
    case .uint16: elements(of: UInt16.self).map(Int.init)
    case .uint32: elements(of: UInt32.self).map(Int.init)
    case .uint64: elements(of: UInt64.self).map { Int(clamping: $0) }
    case .float64, .float32, .float16, .bfloat16:
      doubles.map { Int(cut: $0) }
    case .string: []
    }
  }

  /// The same values in another type.
  public func converted(to type: ElementType) -> Tensor {
    if type == elementType { return self }
    if type == .float32 { return Tensor(floats, shape: shape) }
    if type == .int64 { return Tensor(integers, shape: shape) }
    return Tensor(type, doubles, shape: shape)
  }

  /// The elements at `indices` along `axis`, in that order.
  ///
  /// - Precondition: every index lies inside the axis.
  package func taking(_ indices: [Int], alongAxis axis: Int) -> Tensor {
    precondition(shape.indices.contains(axis), "an axis of the tensor")
    precondition(indices.allSatisfy { 0..<shape[axis] ~= $0 }, "indices inside the axis")
    guard let width = elementType.byteCount else { preconditionFailure("strings cannot be sliced") }
    let inner = shape[(axis + 1)...].elementCount * width
    let outer = shape[..<axis].elementCount
    var result = Data(count: outer * indices.count * inner)
    result.withUnsafeMutableBytes { target in
      bytes.withUnsafeBytes { source in
        var position = 0
        for block in 0..<outer {
          for index in indices {
            let start = (block * shape[axis] + index) * inner
            UnsafeMutableRawBufferPointer(rebasing: target[position..<position + inner])
              .copyMemory(from: UnsafeRawBufferPointer(rebasing: source[start..<start + inner]))
            position += inner
          }
        }
      }
    }
    var newShape = shape
    newShape[axis] = indices.count
    return Tensor(unchecked: elementType, shape: newShape, bytes: result)
  }

  private func elements<T>(of type: T.Type) -> [T] {
    let count = bytes.count / MemoryLayout<T>.stride
    return [T](unsafeUninitializedCapacity: count) { buffer, initialized in
      _ = bytes.copyBytes(to: buffer)
      initialized = count
    }
  }
}

/// Conversions of the 16-bit floating-point formats, independent of the machine's support for them.
package enum HalfPrecision: Sendable {
  /// The value of IEEE 754 binary16 `bits`.
  @inlinable package static func float(float16Bits bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10) & 0x1F
    let fraction = UInt32(bits & 0x3FF)
    if exponent == 0x1F { return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13) }
    if exponent == 0 {
      let magnitude = Float(fraction) * 0x1p-24
      return sign == 0 ? magnitude : -magnitude
    }
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }

  /// The IEEE 754 binary16 bits nearest to `value`, ties to even.
  @inlinable package static func float16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    let sign = UInt16(truncatingIfNeeded: bits >> 16) & 0x8000
    let magnitude = bits & 0x7FFF_FFFF
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      let steps = (Float(bitPattern: magnitude) * 0x1p24).rounded(.toNearestOrEven)
      return sign | UInt16(steps)
    }
    let rebased = magnitude - 0x3800_0000
    let rounded = rebased + 0xFFF + ((rebased >> 13) & 1)
    return sign | UInt16(truncatingIfNeeded: rounded >> 13)
  }

  /// The value of bfloat16 `bits`.
  @inlinable package static func float(bfloat16Bits bits: UInt16) -> Float {
    Float(bitPattern: UInt32(bits) << 16)
  }

  /// The bfloat16 bits nearest to `value`, ties to even.
  @inlinable package static func bfloat16Bits(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    if value.isNaN { return UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
    return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ ((bits >> 16) & 1)) >> 16)
  }
}
