// swift-tools-version: 6.1
import PackageDescription

/// Programs of somebody who imports the library; paths to models are meant from the repository's folder.
let package = Package(
  name: "LibraryExample",
  platforms: [.macOS(.v15)],
  dependencies: [.package(name: "secateur", path: "../..")],
  targets: ["Workflow", "TaylorLoop", "Handle", "OwnAlgorithm"].map { name in
    .executableTarget(name: name, dependencies: [.product(name: "Secateur", package: "secateur")])
  }
)
