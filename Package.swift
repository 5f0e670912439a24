// swift-tools-version: 6.1
import PackageDescription

/// Threads that each module is compiled by, where a build is to be quick: a release build leaves all but one processor idle.
let compilerThreads = Context.environment["SECATEUR_COMPILER_THREADS"]

let strict: [SwiftSetting] =
  [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
  ] + (compilerThreads.map { [.unsafeFlags(["-num-threads", $0])] } ?? [])

/// Tests are compiled without optimisation, which takes a fraction of the time: what they test is optimised.
let testing = strict + [.unsafeFlags(["-Onone"])]

/// A library target: one folder under `Sources`, named alike.
func library(_ name: String, on dependencies: [Target.Dependency] = []) -> Target {
  .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

/// The tests of one target: a folder `Tests/<Target>Tests`.
func tests(of name: String, on dependencies: [Target.Dependency] = [], resources: [Resource] = []) -> Target {
  .testTarget(
    name: "\(name)Tests", dependencies: [.init(stringLiteral: name)] + dependencies,
    resources: resources, swiftSettings: testing)
}

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let protobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let yams = Target.Dependency.product(name: "Yams", package: "Yams")

/// The library of an MPI that the compiler finds without help, such as `mpich`, to use in place of the trait `MPI`, which
/// takes Open MPI from where `pkg-config` says. The C shim alone is compiled anew.
let mpi = Context.environment["SECATEUR_MPI"]

let package = Package(
  name: "secateur",
  platforms: [.macOS(.v15)],
  products: [
    .library(name: "Secateur", targets: ["Secateur"]),
    .executable(name: "secateur", targets: ["Program"]),
  ],
  traits: [
    .trait(name: "MPI", description: "Runs over many machines, joined by an MPI that is installed.")
  ],
  dependencies: [
    // Up to the next minor version: what is tested is what is built. `Package.resolved` is not tracked.
    .package(url: "https://github.com/apple/swift-argument-parser", .upToNextMinor(from: "1.8.2")),
    .package(url: "https://github.com/apple/swift-protobuf", .upToNextMinor(from: "1.39.0")),
    .package(url: "https://github.com/jpsim/Yams", .upToNextMinor(from: "6.2.2")),
  ],
  targets: [
    // C shims: a prefixed function set each; the library's own header stays in the `.c` file.
    .target(name: "CTerminal", linkerSettings: [.linkedLibrary("ncursesw")]),
    .target(name: "CDNNL", linkerSettings: [.linkedLibrary("dnnl")]),
    // Our own vector code: the same for every processor that the compiler knows.
    .target(name: "CPointwise"),
    .target(
      name: "CCodecs",
      linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("z")]),

    // Ranks on many machines. Only with the trait `MPI`: without it nothing is asked of the system.
    .systemLibrary(name: "CMPILibrary", path: "Sources/CMPI/Library", pkgConfig: "ompi-c"),
    .target(
      name: "CMPI", dependencies: [.target(name: "CMPILibrary", condition: .when(traits: ["MPI"]))],
      exclude: ["Library"],
      cSettings: [.define("WITH_MPI", mpi == nil ? .when(traits: ["MPI"]) : nil)],
      linkerSettings: mpi.map { [.linkedLibrary($0)] }),

    // Numbers and texts as people read them, for both sides.
    library("Quantities"),
    // What is asked of the disk, for all.
    library("Files"),
    // What errors of all modules have in common.
    library("Errors"),
    // How files of YAML are read and written.
    library("YAML", on: [yams]),
    // How processes on many machines, or threads, add up what each has computed.
    library("Ranks", on: ["Errors", "CMPI"]),

    // The engine's side.
    library("Graph", on: ["Errors"]),
    .target(
      name: "Formats",
      dependencies: ["Errors", "Files", "Graph", "Datasets", "TensorFiles", "CCodecs", protobuf],
      exclude: ["ONNX/Schema/onnx.proto"],
      swiftSettings: strict),
    library("Datasets", on: ["Errors", "Files", "Graph", "CCodecs", "YAML"]),
    library("TensorFiles", on: ["Errors", "Graph", "Datasets"]),
    library("Compute", on: ["Errors", "Ranks", "Graph", "CDNNL", "CPointwise"]),
    library("Pruning", on: ["Errors", "Graph", "YAML"]),
    library("Training", on: ["Errors", "Ranks", "Graph", "Datasets", "Compute", "Pruning"]),
    // What the engine knows and is asked: values only, for both sides.
    library(
      "SessionModel",
      on: ["Errors", "Quantities", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training"]),
    library(
      "Session",
      on: [
        "Errors", "Files", "Quantities", "Ranks", "Graph", "Formats", "Datasets", "TensorFiles", "Compute",
        "Pruning", "Training", "SessionModel",
      ]),

    library(
      "Schedules",
      on: [
        "Errors", "Files", "Quantities", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training",
        "Session", "YAML",
      ]),

    // The terminal's side.
    library("TerminalUI", on: ["Errors", "Quantities"]),
    library(
      "Screens", on: ["Errors", "TerminalUI", "SessionModel", "Datasets", "Training", "Pruning", "Graph"]),
    library("TerminalHost", on: ["Errors", "TerminalUI", "CTerminal"]),

    library(
      "Procedures",
      on: [
        "Errors", "Quantities", "Session", "Training", "Pruning", "Formats", "Datasets", "Compute", "Graph",
      ]),
    library(
      "Secateur",
      on: [
        "Errors", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training", "SessionModel", "Session",
        "Schedules",
        "Procedures",
      ]),
    // How work scales with the number of ranks: on paper, simulated, and over links that take time.
    library(
      "Scaling", on: ["Errors", "Quantities", "Ranks", "Graph", "Compute", "Pruning", "Training", "Session"]),
    library("Reports", on: ["Quantities", "Session", "Training", "Pruning", "Graph"]),

    // Not by the product's name: file systems that take `secateur` for `Secateur` would mix the two up.
    .executableTarget(
      name: "Program",
      dependencies: [
        "Reports", "Scaling", "Procedures", "Errors", "Files", "Ranks",
        "Graph", "Formats", "Datasets", "TensorFiles", "Compute", "Pruning", "Training", "Session",
        "Schedules", "TerminalUI", "Screens", "TerminalHost", argumentParser,
      ],
      swiftSettings: strict),

    .target(
      name: "TestSupport", dependencies: ["Graph", "Datasets", "Training"], path: "Tests/TestSupport",
      resources: [.copy("Cases")],
      swiftSettings: strict),
    .target(
      name: "ScreenSamples",
      dependencies: ["Errors", "TerminalUI", "Screens", "Datasets", "Training", "Pruning", "Graph"],
      path: "Tests/ScreenSamples", swiftSettings: strict),
    // Tries seeded mutants of every kind of file and of what a user does; started by `Tests/CrossChecks/attack.py`.
    .executableTarget(
      name: "Attack",
      dependencies: [
        "TestSupport", "Errors", "Graph", "Formats", "Datasets", "TensorFiles", "Compute", "Pruning",
        "Training",
        "Session", "Schedules", "Procedures", "TerminalUI", "Screens", "ScreenSamples", protobuf,
      ],
      path: "Tests/Attack", swiftSettings: strict),
    tests(of: "Files", on: ["TestSupport"]),
    tests(of: "Ranks", on: ["Errors"]),
    // Yams judges what is written.
    tests(of: "YAML", on: ["TestSupport", yams]),
    tests(of: "CDNNL", on: ["TestSupport"]),
    tests(of: "CPointwise"),
    tests(of: "Graph", on: ["TestSupport"]),
    tests(
      of: "Formats", on: ["TestSupport", "Errors", "Graph", "TensorFiles", protobuf],
      resources: [.copy("Fixtures")]),
    tests(of: "Datasets", on: ["TestSupport"]),
    tests(of: "TensorFiles", on: ["TestSupport", "Graph", "Datasets"], resources: [.copy("Fixtures")]),
    tests(of: "Compute", on: ["TestSupport", "Errors", "Ranks", "Graph"]),
    tests(of: "Pruning", on: ["TestSupport", "Graph", "Formats"]),
    tests(
      of: "Training", on: ["TestSupport", "Ranks", "Graph", "Datasets", "Compute", "Pruning"],
      resources: [.copy("Fixtures")]),
    tests(
      of: "Session",
      on: [
        "TestSupport", "Errors", "Files", "Ranks", "Graph", "Formats", "Datasets", "TensorFiles", "Compute",
        "Pruning", "Training",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      of: "Schedules",
      on: [
        "TestSupport", "Errors", "Session", "Training", "Pruning", "Graph", "Formats", "Datasets", "Compute",
      ],
      resources: [.copy("Fixtures")]),
    tests(
      of: "Procedures",
      on: ["TestSupport", "Session", "Training", "Pruning", "Formats", "Datasets", "Compute", "Graph"]),
    tests(
      of: "Scaling",
      on: ["TestSupport", "Ranks", "Session", "Training", "Pruning", "Compute", "Graph"]),
    tests(
      of: "Reports",
      on: ["TestSupport", "Session", "Training", "Pruning", "Graph", "Formats", "Datasets", "Compute"]),
    // Named one by one, so that they are compiled anew when a type of a module behind the library changes.
    tests(
      of: "Secateur",
      on: [
        "TestSupport", "Errors", "Graph", "Formats", "Datasets", "Compute", "Pruning", "Training",
        "SessionModel", "Session",
      ]),
    tests(of: "TerminalUI"),
    tests(
      of: "Screens",
      on: [
        "TestSupport", "ScreenSamples", "Errors", "TerminalUI", "Datasets", "Training", "Pruning", "Graph",
      ], resources: [.copy("Fixtures")]),
    .testTarget(name: "EndToEndTests", dependencies: ["TestSupport"], swiftSettings: testing),
  ]
)
