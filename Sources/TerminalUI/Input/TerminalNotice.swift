internal import Foundation

/// Something that a terminal is told beside what is on the screen. Those that do not know it pass it by.
package enum TerminalNotice: Hashable, Sendable {
  /// The title of its window.
  case title(String)
  /// A text for its clipboard (OSC 52).
  case clipboard(String)
  /// Attention: a bell and a notification (OSC 9 or OSC 777).
  case attention(String)
  /// How far work is, 0…1, in the window's title or in a bar of tasks (OSC 9;4); `nil` where nothing runs.
  case progress(Double?)
}

/// How one terminal is told notices, as its environment says what it is.
///
/// A terminal that does not know a sequence passes it by, but two of them clash: OSC 9 is a notification to some and, with
/// a 4 behind it, progress to others, where the former show `4;1;50` as a message. So progress goes only to those that are
/// known to take it.
package struct NoticeWriter: Hashable, Sendable {
  /// What makes a notification.
  enum Attention: Hashable { case osc9, osc777 }

  let attention: Attention
  let takesProgress: Bool

  /// What suits the terminal that these variables are those of.
  package init(environment: [String: String]) {
    func version(_ name: String) -> Double { environment[name].flatMap { Double($0.prefix(6)) } ?? 0 }
    func major(_ name: String) -> (Int, Int) {
      let parts = (environment[name] ?? "").split(separator: ".").map { Int($0) ?? 0 }
      return (parts.first ?? 0, parts.count > 1 ? parts[1] : 0)
    }
    let type = environment["TERM"] ?? ""
    let program = environment["TERM_PROGRAM"] ?? ""
    let isNested = type.hasPrefix("tmux") || type.hasPrefix("screen") || environment["TMUX"] != nil
    let isVTE = version("VTE_VERSION") > 0
    attention = type.hasPrefix("rxvt") || type.hasPrefix("foot") || isVTE ? .osc777 : .osc9
    takesProgress =
      !isNested
      && (environment["WT_SESSION"] != nil || environment["ConEmuANSI"] == "ON"
        || ["WezTerm", "ghostty"].contains(program) || version("VTE_VERSION") >= 7900
        || program == "iTerm.app" && major("TERM_PROGRAM_VERSION") >= (3, 6))
  }

  /// The bytes that say a notice; none where this terminal would not take it for what it is.
  package func sequence(of notice: TerminalNotice) -> String {
    switch notice {
    case .title(let text): "\u{1b}]2;\(Self.plain(text))\u{07}"
    case .clipboard(let text): "\u{1b}]52;c;\(Data(text.utf8).base64EncodedString())\u{07}"
    case .attention(let text):
      switch attention {
      case .osc9: "\u{07}\u{1b}]9;\(Self.plain(text))\u{07}"
      // What stands before the second semicolon is the notification's title.
      case .osc777: "\u{07}\u{1b}]777;notify;secateur;\(Self.plain(text.replacing(";", with: ",")))\u{07}"
      }
    case .progress where !takesProgress: ""
    case .progress(let fraction?):
      "\u{1b}]9;4;1;\(Int((100 * (fraction.isNaN ? 0 : min(1, max(0, fraction)))).rounded()))\u{07}"
    case .progress(nil): "\u{1b}]9;4;0;0\u{07}"
    }
  }

  /// A text in which nothing ends the sequence or begins another.
  private static func plain(_ text: String) -> String {
    String(
      String.UnicodeScalarView(
        text.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) }.prefix(200)))
  }
}
