import Files
public import Foundation
public import Graph
import SwiftProtobuf

extension ONNXModel {
  /// The model with what differs in `network` changed, as one self-contained file: tensors that were kept
  /// outside it are inside. A network that does not differ gives the bytes that were read.
  ///
  /// - Throws: `FormatError.tooLargeToWrite` beyond 2 GB; `FormatError.invalidNetwork` for a network that is not
  ///   an edited copy of `self.network`.
  public func data(for network: Network, shapes: [String: [Graph.Dimension]]) throws -> Data {
    var message = try edited(for: network, shapes: shapes)
    guard message.hasExternalTensors else { return try encode(message, isUnchanged: message == self.message) }
    let external = ExternalFiles(of: file, in: externalFolder, mapped: externalFiles)
    try message.mapExternalTensors { tensor in
      if !tensor.hasRawData { tensor.rawData = try external.bytes(of: tensor) }
      tensor.externalData = []
      tensor.clearDataLocation()
    }
    return try encode(message)
  }

  /// The file itself, and the one beside it for tensors that are kept outside it.
  public func files(writtenTo path: String) -> [String] {
    message.hasExternalTensors ? [path, Self.dataPath(beside: path)] : [path]
  }

  /// Where tensors go that are kept outside the model's own file.
  static func dataPath(beside path: String) -> String { path + ".data" }

  /// `STEM.onnx`.
  public func path(ofStem stem: String) -> String { stem + ".onnx" }

  /// The file with what differs in `network` changed; declared shapes that no longer hold are dropped.
  public func data(for network: Network) throws -> Data { try data(for: network, shapes: [:]) }

  /// Writes the model with what differs in `network` changed.
  ///
  /// Tensors that were kept outside the file are written to `<path>.data` beside it. Both files are
  /// written under other names first and then put in place.
  ///
  /// - Throws: `FormatError.unwritable` when `path` cannot be written; else as `data(for:shapes:)`.
  public func write(
    _ network: Network, to path: String, shapes: [String: [Graph.Dimension]]
  ) throws {
    try requireFormat(of: path, among: [.onnx])
    var message = try edited(for: network, shapes: shapes)
    guard message.hasExternalTensors else {
      let bytes = try encode(message, isUnchanged: message == self.message)
      return try FormatError.writing { try FileReplacement.write(bytes, to: path) }
    }
    let external = ExternalFiles(of: file, in: externalFolder, mapped: externalFiles)
    let dataPath = Self.dataPath(beside: path)
    let location = FileBytes.name(of: dataPath)
    // The weights first: a model never stands there without them.
    let files = try FormatError.writing { try FileReplacement(of: [dataPath, path]) }
    var offset = 0
    try message.mapExternalTensors { tensor in
      let bytes = tensor.hasRawData ? tensor.rawData : try external.bytes(of: tensor)
      // Large tensors begin on a page, so that they can be mapped (the specification's advice).
      let padding =
        bytes.count >= Self.pageBytes ? (Self.pageBytes - offset % Self.pageBytes) % Self.pageBytes : 0
      try FormatError.writing {
        if padding > 0 { try files.write(Data(count: padding), to: 0) }
        try files.write(bytes, to: 0)
      }
      tensor.clearRawData()
      tensor.dataLocation = .external
      tensor.externalData = [
        ("location", location), ("offset", "\(offset + padding)"), ("length", "\(bytes.count)"),
      ].map(Onnx_StringStringEntryProto.init)
      offset += padding + bytes.count
    }
    let bytes = try encode(message)
    try FormatError.writing {
      try files.write(bytes, to: 1)
      try files.commit()
    }
  }

  private static let pageBytes = 4096

  /// The message with the changes made. Functions stay as they are while only initializers differ;
  /// otherwise the calls are replaced by the functions' nodes, to which the changes apply.
  package func edited(
    for network: Network, shapes: [String: [Graph.Dimension]] = [:]
  ) throws -> Onnx_ModelProto {
    let network = network.closingDecisions()
    var edit = GraphEdit(
      from: self.network, to: network, shapes: shapes, listsInitializersAsInputs: message.irVersion < 4)
    var result = message
    // Taken out and put back, because a change inside a message's message copies it otherwise.
    var graph = message.graph
    if inlined != nil, edit.changesOnlyInitializers(of: graph) {
      try edit.applyConstants(to: &graph)
      if !edit.affected.isEmpty {
        for index in result.functions.indices { result.functions[index].valueInfo = [] }
      }
    } else {
      if let inlined {
        result = inlined
        graph = inlined.graph
      }
      try edit.apply(to: &graph)
    }
    result.graph = graph
    return result
  }

