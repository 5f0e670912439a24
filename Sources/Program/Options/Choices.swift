public import ArgumentParser
public import Compute
public import Pruning
public import Scaling
public import Session
public import Training

extension Criterion: ExpressibleByArgument {}
extension Normalization: ExpressibleByArgument {}
extension Aggregation: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}
extension SampleNetwork: ExpressibleByArgument {}
extension Precision: ExpressibleByArgument {}
extension Benchmark.Work: ExpressibleByArgument {}
extension AllReduce: ExpressibleByArgument {}
extension ScalingTable.Work: ExpressibleByArgument {}
extension OptimizerSettings.Method: ExpressibleByArgument {}
extension Distillation.Measure: ExpressibleByArgument {}
extension SparsitySettings.Kind: ExpressibleByArgument {}
extension IterationFigure: ExpressibleByArgument {}
