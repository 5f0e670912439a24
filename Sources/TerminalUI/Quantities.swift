// Whoever draws writes numbers too: both come with one import.
@_exported public import Quantities