  /// The encoded message: the bytes that were read where nothing is changed.
  private func encode(_ message: Onnx_ModelProto, isUnchanged: Bool = false) throws -> Data {
    if isUnchanged, let original {
      var bytes = Data(capacity: original.reduce(0) { $0 + $1.count })
      for piece in original { bytes.append(piece) }
      return bytes
    }
    do {
      return try message.serializedBytes()
    } catch {
      throw FormatError.tooLargeToWrite(file: file)
    }
  }
}

extension Onnx_StringStringEntryProto {
  fileprivate init(_ key: String, _ value: String) {
    self.init()
    self.key = key
    self.value = value
  }
}

// MARK: Tensors that are kept outside the file

extension Onnx_ModelProto {
  /// Whether any tensor of the model is kept in another file.
  var hasExternalTensors: Bool {
    graph.hasExternalTensors || functions.contains { $0.node.contains(where: \.hasExternalTensors) }
      || trainingInfo.contains { $0.initialization.hasExternalTensors || $0.algorithm.hasExternalTensors }
  }

  /// Changes each tensor that is kept in another file.
  mutating func mapExternalTensors(
    _ change: (inout Onnx_TensorProto) throws -> Void
  ) throws {
    if hasGraph { try graph.mapExternalTensors(change) }
    for function in functions.indices {
      for node in functions[function].node.indices {
        try functions[function].node[node].mapExternalTensors(change)
      }
    }
    for index in trainingInfo.indices {
      if trainingInfo[index].hasInitialization {
        try trainingInfo[index].initialization.mapExternalTensors(change)
      }
      if trainingInfo[index].hasAlgorithm { try trainingInfo[index].algorithm.mapExternalTensors(change) }
    }
  }
}

extension Onnx_GraphProto {
  fileprivate var hasExternalTensors: Bool {
    initializer.contains(where: \.isExternal) || sparseInitializer.contains(where: \.hasExternalTensors)
      || node.contains(where: \.hasExternalTensors)
  }

  fileprivate mutating func mapExternalTensors(
    _ change: (inout Onnx_TensorProto) throws -> Void
  ) throws {
    for index in initializer.indices where initializer[index].isExternal { try change(&initializer[index]) }
    for index in sparseInitializer.indices { try sparseInitializer[index].mapExternalTensors(change) }
    for index in node.indices where node[index].hasExternalTensors {
      try node[index].mapExternalTensors(change)
    }
  }
}

extension Onnx_NodeProto {
  fileprivate var hasExternalTensors: Bool {
    attribute.contains { attribute in
      (attribute.hasT && attribute.t.isExternal) || attribute.tensors.contains(where: \.isExternal)
        || (attribute.hasSparseTensor && attribute.sparseTensor.hasExternalTensors)
        || attribute.subgraphs.contains(where: \.hasExternalTensors)
    }
  }

  fileprivate mutating func mapExternalTensors(
    _ change: (inout Onnx_TensorProto) throws -> Void
  ) throws {
    for index in attribute.indices {
      if attribute[index].hasT, attribute[index].t.isExternal { try change(&attribute[index].t) }
      for tensor in attribute[index].tensors.indices where attribute[index].tensors[tensor].isExternal {
        try change(&attribute[index].tensors[tensor])
      }
      if attribute[index].hasSparseTensor { try attribute[index].sparseTensor.mapExternalTensors(change) }
      try attribute[index].mapSubgraphs { graph in try graph.mapExternalTensors(change) }
    }
  }
}

extension Onnx_SparseTensorProto {
  fileprivate var hasExternalTensors: Bool { values.isExternal || indices.isExternal }

  fileprivate mutating func mapExternalTensors(
    _ change: (inout Onnx_TensorProto) throws -> Void
  ) throws {
    if values.isExternal { try change(&values) }
    if indices.isExternal { try change(&indices) }
  }
}

extension Onnx_TensorProto {
  fileprivate var isExternal: Bool { dataLocation == .external }
}
