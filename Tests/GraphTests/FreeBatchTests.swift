import Graph
import TestSupport
import Testing

@Suite struct FreeBatchTests {
  private func network(_ shape: [Int]) -> Network {
    var build = NetworkBuilder()
    let x = build.input("x", [2, 3, 8, 8])
    let features = build.node("Conv", x, build.constant("w", [4, 3, 3, 3]))
    let flat = build.node("Reshape", features, build.constant("shape", Tensor(shape)))
    build.output(build.node("Gemm", flat, build.constant("m", [144, 5])))
    return build.network
  }

  @Test func aDeclaredBatchIsFreedWhereNothingDependsOnIt() throws {
    let network = network([-1, 144])
    #expect(network.fixedBatch == 2)
    let freed = try #require(network.freeingBatch())
    #expect(freed.fixedBatch == nil)
    #expect(try BoundNetwork(freed, batch: 7).shape(of: freed.outputs[0]) == [7, 5])
    #expect(throws: GraphError.self) {
      try BoundNetwork(network, inputShapes: [network.inputs[0]: [7, 3, 8, 8]])
    }
  }

  @Test(arguments: [[2, 144], [2, -1]])
  func aBakedBatchStays(shape: [Int]) { #expect(network(shape).freeingBatch() == nil) }

  @Test func examplesThatAreMixedKeepTheirNumber() {
    var build = NetworkBuilder()
    let x = build.input("x", [2, 3])
    build.output(build.node("ReduceMean", x, attributes: ["axes": .ints([0]), "keepdims": .int(1)]))
    #expect(build.network.freeingBatch() == nil)
    var centred = NetworkBuilder()
    let y = centred.input("y", [2, 3])
    let mean = centred.node("ReduceMean", y, attributes: ["axes": .ints([0]), "keepdims": .int(1)])
    centred.output(centred.node("Sub", y, mean))
    #expect(centred.network.freeingBatch() == nil)
  }

  /// A value that every batch shares keeps its shape; a state is freed along the axis of its examples.
  @Test func inputsThatHoldNoExamplesStay() throws {
    var build = NetworkBuilder()
    let (x, table) = (build.input("x", [1, 3]), build.input("table", [4, 3]))
    build.output(build.node("Gemm", x, table, attributes: ["transB": .int(1)]))
    let freed = try #require(build.network.freeingBatch())
    #expect(freed.batchAxes.axis(of: x) == 0 && freed.batchAxes.axis(of: table) == nil)
    var other = NetworkBuilder()
    let (y, state) = (other.input("y", [1, 3]), other.input("state", [2, 1, 3]))
    let summed = other.node("ReduceMean", state, attributes: ["axes": .ints([0]), "keepdims": .int(0)])
    other.output(other.node("Add", y, summed))
    let both = try #require(other.network.freeingBatch())
    #expect(both.batchAxes.axis(of: y) == 0 && both.batchAxes.axis(of: state) == 1)
  }

  @Test func aFreeBatchNeedsNoFreeing() {
    var build = NetworkBuilder()
    build.output(build.node("Relu", build.input("x", [nil, 3])))
    #expect(build.network.freeingBatch() == nil)
  }
}
