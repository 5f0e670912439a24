import ArgumentParser

@main
struct Secateur: ParsableCommand {
  static let configuration = CommandConfiguration(abstract: "Prunes trained convolutional networks from a terminal.")
}
