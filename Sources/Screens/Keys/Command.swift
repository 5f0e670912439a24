/// Everything that can be done, by the id that keys, the `:` line, settings and tests know it by.
package enum Command: String, Sendable, Hashable, CaseIterable {
  // Everywhere
  case screenLayers = "layers"
  case screenKernels = "kernels"
  case screenShapes = "shapes"
  case screenIterations = "iterations"
  case screenLog = "log"
  case screenSensitivity = "sensitivity"
  case screenTrain = "training"
  case nextPane = "next-pane"
  case previousPane = "previous-pane"
  case maximize
  case filter
  case commandLine = "command-line"
  case help
  case undo
  case redo
  case back
  case quit
  case cancel
  case themes = "theme"
  case mouse
  // Moving
  case up, down, left, right
  case halfUp = "half-up"
  case halfDown = "half-down"
  case pageUp = "page-up"
  case pageDown = "page-down"
  case first, last
  // Layers
  case percentUp = "percent-up"
  case percentDown = "percent-down"
  case percentUpMore = "percent-up-10"
  case percentDownMore = "percent-down-10"
  case percentZero = "percent-zero"
  case amount
  case mark
  case markRange = "mark-range"
  case markAll = "mark-all"
  case markInvert = "mark-invert"
  case protect
  case target
  case settings = "set"
  case open
  case explain
  case sort
  case invertSort = "invert-sort"
  case sortAgain = "sort-again"
  // Kernels
  case toggleKernel = "toggle-kernel"
  case pinKernel = "pin-kernel"
  case kernelOrder = "kernel-order"
  case heatMaps = "heat-maps"
  case nextLayer = "next-layer"
  case previousLayer = "previous-layer"
  // Iterations
  case goTo = "go-to"
  case nameIteration = "name"
  case deleteBranch = "delete"
  case markIteration = "mark-iteration"
  case compare
  case scatterAxis = "axis"
  // Train
  case stopTraining = "stop-training"
  // Log
  case findNext = "find-next"
  case findPrevious = "find-previous"
  // Sensitivity
  case measure, suggest
  // Run
  case score
  case criterion
  case freeze
  case prune
  case recover
  case train
  case iterate = "auto"
  case evaluate
  case data
  case export
  case discardScores = "discard-scores"
  case openModel = "open-model"
  case schedule
}
