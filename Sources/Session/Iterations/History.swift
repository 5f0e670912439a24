import Foundation
import Graph
package import Pruning

/// Every iteration of a session, as a tree, and the one that is current.
public struct History: Sendable {
  /// In the order they were made: parents before their children.
  public private(set) var iterations: [Iteration]
  /// The current one's id.
  public private(set) var current: Int = 0
  private var nextID = 1
  private var lastVisitedChild: [Int: Int] = [:]

  /// A history that begins with the original.
  package init(original: OpenNetwork) {
    iterations = [Iteration(id: 0, parent: nil, origin: "original", network: original, steps: [])]
  }

  /// The current iteration.
  public var now: Iteration { self[current]! }

  /// The model as it was opened.
  public var original: Iteration { iterations[0] }

  /// The iteration of that id; `nil` where there is none.
  public subscript(id: Int) -> Iteration? { index(of: id).map { iterations[$0] } }

  /// The number of the iteration that goes by a name or a number.
  ///
  /// - Throws: `noSuchIteration`.
  package func id(called text: String) throws -> Int {
    if let found = iterations.first(where: { $0.name == text }) { return found.id }
    guard let id = Int(text), self[id] != nil else {
      throw SessionError.noSuchIteration(text, known: iterations.map(\.id))
    }
    return id
  }

  /// The iterations made from one.
  public func children(of id: Int) -> [Iteration] { iterations.filter { $0.parent == id } }

  /// An iteration and everything made from it, parents before their children.
  public func branch(from id: Int) -> [Iteration] {
    var ids: Set<Int> = [id]
    return iterations.filter { iteration in
      let belongs = iteration.id == id || iteration.parent.map(ids.contains) ?? false
      if belongs { ids.insert(iteration.id) }
      return belongs
    }
  }

  /// Adds a child of the current iteration and makes it current.
  ///
  /// - Parameter id: its number, where it has one already; the next one where `nil`.
  package mutating func append(origin: String, network: OpenNetwork, step: PruningPlan.Step, id: Int? = nil) {
    let id = id ?? nextID
    precondition(self[id] == nil && id > 0, "an iteration's number is used once")
    nextID = max(nextID, id + 1)
    iterations.append(
      Iteration(id: id, parent: current, origin: origin, network: network, steps: now.steps + [step]))
    noteTime(of: id)
    go(to: id)
  }

  /// Adds a copy of an iteration beside it and makes the copy current; gives its id.
  ///
  /// - Parameter id: its number, where it has one already; the next one where `nil`.
  mutating func copy(_ iteration: Iteration, id: Int? = nil) -> Int {
    let id = id ?? nextID
    precondition(self[id] == nil && id > 0, "an iteration's number is used once")
    nextID = max(nextID, id + 1)
    iterations.append(Iteration(copy: iteration, id: id))
    noteTime(of: id)
    go(to: id)
    return id
  }

  private mutating func noteTime(of id: Int) {
    update(id) { $0.made = Date().timeIntervalSince1970 }
  }

  /// Makes an iteration current; `false` when there is none of that id.
  @discardableResult
  package mutating func go(to id: Int) -> Bool {
    guard self[id] != nil else { return false }
    var child = id
    while let parent = self[child]?.parent {
      lastVisitedChild[parent] = child
      child = parent
    }
    current = id
    return true
  }

  /// Goes back to the parent; `false` at the original.
  @discardableResult
  package mutating func undo() -> Bool {
    guard let parent = now.parent else { return false }
    current = parent
    return true
  }

  /// Goes forward to the child that was current last; `false` where there is none.
  @discardableResult
  package mutating func redo() -> Bool {
    guard let child = lastVisitedChild[current] else { return false }
    current = child
    return true
  }

  /// Removes an iteration and everything made from it; its parent becomes current where one of these was.
  ///
  /// - Returns: the ids that are gone; none for the original and for an id that there is not.
  @discardableResult
  package mutating func deleteBranch(from id: Int) -> Set<Int> {
    guard let parent = self[id]?.parent else { return [] }
    let gone = Set(branch(from: id).map(\.id))
    if gone.contains(current) { current = parent }
    iterations.removeAll { gone.contains($0.id) }
    lastVisitedChild = lastVisitedChild.filter { !gone.contains($0.key) && !gone.contains($0.value) }
    return gone
  }

  /// Changes an iteration in its place; nothing where there is none of that id.
  mutating func update(_ id: Int, _ change: (inout Iteration) -> Void) {
    if let index = index(of: id) { change(&iterations[index]) }
  }

  private func index(of id: Int) -> Int? {
    // They lie in order: the ids grow.
    var (low, high) = (0, iterations.count)
    while low < high {
      let middle = (low + high) / 2
      if iterations[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low < iterations.count && iterations[low].id == id ? low : nil
  }
}
