internal import TerminalUI

/// What letters, signs and colours on the screens mean, and the words used here: one key away from everywhere.
enum Legend {
  private struct Entry {
    let sign: [Span]
    let meaning: String

    init(_ sign: String, _ role: Role, _ meaning: String) {
      self.sign = [Span(sign, role)]
      self.meaning = meaning
    }
  }

  static func overlay(_ state: ProgramState) -> MessageOverlay {
    let glyphs = state.usesASCII ? Glyphs.ascii : .unicode
    func scalar(_ scalar: Unicode.Scalar) -> String { String(Character(scalar)) }
    let sections: [(String, [Entry])] = [
      (
        "Rows",
        [
          Entry(scalar(glyphs.selector), .text, "the row under the cursor"),
          Entry(scalar(glyphs.mark), .changed, "marked: percentages and protection go to all marked rows"),
          Entry(
            scalar(glyphs.pinned), .pinned, "cannot lose kernels: the network forbids it, or it is protected"),
          Entry("underlined", .text, "tied to the row under the cursor: what one loses, the others lose too"),
          Entry(
            "\(scalar(glyphs.sortDescending)) \(scalar(glyphs.selector))", .title,
            "a module that is open, and one that is closed (o)"),
        ]
      ),
      (
        "Lanes of Layers",
        [
          Entry(scalar(glyphs.stop), .text, "a layer; it reads the lane that ends or branches off there"),
          Entry(
            scalar(glyphs.junction), .text,
            "a layer with which a join is complete: the lanes that reach it are added, joined or multiplied"),
          Entry(scalar(glyphs.stops), .text, "a closed module"),
          Entry(
            scalar(glyphs.vertical), .group(0),
            "what a layer made is still to be read, in the colour of its tie"),
          Entry(scalar(glyphs.joint), .dim, "is read here and goes on"),
          Entry(scalar(glyphs.overpass), .dim, "passes by"),
          Entry("7", .dim, "so many outputs for which there is no lane"),
          Entry("( )", .title, "go to what feeds the layer, and to what reads it"),
        ]
      ),
      (
        "Columns of Layers",
        [
          Entry("PRUNE 25%", .changed, "the share of the kernels that was asked to go"),
          Entry("25→22%", .warning, "asked → what goes: floors, pins, ties and rounding decide"),
          Entry("KEEP 12≈3", .warning, "kernels that stay; 3 of them could be others after more examples"),
          Entry("live", .text, "the score while it is measured: it still moves"),
          Entry("mean", .text, "the mean score of the layer's kernels; e-2 in the head: times 10 to the −2"),
          Entry("A B C", .group(0), "TIE: layers with the same letter lose the same kernels"),
          Entry("output", .pinned, "TIE: why nothing can go; i explains it"),
          Entry("7.23→5.42 M", .changed, "before → after, always in that order"),
        ]
      ),
      (
        "Kernels",
        [
          Entry("kept cut", .cut, "stays, or goes, by its score"),
          Entry("pinned forced", .pinned, "stays, or goes, because you said so (p, c)"),
          Entry("fixed", .pinned, "cannot go"),
          Entry("cut?", .cut, "more examples could bring it to the other side"),
          Entry(scalar(glyphs.vertical), .changed, "in a bar: the cut between what goes and what stays"),
          Entry(scalar(glyphs.teeRight), .dim, "the end of the standard error"),
        ]
      ),
      (
        "Iterations",
        [
          Entry("now", .success, "the iteration that is worked on; Enter takes another one"),
          Entry(scalar(glyphs.mark), .changed, "marked: & compares two to six"),
          Entry(
            scalar(IterationsScreen.frontMark(glyphs)), .graphSecond,
            "FRONT: no other one is better in what is plotted without being worse"),
          Entry("SINCE, VS 0", .text, "accuracy against what it was made from, and against the original"),
          Entry("written", .success, "a file has this network as it is"),
          Entry("(4.2 ms)", .dim, "a time under other conditions: compared with nothing"),
        ]
      ),
      (
        "Words",
        [
          Entry("kernel", .title, "all weights of a layer that make one output channel; also called filter"),
          Entry("tied, group", .title, "layers that are added or multiplied together lose the same channels"),
          Entry("frozen", .title, "what the network forbids to go, an output for instance"),
          Entry("MACs", .title, "multiplications and additions for one example"),
          Entry("score", .title, "what a kernel is worth by a criterion; the lowest go first"),
          Entry("loss expected", .title, "what measured losses say the network loses once it is refitted"),
          Entry("refit", .title, "new weights for what reads the kernels that went, by least squares"),
          Entry("iteration", .title, "the network after a prune, with what recovery and training did to it"),
        ]
      ),
    ]
    let width = sections.flatMap(\.1).map(\.sign.columns).max() ?? 0
    var lines: [[Span]] = []
    for (title, entries) in sections {
      if !lines.isEmpty { lines.append([]) }
      lines.append([Span(title, .title)])
      lines += entries.map { entry in
        let gap = String(repeating: " ", count: width - entry.sign.columns + 2)
        return [Span("  ")] + entry.sign + [Span(gap + entry.meaning)]
      }
    }
    return MessageOverlay(title: "Legend", lines: lines)
  }
}
