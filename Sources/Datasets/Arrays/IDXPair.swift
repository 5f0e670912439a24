import Files
import Foundation

/// Images and their labels in two IDX files, found by the names that MNIST and its followers use:
/// `train-images-idx3-ubyte.gz` and `train-labels-idx1-ubyte.gz`, `t10k-images.idx3-ubyte`, ….
struct IDXPair: Equatable {
  var images: String
  var labels: String?
  /// What the images' name says before "images": `train`, `t10k`, `emnist-letters-test`.
  var part: Split?

  init(images: String, labels: String?) {
    self.images = images
    self.labels = labels
    let name = (images as NSString).lastPathComponent.lowercased()
    let before = name.range(of: "images").map { String(name[..<$0.lowerBound]) } ?? ""
    part = before.split { "-_. ".contains($0) }.last.flatMap { Split(word: String($0)) }
  }

  /// The pairs of a folder whose images' names begin with `prefix`.
  static func pairs(in folder: String, prefix: String = "") -> [IDXPair] {
    let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    let images = names.filter { $0.hasPrefix(prefix) && isImages($0) }
    // The compressed and the plain file of one name are one.
    return images.filter { !$0.hasSuffix(".gz") || !images.contains(String($0.dropLast(3))) }.map {
      let path = (folder as NSString).appendingPathComponent($0)
      return IDXPair(images: path, labels: labels(beside: path))
    }
  }

  private static func isImages(_ name: String) -> Bool {
    let name = name.lowercased()
    return name.contains("images") && name.contains("idx")
  }

  /// The labels' file for an images' file, if it stands beside it.
  static func labels(beside images: String) -> String? {
    let folder = Folder.path(above: images)
    let name = (images as NSString).lastPathComponent
    guard name.contains("images") else { return nil }
    let renamed = name.replacingOccurrences(of: "images", with: "labels")
      .replacingOccurrences(of: "idx3", with: "idx1").replacingOccurrences(of: "idx4", with: "idx1")
    let plain = renamed.hasSuffix(".gz") ? String(renamed.dropLast(3)) : renamed
    return [renamed, plain, plain + ".gz"].map { (folder as NSString).appendingPathComponent($0) }
      .first { FileManager.default.fileExists(atPath: $0) }
  }
}
