import CPointwise

/// Expressions made ready to run: instructions on registers, each expression computed once.
struct PointwiseProgram {
  /// What is read, in the order of the first registers.
  private(set) var operands: [Pointwise.Operand] = []
  private(set) var constants: [Float] = []
  private(set) var instructions: [cpw_instruction] = []
  /// The register of each result.
  private(set) var results: [UInt8] = []
  private(set) var registerCount = 0

  /// Makes a program; `nil` where it would need more registers than there are.
  init?(_ results: [Pointwise]) {
    let steps = Numbered(results)
    operands = steps.operands
    constants = steps.constants
    // An operand's or a constant's register is never written. That of a result is written once, so that it may be the
    // memory of the tensor itself; the others are used again when nobody reads them any more.
    let fixed = operands.count + constants.count
    var lastUse = [Int](repeating: -1, count: steps.count)
    for (index, step) in steps.applications.enumerated() {
      for argument in step.arguments { lastUse[argument] = index }
    }
    let kept = Set(steps.results)
    var registers = Array(0..<fixed) + [Int](repeating: -1, count: steps.applications.count)
    var free: [Int] = []
    var count = fixed
    for (index, step) in steps.applications.enumerated() {
      let number = fixed + index
      if kept.contains(number) || free.isEmpty {
        registers[number] = count
        count += 1
      } else {
        registers[number] = free.removeLast()
      }
      guard count <= CPW_REGISTERS else { return nil }
      func register(_ argument: Int) -> UInt8 {
        step.arguments.indices.contains(argument) ? UInt8(registers[step.arguments[argument]]) : 0
      }
      instructions.append(
        cpw_instruction(
          operation: UInt8(step.operation.rawValue), target: UInt8(registers[number]), a: register(0),
          b: register(1), c: register(2)))
      for argument in Set(step.arguments)
      where argument >= fixed && lastUse[argument] == index && !kept.contains(argument) {
        free.append(registers[argument])
      }
    }
    guard count <= CPW_REGISTERS else { return nil }
    self.results = steps.results.map { UInt8(registers[$0]) }
    registerCount = count
  }

  /// Whether zeros of these operands give zeros, whatever the others are: the padding of a blocked layout stays zero.
  ///
  /// It is tried: with other operands of either sign, small and large. What is infinite at zero, and so makes a NaN of a
  /// product with zero, shows itself.
  func keepsZero(of padded: Set<Int>) -> Bool {
    let others: [Float] = [0, 1, -1, 0.37, -2.9, 1e6, -1e6, 1e-6]
    let values = operands.indices.map { index in
      (0..<64).map { padded.contains(index) ? 0 : others[($0 / (1 + index % 8) + index) % 8] }
    }
    return results(of: values).joined().allSatisfy { $0 == 0 }
  }
}

/// Expressions by number: operands, then constants, then what is computed, each that is the same once.
private struct Numbered {
  struct Application: Hashable {
    let operation: cpw_operation
    let arguments: [Int]

    static func == (a: Self, b: Self) -> Bool {
      a.operation.rawValue == b.operation.rawValue && a.arguments == b.arguments
    }
    func hash(into hasher: inout Hasher) {
      hasher.combine(operation.rawValue)
      hasher.combine(arguments)
    }
  }

  private(set) var operands: [Pointwise.Operand] = []
  private(set) var constants: [Float] = []
  private(set) var applications: [Application] = []
  private(set) var results: [Int] = []

  var count: Int { operands.count + constants.count + applications.count }

  init(_ expressions: [Pointwise]) {
    var order: [Pointwise] = []
    var seen = Set<ObjectIdentifier>()
    for expression in expressions {
      for part in expression.expressions() where seen.insert(ObjectIdentifier(part)).inserted {
        order.append(part)
      }
    }
    var operandNumbers: [Pointwise.Operand: Int] = [:]
    var constantNumbers: [UInt32: Int] = [:]
    for expression in order {
      switch expression.form {
      case .operand(let operand):
        if operandNumbers[operand] == nil {
          operandNumbers[operand] = operands.count
          operands.append(operand)
        }
      case .constant(let value):
        if constantNumbers[value.bitPattern] == nil {
          constantNumbers[value.bitPattern] = constants.count
          constants.append(value)
        }
      case .apply: break
      }
    }
    let fixed = operands.count + constants.count
    var numbers: [ObjectIdentifier: Int] = [:]
    var known: [Application: Int] = [:]
    for expression in order {
      let number: Int
      switch expression.form {
      case .operand(let operand): number = operandNumbers[operand] ?? 0
      case .constant(let value): number = operands.count + (constantNumbers[value.bitPattern] ?? 0)
      case .apply(let operation, let arguments):
        let application = Application(
          operation: operation, arguments: arguments.map { numbers[ObjectIdentifier($0)] ?? 0 })
        if let same = known[application] {
          number = same
        } else {
          number = fixed + applications.count
          known[application] = number
          applications.append(application)
        }
      }
      numbers[ObjectIdentifier(expression)] = number
    }
    results = expressions.map { numbers[ObjectIdentifier($0)] ?? 0 }
    fuseProducts(fixed)
  }

  /// A product that a single sum reads is one instruction with it.
  private mutating func fuseProducts(_ fixed: Int) {
    var uses = [Int](repeating: 0, count: count)
    for application in applications { for argument in application.arguments { uses[argument] += 1 } }
    for result in results { uses[result] += 1 }
    var dropped = Set<Int>()
    for index in applications.indices where applications[index].operation == CPW_ADD {
      let arguments = applications[index].arguments
      for side in 0...1 {
        let product = arguments[side] - fixed
        guard product >= 0, uses[arguments[side]] == 1, !dropped.contains(product),
          applications[product].operation == CPW_MULTIPLY
        else { continue }
        dropped.insert(product)
        applications[index] = Application(
          operation: CPW_MULTIPLY_ADD, arguments: applications[product].arguments + [arguments[1 - side]])
        break
      }
    }
    guard !dropped.isEmpty else { return }
    var moved = Array(0..<fixed)
    var kept: [Application] = []
    for (index, application) in applications.enumerated() {
      moved.append(fixed + kept.count)
      if dropped.contains(index) { continue }
      kept.append(
        Application(operation: application.operation, arguments: application.arguments.map { moved[$0] }))
    }
    applications = kept
    results = results.map { moved[$0] }
  }
}
