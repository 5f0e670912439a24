// A session speaks in these values: whoever works with one sees them.
@_exported public import SessionModel
