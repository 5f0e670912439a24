// What the screens show is what the engine knows: the same values on both sides.
@_exported public import SessionModel
