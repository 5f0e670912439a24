import Foundation
import Screens
import TerminalUI
import Testing

/// Names of layers in a column.
@Suite struct LayerLabelsTests {
  /// The layers of twenty published networks, by network.
  static let networks: [(name: String, layers: [String])] = {
    let file = Bundle.module.bundleURL.appending(path: "Fixtures/layer-names.txt")
    let lines = (try? String(contentsOf: file, encoding: .utf8))?.split(separator: "\n") ?? []
    return lines.reduce(into: []) { networks, line in
      if line.hasPrefix("  ") {
        networks[networks.count - 1].layers.append(String(line.dropFirst(2)))
      } else {
        networks.append((String(line.dropLast()), []))
      }
    }
  }()

  @Test func noTwoLayersLookTheSameAtAnyWidth() {
    #expect(Self.networks.count == 20 && Self.networks.allSatisfy { $0.layers.count > 8 })
    for (network, layers) in Self.networks {
      let labels = LayerLabels(layers)
      for columns in 10...44 {
        let shown = labels.labels(columns: columns)
        #expect(Set(shown).count == layers.count, "\(network) at \(columns)")
        #expect(shown.allSatisfy { $0.columns <= columns }, "\(network) at \(columns)")
      }
      #expect(labels.labels(columns: labels.idealColumns) == layers)
    }
  }

  @Test func wordsLoseTheirEndsAndNumbersStay() {
    let labels = LayerLabels(["layer1.0.conv1", "layer1.0.downsample.0", "layer2.0.downsample.0"])
    #expect(
      labels.labels(columns: 21) == ["layer1.0.conv1", "layer1.0.downsample.0", "layer2.0.downsample.0"])
    #expect(labels.labels(columns: 15) == ["layer1.0.conv1", "layer1.0.down.0", "layer2.0.down.0"])
    #expect(labels.labels(columns: 11) == ["lay1.0.con1", "lay1.0.do.0", "lay2.0.do.0"])
  }

  @Test func whatAllShareGoesFirst() {
    let labels = LayerLabels(["model.body.first.expand/Conv", "model.body.first.shrink/Conv"])
    #expect(labels.labels(columns: 12) == ["expand", "shrink"])
    #expect(labels.labels(columns: 40)[0] == "model.body.first.expand/Conv")
    #expect(LayerLabels(["only.one.of.them"]).labels(columns: 40) == ["only.one.of.them"])
  }

  /// Names without words or parts, foreign letters, and columns for next to nothing.
  @Test func strangeNamesAreToldApartByTheirRows() {
    let alike = (0..<12).map {
      "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\(["x", "y", "z"][$0 % 3])bbbbbbbbbbbbbbb\($0 / 3)ccc"
    }
    for columns in 8...30 {
      let shown = LayerLabels(alike).labels(columns: columns)
      #expect(Set(shown).count == alike.count, "\(columns): \(shown)")
    }
    let foreign = LayerLabels(["畳み込み層その一", "畳み込み層その二", "../..", ""])
    for columns in 0...20 {
      #expect(foreign.labels(columns: columns).allSatisfy { $0.columns <= max(columns, 4) })
    }
    #expect(LayerLabels().labels(columns: 10).isEmpty)
  }
}
