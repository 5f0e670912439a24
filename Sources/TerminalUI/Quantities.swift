// Whoever draws writes numbers and texts too: all come with one import.
@_exported public import Quantities
