public import ArgumentParser
public import Pruning
public import Session
public import Training

extension Criterion: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}
extension SampleNetwork: ExpressibleByArgument {}
extension Benchmark.Work: ExpressibleByArgument {}
