/// The looks of all roles, under a name.
package struct Theme: Hashable, Sendable {
  /// How one role looks; nil colours are inherited.
  package struct Look: Hashable, Sendable {
    /// The glyph's colour.
    package var foreground: Color
    /// The colour behind it; nil is that of `text`.
    package var background: Color?
    /// How the glyph is struck.
    package var attributes: Attributes

    /// A look from its parts.
    package init(_ foreground: Color, on background: Color? = nil, _ attributes: Attributes = []) {
      self.foreground = foreground
      self.background = background
      self.attributes = attributes
    }
  }

  /// The theme's name, as its file has it.
  package var name: String
  private var looks: [Role: Look]

  /// A theme from its looks; roles without one look like `text`.
  package init(name: String, looks: [Role: Look]) {
    self.name = name
    self.looks = looks
  }

  /// How a role looks: its own look, or that of `text`.
  package subscript(role: Role) -> Look {
    get { looks[role] ?? looks[.text] ?? Look(.standard) }
    set { looks[role] = newValue }
  }

  /// The roles that the theme says something about.
  package var roles: Set<Role> { Set(looks.keys) }
}

/// What the terminal is told for a cell: colours it can show, and attributes.
package struct ResolvedStyle: Hashable, Sendable {
  /// The glyph's colour.
  package var foreground: Color
  /// The colour behind it.
  package var background: Color
  /// How the glyph is struck.
  package var attributes: Attributes

  /// A look from its parts.
  package init(foreground: Color, background: Color, attributes: Attributes) {
    self.foreground = foreground
    self.background = background
    self.attributes = attributes
  }
}

extension Theme {
  /// The look of a style on a terminal with so many colours.
  ///
  /// - A role used as a background gives its own background if it has one, else its colour.
  /// - With eight colours, a bright colour becomes its dark form in bold, and grey becomes faint white.
  /// - Where two colours fall together, or the background fades into black, reverse video stands for it.
  /// - Without colours, roles are told apart by attributes.
  package func resolve(_ style: Style, depth: ColorDepth) -> ResolvedStyle {
    var attributes = style.attributes
    var foreground = Color.standard
    var background: Color?
    switch style.foreground {
    case .color(let color): foreground = color
    case .blend(let first, let second, let share):
      foreground = self[first].foreground.mixed(with: self[second].foreground, fraction: Double(share) / 255)
    case .role(let role):
      let look = self[role]
      foreground = look.foreground
      background = look.background
      attributes.formUnion(look.attributes)
      if depth == .mono { attributes.formUnion(role.monoAttributes) }
    }
    switch style.background {
    case nil: break
    case .color(let color): background = color
    case .blend(let first, let second, let share):
      background = self[first].foreground.mixed(with: self[second].foreground, fraction: Double(share) / 255)
    case .role(let role):
      let look = self[role]
      background = look.background ?? look.foreground
      // A row's own colours give way where they cannot be read before the selection's, as the terminal shows both.
      if let own = look.background, !foreground.isReadable(before: own, at: depth) {
        let inks = [look.foreground, .palette(0), .palette(15)]
        foreground = inks.first { $0.isReadable(before: own, at: depth) } ?? look.foreground
      }
      // A theme without colours marks a background by reverse video, which must reach the whole row.
      if look.background == nil, look.foreground == .standard { attributes.formUnion(look.attributes) }
      if depth == .mono { attributes.formUnion(role.monoAttributes) }
    }
    let wanted = background ?? self[.text].background ?? .standard
    guard depth > .mono else {
      return ResolvedStyle(foreground: .standard, background: .standard, attributes: attributes)
    }
    var result = ResolvedStyle(
      foreground: foreground.ink(at: depth), background: wanted.nearest(at: depth),
      attributes: attributes)
    if depth == .ansi8, case .palette(let index) = foreground.nearest(at: .ansi16), index >= 8 {
      result.attributes.insert(index == 8 ? .dim : .bold)
    }
    let faded =
      depth <= .ansi16 && result.background == .palette(0) && background != nil
      && background != self[.text].background
    // A picture's cell may well have one colour above and below.
    let isInvisible =
      !style.isPicture && result.background == result.foreground && result.background != .standard
    if background != nil, !style.isPicture, faded || isInvisible {
      result.foreground = .standard
      result.background = .standard
      result.attributes.insert(.reverse)
    } else if isInvisible {
      let grey: Color = .palette(depth == .ansi8 ? 7 : 8)
      result.foreground = result.background == grey ? .palette(0) : grey
    }
    return result
  }
}
