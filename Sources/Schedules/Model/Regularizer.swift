/// An instance under `regularizers`: a penalty on weights.
public struct Regularizer: Sendable, Hashable {
  /// The elements whose norm is penalised as one.
  public enum Group: String, Sendable, Hashable, CaseIterable {
    /// The weights of one filter for one channel.
    case kernels = "2D"
    /// Filters.
    case filters = "3D"
    /// Input channels.
    case channels = "Channels"
    /// The whole weight.
    case layer = "4D"

    /// The group of a name; filters have two.
    init?(written: String) { self.init(rawValue: written == "Filters" ? "3D" : written) }
  }

  /// What is penalised.
  public enum Kind: Sendable, Hashable {
    /// λ·Σ |w|.
    case l1
    /// ½·λ·Σ w²; Distiller leaves it to the optimiser's weight decay.
    case l2
    /// λ·Σ ‖g‖ over groups.
    case groupLasso
  }

  /// What is compared with λ at the end of each scheduled epoch; what is below it is masked from then on.
  public enum Criterion: String, Sendable, Hashable, CaseIterable {
    /// The mean magnitude.
    case meanMagnitude = "Mean_Abs"
    /// The largest magnitude.
    case largest = "Max"
  }

  /// λ of a weight.
  public struct Regime: Sendable, Hashable {
    /// The weight.
    public var weight: NamedWeight
    /// λ.
    public var strength: Double
    /// The groups, for a group lasso.
    public var group: Group
  }

  /// The name of the instance.
  public var name: String
  /// The class, as Distiller calls it.
  public var className: String
  /// What is penalised.
  public var kind: Kind
  /// By weight, in the file's order.
  public var regimes: [Regime]
  /// What masks; `nil` for nothing.
  public var criterion: Criterion?
  /// Where it begins.
  public var line: Int?
}

/// An instance under `extensions`: makes the network smaller by what is masked.
public struct Remover: Sendable, Hashable {
  /// The name of the instance.
  public var name: String
  /// The class, as Distiller calls it.
  public var className: String
  /// What it takes away.
  public var structure: Pruner.Structure
  /// Where it begins.
  public var line: Int?
}
