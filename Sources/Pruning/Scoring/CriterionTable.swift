import Graph

extension Criterion {
  /// The one table of what each criterion is.
  public var definition: Definition {
    switch self {
    case .taylor:
      Definition(
        summary: "change of the loss to first order",
        formula: "|Σ z·∂L/∂z| / (H·W), z [H, W] the kernel's activation",
        paper:
          "Molchanov et al. 2017, Pruning Convolutional Neural Networks for Resource Efficient Inference, eq. 8",
        advice: """
          One forward and one backward pass an example. Looks at each kernel alone, whatever goes with it.
          """,
        measure: .terms { term, elements in abs(term) / Double(elements) })
    case .taylorGate:
      Definition(
        summary: "squared change of the loss, of coupled kernels together",
        formula: "(Σ z·∂L/∂z)², the sum over space and over all kernels that go with k",
        paper: """
          Molchanov et al. 2019, Importance Estimation for Neural Network Pruning, eq. 8 with gates; Liu et al. 2021, \
          Group Fisher Pruning for Practical Network Compression, eq. 6
          """,
        advice: """
          Costs as much as taylor. A score is that of the whole group of kernels, and scores of all layers have one \
          unit, the square of the loss.
          """,
        measure: .unitTerms(ofOutputs: false))
    case .taylorWeight:
      Definition(
        summary: "squared change of the loss by each weight",
        formula: "Σ (w·∂L/∂w)² over the kernel's weights, for each example's own loss",
        paper: "Molchanov et al. 2019, Importance Estimation for Neural Network Pruning, eq. 8",
        advice: "Needs weight gradients of each example by itself: slower than taylor by half and more.",
        measure: .weightGradients)
    case .oracle:
      Definition(
        summary: "measured change of the loss without the kernel",
        formula: "|L′ − L|, L′ the loss with the kernel and all that go with it silent",
        paper:
          "Molchanov et al. 2017, Pruning Convolutional Neural Networks for Resource Efficient Inference, eq. 1",
        advice: """
          Exact for one kernel at a time, and slow: what lies behind a layer is run again for each kernel. Takes 512 \
          examples unless told otherwise.
          """,
        measure: .removal)
    case .obs:
      Definition(
        summary: "loss of the narrowed group, what reads it refitted",
        formula:
          "Lₖ − Lₖ₋₁, Lₖ the distance of the outputs when k of the group are gone and what reads it is refitted",
        paper: """
          the order: Hassibi & Stork 1993, Optimal Brain Surgeon; Frantar et al. 2022, Optimal Brain Compression; the \
          distance: the divergence of the classes' probabilities, or ‖y − y₀‖² over that of the centred outputs
          """,
        advice: """
          Needs data without labels. What `prune` chooses by where a cost is the target: each group's curve says what \
          every width loses, and targets are shared out by the curves. Takes 512 examples unless told otherwise.
          """,
        measure: .refits)
    case .outputEnergy:
      Definition(
        summary: "change of the outputs to first order, without labels",
        formula: "(Σ z·∂(v·y)/∂z)², v a random direction of the outputs y, summed as taylor-gate does",
        paper: "its mean is ‖∂y/∂z · z‖², by Hutchinson's estimator (Hutchinson 1990)",
        advice: "For data without labels and networks whose loss nobody knows.",
        measure: .unitTerms(ofOutputs: true))
    case .l1:
      Definition(
        summary: "sum of the weights' magnitudes",
        formula: "Σ |w|",
        paper: "Li et al. 2017, Pruning Filters for Efficient ConvNets, §3.1",
        advice:
          "Needs no data. Blind to a normalization behind the layer, which undoes the scale of the weights.",
        measure: .weights { layer, _ in layer.kernelSums { abs($0) } })
    case .l2:
      Definition(
        summary: "length of the weights",
        formula: "√Σ w²",
        paper:
          "Li et al. 2017, Pruning Filters for Efficient ConvNets, §3.1; He et al. 2018, Soft Filter Pruning",
        advice:
          "Needs no data. Blind to a normalization behind the layer, which undoes the scale of the weights.",
        measure: .weights { layer, _ in layer.kernelSums { $0 * $0 }?.map { $0.squareRoot() } })
    case .groupL2:
      Definition(
        summary: "length of all weights that go with the kernel",
        formula:
          "mean of Σ w² over the slices: of k, of the kernels it goes with, of what reads them, γ² of normalizations",
        paper: "Fang et al. 2023, DepGraph: Towards Any Structural Pruning, eq. 4",
        advice: "Needs no data. A score is that of the whole group of kernels.",
        measure: .unitWeights)
    case .normalizationScale:
      Definition(
        summary: "scale of the normalization behind the layer",
        formula: "|γ|",
        paper: "Liu et al. 2017, Learning Efficient Convolutional Networks through Network Slimming, §3",
        advice: """
          Needs no data, and means most where γ was trained with an L1 penalty. Layers without a normalization behind \
          them are not scored and stay as they are.
          """,
        measure: .weights { layer, _ in layer.normalizationScales?.map { abs($0) } })
    case .geometricMedian:
      Definition(
        summary: "distance to the layer's other kernels",
        formula: "Σ ‖w − w′‖ over the layer's kernels w′",
        paper:
          "He et al. 2019, Filter Pruning via Geometric Median for Deep Neural Networks Acceleration, eq. 5",
        advice: "Needs no data. Finds kernels that others can stand in for; compares kernels of one layer.",
        measure: .weights { layer, _ in layer.distanceSums })
    case .apoz:
      Definition(
        summary: "share of activations that are not zero",
        formula: "1 − APoZ, APoZ the share of zeros among the kernel's activations",
        paper: "Hu et al. 2016, Network Trimming, eq. 1",
        advice: "Needs data without labels. Says nothing where no rectifier stands behind the layer.",
        measure: .activations { count in 1 - Double(count.zeros) / Double(max(1, count.elements)) })
    case .meanActivation:
      Definition(
        summary: "mean activation",
        formula: "|Σ z| / (H·W)",
        paper:
          "Molchanov et al. 2017, Pruning Convolutional Neural Networks for Resource Efficient Inference, §2.2",
        advice: "Needs data without labels.",
        measure: .activations { count in abs(count.sum) / Double(max(1, count.elements)) })
    case .random:
      Definition(
        summary: "chance, for comparison",
        formula: "uniform in 0…1, from a seed",
        paper: "Mittal et al. 2018, Recovering from Random Pruning",
        advice: "A criterion that does not beat this one is of no use for the network.",
        measure: .weights { layer, generator in (0..<layer.layer.kernels).map { _ in generator.unit() } })
    case .external:
      Definition(
        summary: "scores of your own code, from a file",
        formula: "what the file says of k",
        paper: "whatever the code computes, in PyTorch on a GPU for example",
        advice: """
          For importance that this program does not know: --scores FILE, or :scores FILE in the terminal program. Layers \
          that the file does not name are not scored and stay as they are.
          """,
        measure: .given)
    }
  }
}
