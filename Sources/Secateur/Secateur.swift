// Everything that prunes and nothing of the terminal: `import Secateur` is an import of the modules below.
@_exported public import Compute
@_exported public import Datasets
@_exported public import Errors
@_exported public import Formats
@_exported public import Graph
@_exported public import Procedures
@_exported public import Pruning
@_exported public import Schedules
@_exported public import Session
@_exported public import SessionModel
@_exported public import Training
