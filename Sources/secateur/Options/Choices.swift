public import ArgumentParser
public import Pruning
public import Training

extension Criterion: ExpressibleByArgument {}
extension Scope: ExpressibleByArgument {}
extension SampleNetwork: ExpressibleByArgument {}
