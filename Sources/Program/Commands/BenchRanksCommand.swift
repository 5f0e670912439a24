import ArgumentParser
import Compute
import Foundation
import Graph
import Scaling
import Session
import TerminalUI

struct BenchRanksCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "ranks",
    abstract: "Foretells how training, scores and curves scale with the number of ranks.",
    discussion: """
      What a rank computes is measured on this machine, in one pass for each kind of work on random numbers; the rest is \
      simulated, message by message: ranks that differ from step to step, gradients that leave in buckets while the \
      backward pass goes on, hosts whose ranks share a network card. The efficiency is what the ranks do of what as \
      many would if each did as much as one alone. Where it falls below 80 % the table is made again with what could help.

      --check takes real steps instead, on ranks that are threads, over links that take the time that is asked for, and \
      compares them with the simulation. A small model on slow links shows most.

      EXAMPLES
        secateur bench ranks resnet50.onnx
        secateur bench ranks resnet50.onnx --network 10G --latency 50us --per-host 2 --threads 8
        secateur bench ranks resnet50.onnx --global-batch 1024 --work train --ranks 1,8,64
        secateur bench ranks SampleModels/residual.onnx --check --batch-size 4 --ranks 1,2,4,8 --per-host 1 \
      --network 400M --latency 1ms --bucket 1
      """)

  @OptionGroup var subject: MeasuredModelOptions
  @Option(
    help: ArgumentHelp("The kinds of work: train, score, grams, curves.", valueName: "work,…"),
    transform: { try CommaList(argument: $0, "--work").elements })
  var work = ScalingTable.Work.allCases
  @Option(
    help: ArgumentHelp("The numbers of ranks.", valueName: "count,…"),
    transform: { try CommaList<Int>(argument: $0, "--ranks").elements })
  var ranks = (0...10).map { 1 << $0 }
  @Option(
    help: ArgumentHelp("Bandwidths between hosts, in bits a second.", valueName: "10G,…"),
    transform: { try CommaList(argument: $0, "--network").elements })
  var network = ["10G", "100G"].compactMap(Bandwidth.init(text:))
  @Option(
    help: "How long a message takes from host to host, beside its length.",
    transform: { try ShortTime(argument: $0, "--latency") })
  var latency = ShortTime(text: "20us")!
  @Option(
    help: "How long one takes within a host.", transform: { try ShortTime(argument: $0, "--local-latency") })
  var localLatency = ShortTime(text: "1us")!
  @Option(help: "Ranks of a host, which share its network card.", transform: WholeNumber.count)
  var perHost = 8
  @Option(help: "How sums are made: pairwise (as this program does), ring, tree, halving, hierarchical.")
  var allReduce: AllReduce = .pairwise
  @Option(help: "Megabytes of gradients that leave together.", transform: WholeNumber.count) var bucket = 25
  @Option(help: "Examples of a rank in a step of training.", transform: WholeNumber.count) var batchSize = 16
  @Option(
    help: "Examples of all ranks in a step of training, however many there are.", transform: WholeNumber.count
  )
  var globalBatch: Int?
  @Option(help: "Examples that are scored.", transform: WholeNumber.count) var examples = 50_000
  @Option(help: "How many times faster than this machine a rank computes.") var speed = 1.0
  @Option(help: "How much ranks differ from step to step, in per cent (standard deviation).") var jitter = 3.0
  @Option(help: "Where the random numbers begin.") var seed: UInt64 = 0
  @Option(help: "Seconds that each kind of pass is measured for, at least.") var seconds = 3.0
  @Flag(help: "Take real steps on threads, and compare them with the simulation.") var check = false
  @Flag(help: "Print JSON.") var json = false

  /// Ranks that one machine is asked to be.
  private static let mostThreads = 16
  /// Ranks that are simulated.
  private static let mostRanks = 4096

  func validate() throws {
    guard bucket <= 1_000_000 else { throw ValidationError("--bucket is at most 1,000,000 megabytes.") }
    let most = check ? Self.mostThreads : Self.mostRanks
    guard ranks.allSatisfy({ (1...most).contains($0) }) else {
      throw ValidationError(
        "--ranks are numbers from 1 to \(Quantity.grouped(most))\(check ? " in a check" : "").")
    }
    guard seconds >= 0, seconds.isFinite, speed > 0, speed.isFinite, (0...100).contains(jitter) else {
      throw ValidationError("--seconds is a number from 0, --speed one above 0, --jitter one from 0 to 100.")
    }
  }

  func run() throws {
    try reporting {
      let workbench = try subject.open()
      if check { return try compare(workbench.current) }
      var request = Workload.Request()
      (request.batch, request.duration) = (batchSize, seconds)
      let workload = try Workload(measuring: workbench.current, request, options: subject.compute.options)
        .faster(by: speed)
      let tables = network.enumerated().flatMap { number, network in
        let forecast = ScalingForecast(
          workload, on: cluster(network, workload), ranks: Set(ranks).sorted(), exchange: exchange,
          jitter: Jitter(deviation: jitter / 100, seed: seed), globalBatch: globalBatch, examples: examples)
        // Curves send next to nothing: one table does for all networks.
        return work.filter { $0 != .curves || number == 0 }.map {
          forecast.table($0, network: Self.name(network))
        }
      }
      let report = RanksReport(workload, tables, self, parameters: workbench.current.summary.parameters)
      if json { Console.json(report) } else { Console.result(report.text) }
    }
  }

  private var exchange: GradientExchange { GradientExchange(allReduce, bucketBytes: bucket * 1_000_000) }

  private func cluster(_ network: Bandwidth, _ workload: Workload?) -> Cluster {
    Cluster(
      ranks: 1, ranksPerHost: perHost,
      network: Link(latency: latency.seconds, bytesPerSecond: network.bytesPerSecond),
      local: Link(
        latency: localLatency.seconds, bytesPerSecond: workload?.copiedBytesPerSecond ?? .infinity),
      addedBytesPerSecond: workload?.addedBytesPerSecond ?? .infinity)
  }

  /// `10 Gbit/s`
  static func name(_ network: Bandwidth) -> String {
    // Whole numbers have no digits behind the point.
    let count = Quantity.count(network.bitsPerSecond)
    return "\(count.replacing(".00 ", with: " ").replacing(".0 ", with: " "))bit/s"
  }

  private func compare(_ opened: OpenNetwork) throws {
    let training = PacedTraining(opened, batch: batchSize, exchange)
    let profile = try training.profile()
    var checks: [RanksCheck] = []
    for network in network {
      for count in Set(ranks).sorted() {
        var cluster = cluster(network, nil)
        cluster.ranks = count
        checks.append(
          RanksCheck(network: Self.name(network), step: try training.run(on: cluster, profile: profile)))
      }
    }
    if json { Console.json(checks) } else { Console.result(RanksCheck.text(checks)) }
  }
}

/// Values between commas.
private struct CommaList<Element> {
  let elements: [Element]

  init(argument: String, _ option: String, _ read: (String) -> Element?) throws {
    elements = try argument.split(separator: ",", omittingEmptySubsequences: false).map { part in
      guard let element = read(part.trimmingCharacters(in: .whitespaces)) else {
        throw ValidationError("\(option): '\(part)' is none of what it takes.")
      }
      return element
    }
  }
}

extension CommaList<Int> {
  init(argument: String, _ option: String) throws { try self.init(argument: argument, option) { Int($0) } }
}

extension CommaList<Bandwidth> {
  init(argument: String, _ option: String) throws {
    try self.init(argument: argument, option) { Bandwidth(text: $0) }
  }
}

extension CommaList<ScalingTable.Work> {
  init(argument: String, _ option: String) throws {
    try self.init(argument: argument, option) { ScalingTable.Work(rawValue: $0) }
  }
}

extension ShortTime {
  fileprivate init(argument: String, _ option: String) throws {
    guard let time = ShortTime(text: argument) else {
      throw ValidationError("\(option) is a time such as 20us or 0.5ms.")
    }
    self = time
  }
}
