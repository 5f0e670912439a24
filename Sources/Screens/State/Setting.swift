package import Pruning

/// What is set for the whole network: a row of the one table of settings.
package typealias Setting = PruningSetting
