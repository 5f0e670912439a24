import Datasets
import Graph
import Testing
import Training

@Suite struct AugmentationTests {
  /// Pictures of 2 channels and 5 × 4 pixels, every number another.
  private func batch(_ count: Int = 6) -> Batch {
    var batch = Batch(shape: [count, 2, 5, 4], inputs: (0..<count * 40).map { Float($0 + 1) })
    batch.labels = Array(0..<count)
    return batch
  }

  private func changed(_ augmentation: Augmentation, _ batch: Batch, epoch: Int = 0, seed: UInt64 = 3) throws
    -> Batch
  {
    var batch = batch
    try augmentation.apply(to: &batch, epoch: epoch, seed: seed)
    return batch
  }

  private func rows(_ batch: Batch, picture: Int) -> [[Float]] {
    (0..<10).map { row in
      let start = (picture * 10 + row) * 4
      return Array(batch.inputs[start..<start + 4])
    }
  }

  @Test func nothingIsChangedWithoutAChange() throws {
    #expect(try changed(Augmentation(), batch()).inputs == batch().inputs)
  }

  @Test func aFlipTurnsWholePicturesAndIsItsOwnInverse() throws {
    let before = batch(40)
    let after = try changed(Augmentation(flips: true), before)
    var flipped = 0
    for picture in 0..<40 {
      let (old, new) = (rows(before, picture: picture), rows(after, picture: picture))
      if new == old { continue }
      #expect(new == old.map { $0.reversed() })
      flipped += 1
    }
    #expect((8...32).contains(flipped), "about every second one")
    #expect(try changed(Augmentation(flips: true), after).inputs == before.inputs)
  }

  /// What is left of the picture is one rectangle of it; the rest is nothing, or the edge again.
  @Test(arguments: [Augmentation(crop: 2), Augmentation(shift: 2)]) func picturesMoveAsAWhole(
    augmentation: Augmentation
  ) throws {
    let before = batch(30)
    let after = try changed(augmentation, before)
    var offsets = Set<[Int]>()
    for picture in 0..<30 {
      let (old, new) = (rows(before, picture: picture), rows(after, picture: picture))
      let fits = (-2...2).flatMap { down in (-2...2).map { [down, $0] } }.filter { offset in
        (0..<10).allSatisfy { row in
          (0..<4).allSatisfy { column in
            var (from, across) = (row % 5 - offset[0], column - offset[1])
            if augmentation.shift > 0 {
              from = min(max(from, 0), 4)
              across = min(max(across, 0), 3)
            }
            let isInside = (0..<5).contains(from) && (0..<4).contains(across)
            return new[row][column] == (isInside ? old[row / 5 * 5 + from][across] : 0)
          }
        }
      }
      #expect(fits.count == 1)
      offsets.formUnion(fits)
    }
    #expect(offsets.count > 8, "many ways")
  }

  @Test func choicesFollowFromSeedEpochAndExample() throws {
    let augmentation = Augmentation(flips: true, crop: 2)
    let whole = try changed(augmentation, batch(12))
    #expect(try changed(augmentation, batch(12)).inputs == whole.inputs)
    #expect(try changed(augmentation, batch(12), epoch: 1).inputs != whole.inputs)
    #expect(try changed(augmentation, batch(12), seed: 4).inputs != whole.inputs)
    // The first half by itself: the batch around an example does not matter.
    #expect(try changed(augmentation, batch(6)).inputs == Array(whole.inputs[..<240]))
  }

  /// A picture to restore of twice the size moves twice as far; a class map gets places without a class.
  @Test(arguments: [false, true]) func targetsMoveAlong(isMap: Bool) throws {
    var before = batch(20)
    let size = isMap ? 20 : 80
    before.targets = (0..<20 * size).map { Float($0 % size + 1) }
    before.targetShape = isMap ? [20, 5, 4] : [20, 1, 10, 8]
    let after = try changed(Augmentation(flips: true, crop: 1), before)
    let targets = try #require(after.targets)
    let factor = isMap ? 1 : 2
    for picture in 0..<20 {
      for row in 0..<5 {
        for column in 0..<4 {
          let input = after.inputs[picture * 40 + row * 4 + column]
          let target = targets[picture * size + row * factor * 4 * factor + column * factor]
          // The number in the input says which pixel stood there.
          let pixel = Int(input) - 1 - picture * 40
          guard input != 0 else {
            #expect(target == (isMap ? -1 : 0))
            continue
          }
          let (from, across) = (pixel / 4, pixel % 4)
          let corner = from * factor * 4 * factor + across * factor + 1
          #expect(target == Float(corner) || (!isMap && target == Float(corner + 1)), "flipped or not")
        }
      }
    }
  }

  @Test func whatIsNoPictureIsRefused() throws {
    var rows = Batch(shape: [2, 6], inputs: [Float](repeating: 1, count: 12))
    #expect(throws: TrainingError.notPictures(what: "Examples", shape: [2, 6])) {
      try Augmentation(flips: true).apply(to: &rows, epoch: 0, seed: 0)
    }
    var boxes = batch(2)
    boxes.targets = [Float](repeating: 0, count: 8)
    boxes.targetShape = [2, 4]
    #expect(throws: TrainingError.notPictures(what: "Targets", shape: [2, 4])) {
      try Augmentation(flips: true).apply(to: &boxes, epoch: 0, seed: 0)
    }
  }
}
