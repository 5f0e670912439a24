import Graph

/// Reads of a pickle what tensors are made of, and runs nothing: an opcode or a global beyond that is refused by name.
///
/// Python's module `pickletools` says what the opcodes mean. The globals are those that `torch.load(weights_only=True)`
/// takes for dense tensors.
package struct Unpickler: Sendable {
  /// Something on the stack. Containers stand in `containers`, so that no value holds another one.
  private enum Value: Sendable {
    case none, bool(Bool), int(Int), float(Double), text(String)
    case tuple(Int), list(Int), dictionary(Int)
    case global(Global)
    case storage(PickledStorage)
    case tensor(PickledTensor)
    /// Something of no interest that was made by a known global: the size of a tensor, a table of hooks.
    case nothing
  }

  /// A global that is taken.
  private enum Global: Sendable {
    case orderedDictionary, size, parameterClass, tensorClass, device
    case rebuildTensor, rebuildTypedTensor, rebuildParameter, rebuildFromType
    case storage(String), type(String)
  }

  private let bytes: [UInt8]
  private let file: String
  private var position = 0
  private var stack: [Value] = []
  private var marks: [Int] = []
  private var memory: [Int: Value] = [:]
  /// The members of tuples and lists; keys and values of dictionaries, one after the other.
  private var containers: [[Value]] = []
  /// The opcode that is carried out, and where it stands.
  private var opcode: (byte: UInt8, offset: Int) = (0, 0)

  /// The bytes of a pickle.
  ///
  /// - Parameter file: what messages call it.
  package init(_ bytes: [UInt8], file: String) {
    (self.bytes, self.file) = (bytes, file)
  }

  /// The tensors of the pickled value, each by the keys that lead to it: `state_dict.conv.weight`.
  ///
  /// - Throws: `TensorFileError` for what is broken, and for whatever more than tensors needs.
  package mutating func namedTensors() throws -> [(name: String, tensor: PickledTensor)] {
    let value = try run()
    var found: [(name: String, tensor: PickledTensor)] = []
    var left = Self.mostSteps
    collect(value, "", depth: 0, &left, &found)
    return found
  }

  /// Values that are looked at in search of tensors, a long name counting for several: dictionaries may hold each other.
  private static let mostSteps = 1_000_000
  private static let deepest = 12

  private func collect(
    _ value: Value, _ name: String, depth: Int, _ left: inout Int,
    _ found: inout [(name: String, tensor: PickledTensor)]
  ) {
    left -= 1 + name.utf8.count / 64
    guard left > 0, depth <= Self.deepest else { return }
    func inner(_ key: String) -> String { name.isEmpty ? key : "\(name).\(key)" }
    switch value {
    case .tensor(let tensor): found.append((name, tensor))
    case .dictionary(let index):
      let members = containers[index]
      for pair in stride(from: 0, to: members.count - 1, by: 2) {
        let key: String
        switch members[pair] {
        case .text(let text): key = text
        case .int(let number): key = String(number)
        default: continue
        }
        collect(members[pair + 1], inner(key), depth: depth + 1, &left, &found)
      }
    case .list(let index), .tuple(let index):
      for (number, member) in containers[index].enumerated() {
        collect(member, inner(String(number)), depth: depth + 1, &left, &found)
      }
    default: break
    }
  }

  // MARK: Opcodes

  private mutating func run() throws -> Value {
    while true {
      opcode = (0, position)
      let byte = try next()
      opcode.byte = byte
      if byte == UInt8(ascii: ".") { return try pop() }
      if try !carryOutPlain(byte), try !carryOutContainer(byte), try !carryOutCall(byte) {
        throw refused(nil)
      }
    }
  }

  /// Numbers, texts and what is remembered; `false` for another opcode.
  private mutating func carryOutPlain(_ byte: UInt8) throws -> Bool {
    switch byte {
    case 0x80: _ = try next()  // PROTO
    case 0x95: _ = try take(8)  // FRAME
    case UInt8(ascii: "N"): stack.append(.none)
    case 0x88: stack.append(.bool(true))
    case 0x89: stack.append(.bool(false))
    case UInt8(ascii: "J"): stack.append(.int(Int(Int32(truncatingIfNeeded: try integer(4)))))
    case UInt8(ascii: "K"): stack.append(.int(try integer(1)))
    case UInt8(ascii: "M"): stack.append(.int(try integer(2)))
    case 0x8A: stack.append(try long())
    case UInt8(ascii: "G"): stack.append(.float(Double(bitPattern: try bigEndian(8))))
    case UInt8(ascii: "X"), UInt8(ascii: "B"), UInt8(ascii: "T"):
      stack.append(.text(try text(try integer(4))))
    case 0x8C, UInt8(ascii: "C"), UInt8(ascii: "U"): stack.append(.text(try text(try integer(1))))
    case UInt8(ascii: "q"): memory[try integer(1)] = try top()
    case UInt8(ascii: "r"): memory[try integer(4)] = try top()
    case 0x94: memory[memory.count] = try top()
    case UInt8(ascii: "h"): stack.append(try remembered(try integer(1)))
    case UInt8(ascii: "j"): stack.append(try remembered(try integer(4)))
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "2"): stack.append(try top())
    default: return false
    }
    return true
  }

  /// Tuples, lists and dictionaries; `false` for another opcode.
  private mutating func carryOutContainer(_ byte: UInt8) throws -> Bool {
    switch byte {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: ")"): stack.append(.tuple(contain([])))
    case UInt8(ascii: "t"): stack.append(.tuple(contain(try popToMark())))
    case 0x85, 0x86, 0x87: stack.append(.tuple(contain(try pop(count: Int(byte) - 0x84))))
    case UInt8(ascii: "]"): stack.append(.list(contain([])))
    case UInt8(ascii: "}"): stack.append(.dictionary(contain([])))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"): try append(try popToMark())
    case UInt8(ascii: "s"): try set(try pop(count: 2))
    case UInt8(ascii: "u"): try set(try popToMark())
    default: return false
    }
    return true
  }

  /// Globals and what they make; `false` for another opcode.
  private mutating func carryOutCall(_ byte: UInt8) throws -> Bool {
    switch byte {
    case UInt8(ascii: "c"): stack.append(.global(try global(try line(), try line())))
    case 0x93:
      let names = try pop(count: 2)
      guard case .text(let module) = names[0], case .text(let name) = names[1] else { throw broken() }
      stack.append(.global(try global(module, name)))
    case UInt8(ascii: "Q"): stack.append(.storage(try storage(try members(try pop()))))
    case UInt8(ascii: "R"):
      let parts = try pop(count: 2)
      guard case .global(let global) = parts[0] else { throw refused(nil) }
      stack.append(try call(global, try members(parts[1])))
    case UInt8(ascii: "b"):
      // The attributes of a state_dict, which say versions of modules, and those of a parameter.
      _ = try pop()
      switch try top() {
      case .dictionary, .tensor, .nothing: break
      default: throw refused(nil)
      }
    default: return false
    }
    return true
  }

  // MARK: Globals

  private func global(_ module: String, _ name: String) throws -> Global {
    switch (module, name) {
    case ("collections", "OrderedDict"): return .orderedDictionary
    case ("torch", "Size"): return .size
    case ("torch", "device"): return .device
    case ("torch", "Tensor"), ("torch._tensor", "Tensor"): return .tensorClass
    case ("torch.nn.parameter", "Parameter"), ("torch.nn.parameter", "Buffer"): return .parameterClass
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): return .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): return .rebuildTypedTensor
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      return .rebuildParameter
    case ("torch._tensor", "_rebuild_from_type_v2"): return .rebuildFromType
    case ("torch", _) where name.hasSuffix("Storage"), ("torch.storage", "UntypedStorage"),
      ("torch.storage", "TypedStorage"):
      return .storage(name)
    case ("torch", _) where PickledTensor.types[name] != nil: return .type(name)
    default: throw refused("\(module).\(name)")
    }
  }

  private mutating func call(_ global: Global, _ arguments: [Value]) throws -> Value {
    switch global {
    case .orderedDictionary:
      // An older form gives the pairs at once; the usual one sets them afterwards.
      guard let first = arguments.first else { return .dictionary(contain([])) }
      let pairs = try members(first).flatMap { try members($0).prefix(2) }
      return .dictionary(contain(pairs.count % 2 == 0 ? pairs : []))
    case .size, .device: return .nothing
    case .rebuildTensor: return .tensor(try tensor(arguments))
    case .rebuildTypedTensor:
      var tensor = try tensor(arguments)
      guard arguments.count > 6, case .global(.type(let type)) = arguments[6] else { throw broken() }
      tensor.typeName = type
      return .tensor(tensor)
    case .rebuildParameter:
      guard case .tensor? = arguments.first else { throw broken() }
      return arguments[0]
    case .rebuildFromType:
      guard arguments.count > 2, case .global(let function) = arguments[0] else { throw broken() }
      if case .rebuildFromType = function { throw broken() }
      return try call(function, try members(arguments[2]))
    case .parameterClass, .tensorClass, .storage, .type: throw refused(nil)
    }
  }

  /// `('storage', class, key, location, elements)`.
  private func storage(_ parts: [Value]) throws -> PickledStorage {
    guard parts.count >= 3, case .text("storage") = parts[0], case .global(.storage(let type)) = parts[1],
      case .text(let key) = parts[2]
    else { throw broken() }
    return PickledStorage(typeName: type, key: key)
  }

  /// `(storage, offset, shape, strides, …)`.
  private func tensor(_ parts: [Value]) throws -> PickledTensor {
    guard parts.count >= 4, case .storage(let storage) = parts[0], case .int(let offset) = parts[1],
      offset >= 0
    else { throw broken() }
    let (shape, strides) = (try extents(parts[2]), try extents(parts[3]))
    guard shape.count == strides.count, shape.count <= SizeLimit.rank else { throw broken() }
    return PickledTensor(storage: storage, offset: offset, shape: shape, strides: strides)
  }

  private func extents(_ value: Value) throws -> [Int] {
    try members(value).map { member in
      guard case .int(let extent) = member, extent >= 0 else { throw broken() }
      return extent
    }
  }

  // MARK: Stack

  private mutating func contain(_ members: [Value]) -> Int {
    containers.append(members)
    return containers.count - 1
  }

  private func members(_ value: Value) throws -> [Value] {
    switch value {
    case .tuple(let index), .list(let index): return containers[index]
    default: throw broken()
    }
  }

  private mutating func append(_ members: [Value]) throws {
    guard case .list(let index) = try top() else { throw broken() }
    containers[index] += members
  }

  private mutating func set(_ pairs: [Value]) throws {
    guard case .dictionary(let index) = try top(), pairs.count % 2 == 0 else { throw broken() }
    containers[index] += pairs
  }

  /// Values above the last mark are the opcode's own; those below belong to somebody else.
  private var floor: Int { marks.last ?? 0 }

  private func top() throws -> Value {
    guard stack.count > floor, let value = stack.last else { throw broken() }
    return value
  }

  private mutating func pop() throws -> Value {
    guard stack.count > floor, let value = stack.popLast() else { throw broken() }
    return value
  }

  private mutating func pop(count: Int) throws -> [Value] {
    guard stack.count - floor >= count else { throw broken() }
    defer { stack.removeLast(count) }
    return Array(stack.suffix(count))
  }

  private mutating func popToMark() throws -> [Value] {
    guard let mark = marks.popLast(), stack.count >= mark else { throw broken() }
    defer { stack.removeLast(stack.count - mark) }
    return Array(stack[mark...])
  }

  private func remembered(_ index: Int) throws -> Value {
    guard let value = memory[index] else { throw broken() }
    return value
  }

  // MARK: Bytes

  private mutating func next() throws -> UInt8 {
    guard position < bytes.count else { throw broken() }
    position += 1
    return bytes[position - 1]
  }

  private mutating func take(_ count: Int) throws -> ArraySlice<UInt8> {
    guard count >= 0, count <= bytes.count - position else { throw broken() }
    position += count
    return bytes[position - count..<position]
  }

  /// A number without a sign, low byte first.
  private mutating func integer(_ width: Int) throws -> Int {
    try take(width).reversed().reduce(0) { $0 << 8 | Int($1) }
  }

  private mutating func bigEndian(_ width: Int) throws -> UInt64 {
    try take(width).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// A whole number of up to eight bytes in two's complement; of longer ones nothing is said.
  private mutating func long() throws -> Value {
    let digits = try take(Int(try next()))
    guard digits.count <= 8 else { return .nothing }
    let negative = digits.last.map { $0 & 0x80 != 0 } ?? false
    let bits = digits.reversed().reduce(negative ? UInt64.max : 0) { $0 << 8 | UInt64($1) }
    return .int(Int(truncatingIfNeeded: bits))
  }

  private mutating func text(_ count: Int) throws -> String {
    String(decoding: try take(count), as: UTF8.self)
  }

  private mutating func line() throws -> String {
    guard let end = bytes[position...].firstIndex(of: UInt8(ascii: "\n")), end - position <= 4096 else {
      throw broken()
    }
    defer { position = end + 1 }
    return String(decoding: bytes[position..<end], as: UTF8.self)
  }

  // MARK: Errors

  private func broken() -> TensorFileError {
    .malformed(
      file: file, format: TorchFile.formatName,
      problem:
        "the opcode \(Self.name(of: opcode.byte)) of its pickle, at byte \(opcode.offset), has not what it needs"
    )
  }

  private func refused(_ global: String?) -> TensorFileError {
    .refused(file: file, opcode: Self.name(of: opcode.byte), offset: opcode.offset, global: global)
  }

  /// What `pickletools` calls an opcode.
  private static func name(of byte: UInt8) -> String {
    if let name = names[byte] { return name }
    let digits = String(byte, radix: 16)
    return "0x\(byte < 16 ? "0" : "")\(digits)"
  }

  private static let names: [UInt8: String] = [
    0x28: "MARK", 0x2E: "STOP", 0x30: "POP", 0x31: "POP_MARK", 0x32: "DUP", 0x46: "FLOAT", 0x49: "INT",
    0x4A: "BININT", 0x4B: "BININT1", 0x4C: "LONG", 0x4D: "BININT2", 0x4E: "NONE", 0x50: "PERSID",
    0x51: "BINPERSID", 0x52: "REDUCE", 0x53: "STRING", 0x54: "BINSTRING", 0x55: "SHORT_BINSTRING",
    0x56: "UNICODE", 0x58: "BINUNICODE", 0x61: "APPEND", 0x62: "BUILD", 0x63: "GLOBAL", 0x64: "DICT",
    0x65: "APPENDS", 0x67: "GET", 0x68: "BINGET", 0x69: "INST", 0x6A: "LONG_BINGET", 0x6C: "LIST",
    0x6F: "OBJ", 0x70: "PUT", 0x71: "BINPUT", 0x72: "LONG_BINPUT", 0x73: "SETITEM", 0x74: "TUPLE",
    0x75: "SETITEMS", 0x7D: "EMPTY_DICT", 0x5D: "EMPTY_LIST", 0x29: "EMPTY_TUPLE", 0x47: "BINFLOAT",
    0x42: "BINBYTES", 0x43: "SHORT_BINBYTES", 0x80: "PROTO", 0x81: "NEWOBJ", 0x82: "EXT1", 0x83: "EXT2",
    0x84: "EXT4", 0x85: "TUPLE1", 0x86: "TUPLE2", 0x87: "TUPLE3", 0x88: "NEWTRUE", 0x89: "NEWFALSE",
    0x8A: "LONG1", 0x8B: "LONG4", 0x8C: "SHORT_BINUNICODE", 0x8D: "BINUNICODE8", 0x8E: "BINBYTES8",
    0x8F: "EMPTY_SET", 0x90: "ADDITEMS", 0x91: "FROZENSET", 0x92: "NEWOBJ_EX", 0x93: "STACK_GLOBAL",
    0x94: "MEMOIZE", 0x95: "FRAME", 0x96: "BYTEARRAY8", 0x97: "NEXT_BUFFER", 0x98: "READONLY_BUFFER",
  ]
}
