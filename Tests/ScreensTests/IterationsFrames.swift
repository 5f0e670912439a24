extension Frames {
  /// A training in its second epoch, behind an earlier one.
  static let train = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  training epoch 2/3 ▕█████▋      ▏ ETA 41s  1240 ex/s
    ┌ Train ───────────────────────────────────────────────────────────────────────┐
    │ Iteration 4  epoch 2 of 3, step 40 of 100  ETA 41s  1240 ex/s  rate 8.0e-3   │
    │ now loss 0.50, accuracy 86.0%  best epoch 1: accuracy 88.0% (70.0% before)   │
    │ −10 kernels by l2, 1 epoch  --epochs 3 --rate 0.01                           │
    │ loss                                   accuracy %                            │
    │ 2.41 │⢇       ⡇            ─ training  88.0 │       ◆       ◆                │
    │      │▲      ▲⡀          ▲ validation       │      ⢰⠁      ⢰⠁⡠⠂              │
    │      │⠈⢆      ⠱⡀               ◆ best       │     ⢀⠇      ⢀⠇⠜                │
    │      │ ⠘⡄     ⠘⢱                            │     ⡸       ⡜⠁                 │
    │      │ ⢱⠸⡀     ⡇⢣                           │    ⢠⠃     ⠠⢰⠁                  │
    │      │ ⠸⡀⠱⡀    ⢇ ⢣                          │    ⡎      ⢀⠇                   │
    │ 1.36 │  ⢇ ⢣    ⠸⡀⠈⢆                    79.0 │   ⡸       ⡎                    │
    │      │  ⢸  ⢇    ⢣ ⠈⢆                        │  ⢠⠃      ⡸                     │
    │      │   ⢧ ⠈⢆   ⠈⢆ ⠘⡄                       │  ⡎      ⢠⠃                     │
    │      │   ⠈⢣⡀⠘⡄   ⠘⣄ ⠘⡄                      │ ⢰⠁      ⡎           ─ training │
    │      │     ⠙⢄◆    ⠈⠳⣄◆                      │⢀⠇      ⡸          ▲ validation │
    │ 0.32 │       ⠈⠓⠦⣤    ⠙⠒⢤⣄              70.0 │▲      ▲⠃                ◆ best │
    │      └───────────────────────────────       └─────────────────────────────── │
    │       0           epochs            4        0           epochs            4 │
    └───────────────────────────────────────────────── s stops and keeps the best ─┘

     s stop  d data  w write  z undo  ? help
    """#

  /// The same on a terminal that shows ASCII only.
  static let trainASCII = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  training epoch 2/3 [#####-......] ETA 41s  1240 ex/s
    + Train -----------------------------------------------------------------------+
    | Iteration 4  epoch 2 of 3, step 40 of 100  ETA 41s  1240 ex/s  rate 8.0e-3   |
    | now loss 0.50, accuracy 86.0%  best epoch 1: accuracy 88.0% (70.0% before)   |
    | -10 kernels by l2, 1 epoch  --epochs 3 --rate 0.01                           |
    | loss                                   accuracy %                            |
    | 2.41 |*       *            * training  88.0 |        x      x                |
    |      |+       +          + validation       |       o      o **              |
    |      | o      *o               x best       |       o      o*                |
    |      | *o     * o                           |      o     *o                  |
    |      | * o     *o                           |    *o     *o                   |
    |      |  * o    * o                          |    o       o                   |
    | 1.36 |  * o    ** o                    79.0 |    o      o                    |
    |      |  ** o    *  o                        |   o       o                    |
    |      |   ** o    * o                        |  o       o                     |
    |      |    ** o    **o                       | o       o           * training |
    |      |     ***x    **x                      | o       o         + validation |
    | 0.32 |        ****    ***              70.0 |+       +                x best |
    |      +-------------------------------       +------------------------------- |
    |       0           epochs            4        0           epochs            4 |
    +------------------------------------------------- s stops and keeps the best -+

     s stop  d data  w write  z undo  ? help
    """#

  /// The same with room.
  static let trainWide = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                    ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx
     734 k params  136 M MACs                                            training epoch 2/3 ▕██████████████                ▏ ETA 41s  1240 ex/s
    ┌ Train ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
    │ Iteration 4  epoch 2 of 3, step 40 of 100  ETA 41s  1240 ex/s  rate 8.0e-3                                                               │
    │ now loss 0.50, accuracy 86.0%  best epoch 1: accuracy 88.0% (70.0% before)                                                               │
    │ −10 kernels by l2, 1 epoch  --epochs 3 --rate 0.01                                                                                       │
    │ loss                                                                 accuracy %                                                          │
    │ 2.43 │⢸              ⢸                                   ─ training  88.0 │              ⢠◆              ◆                               │
    │      │⢸              ⢸                                 ▲ validation       │              ⡜              ⢠⠃                               │
    │      │⠘⡄             ⠘⡄                                      ◆ best       │             ⢠⠃              ⡎                                │
    │      │▲⡇             ▲⡇                                                   │             ⡎              ⢰⠁  ⢀⠎                            │
    │      │⠈⢆             ⠈⢆                                                   │            ⢰⠁              ⡎  ⡰⠁                             │
    │      │ ⠘⡄             ⠘⡄                                                  │            ⡎              ⢸ ⢀⠜                               │
    │      │ ⢸⢱             ⢸⠱⡀                                                 │           ⢰⠁             ⢀⠇⡠⠃                                │
    │      │  ⡇⢇             ⡇⢣                                                 │           ⡇              ⡸⡔⠁                                 │
    │      │  ⡇⠈⡆            ⡇⠈⡆                                                │          ⢸              ⢀⠇                                   │
    │      │  ⢣ ⠸⡀           ⢣ ⠘⡄                                               │         ⢀⠇             ⡰⡜                                    │
    │      │  ⢸  ⢣           ⠸⡀ ⢱                                               │       ⢀ ⡸            ⢀⠎⢠⠃                                    │
    │      │  ⠸⡀ ⠈⢆           ⡇  ⢣                                              │        ⢀⠇              ⡎                                     │
    │      │   ⢇  ⠘⡄          ⢇  ⠈⡆                                             │        ⡜              ⢰⠁                                     │
    │      │   ⢸   ⢱          ⠸⡀  ⠘⡄                                            │       ⢠⠃              ⡇                                      │
    │ 1.37 │   ⠸⡀   ⢇          ⡇   ⢱                                       79.0 │       ⡜              ⢸                                       │
    │      │    ⡇   ⠈⡆         ⢣    ⢇                                           │      ⢠⠃             ⢀⠇                                       │
    │      │    ⢱    ⠸⡀        ⢸    ⠈⡆                                          │      ⡎              ⡸                                        │
    │      │     ⡇    ⢣         ⢣    ⠸⡀                                         │     ⢰⠁             ⢠⠃                                        │
    │      │     ⢱    ⠈⢆        ⠸⡀    ⢱                                         │     ⡎              ⡜                                         │
    │      │     ⠈⢆    ⠘⡄        ⢇     ⢇                                        │    ⢸              ⢰⠁                                         │
    │      │      ⠘⡄    ⢱        ⠈⡆    ⠘⡄                                       │    ⡇              ⡎                                          │
    │      │       ⠸⡀    ⢇        ⠸⡀    ⠸⡀                                      │   ⡸              ⢰⠁                                          │
    │      │        ⠱⡀   ⠈⡆        ⠸⡀    ⢣                                      │  ⢀⠇              ⡇                                           │
    │      │         ⠱⣀   ⠸⡀        ⠑⣄    ⢇                                     │  ⡸              ⡸                                            │
    │      │          ⠈⠦⡀  ◆         ⠈⠢⡀  ◆                                     │ ⢀⠇             ⢀⠇                                            │
    │      │            ⠙⢤⡀            ⠉⢦⡀                                      │ ⡜              ⡸                                  ─ training │
    │      │              ⠉⠳⢤⡀           ⠈⠑⠤⣀                                   │⢠⠃             ⢠⠃                                ▲ validation │
    │ 0.32 │                 ⠈⠑⠢⢤⡀          ⠈⠙⠢⢤⣀                          70.0 │▲              ▲                                       ◆ best │
    │      └─────────────────────────────────────────────────────────────       └───────────────────────────────────────────────────────────── │
    │       0                          epochs                           4        0                          epochs                           4 │
    └───────────────────────────────────────────────────────────────────────────────────────────────────────────── s stops and keeps the best ─┘

     s stop  d data  w write  z undo  ? help
    """#

  /// What is asked before a training.
  static let trainDialog = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  scoring 12,000/12,000 ▕██████████▏ ETA 41s  812 ex/s
    ┌ Layers ──────────────────────────────────────────────────────────────────────┐
    │  # ▴ LAYER              SHAPE       KERN   PRUNE  KEEP TAYLOR     live TIE   │
    │▸   1 conv1              16×3×7×7      16      0%    16 ██████▋  3.6e-2 A     │
    │ ┌ Train ───────────────────────────────────────────────────────────────────┐ │
    │ │ Iteration 4 on 12,000 images in 10 class folders.                        │ │
    │ │                                                                          │ │
    │ │ Epochs      5                                                            │ │
    │ │ Optimiser     sgd                                                        │ │
    │ │ Rate        0.01                                                         │ │
    │ │ Learn from    labels                                                     │ │
    │ │ Freeze BN   [ ]                                                          │ │
    │ │ The learning rate.                                                       │ │
    │ │                                                                          │ │
    │ │                                                                          │ │
    │ │                                                      Cancel      Train   │ │
    │ └──────────────────────────────────────────────────────────────────────────┘ │
    │   15 layer3.1.conv2     64×64×3×3     64      0%    64 █▊       9.1e-3 C     │
    │   16 layer4.0.conv1     128×64×3×3   128      0%   128 █▋       8.5e-3       │
    │   17 layer4.0.conv2     128×128×3×3  128      0%   128 █▍       7.6e-3 D     │
    └─────────────────────────────────────────────────────────────────────── 1/21 ─┘
     conv1  16 → 16 kernels; tied to layer1.0.conv2 and 1 more
     ⏎ train  ← other value  ⇥ next field  Esc cancel
    """#

  /// Two branches, the front, and what was done to the selected iteration.
  static let iterations = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  scoring 12,000/12,000 ▕██████████▏ ETA 41s  812 ex/s
    ┌ Iterations ──────────────────────────────────────────────────────────────────┐
    │  ITERATION                  ACCURACY SINCE       LOSS  PARAMS    MACS    TIME│
    │  0 as opened                   93.0%             0.21   734 k   136 M 8.00 ms│
    │▸ ├─ 1 −120 kernels by tayl…    90.0% fell 3.0    0.30   514 k   102 M 5.60 ms│
    │  │  2 −80 kernels by taylor    62.0% fell 28.0   0.58   294 k  61.0 M 3.20 ms│
    │  └─ 3 wide                     71.0% fell 22.0   0.49   367 k  74.5 M 4.00 ms│
    │ *   4 −10 kernels by l2, 1…    88.0% rose 17.0   0.32   330 k  67.8 M       —│
    │──────────────────────────────────────────────────────────────────────────────│
    │ 1 −120 kernels by taylor, refit                                              │
    │ least-squares refit of 7 layers: accuracy 41.0 → 90.0 %.                     │
    │accuracy %                                                                    │
    │94.2 │                        ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀○⣀⣀⣀⣀⣀⣀⡠⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠔⠒⠒⠒⠒⠒⠒⠒▲  │
    │     │       ⢀◆⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉                                                │
    │     │      ⡠⠃                                                                │
    │77.5 │     ⡔⠁                                                                 │
    │     │   ⢀⠎         ■                                                         │
    │60.8 │  ▲⠃                                                                    │
    │     └────────────────────────────────────────────────────────────────────────│
    │      58.0 M                          MACs (x)                           138 M│
    └──────────────────────────────────────────────────────────────────────── 2/5 ─┘

     ⏎ go to  c compare  n name  D delete  x axis  ␣ mark  r pause  … ? help
    """#

  /// Without labels: how far outputs are from the original's, and a warning where that is far.
  static let iterationsUnlabelled = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  scoring 12,000/12,000 ▕██████████▏ ETA 41s  812 ex/s
    ┌ Iterations ──────────────────────────────────────────────────────────────────┐
    │  ITERATION                                  DEVIATION  PARAMS    MACS    TIME│
    │  0 as opened                                        —   734 k   136 M 8.00 ms│
    │  ├─ 1 −120 kernels by taylor                     4.2%   514 k   102 M 5.60 ms│
    │▸ │  2 −80 kernels by taylor                       63%   294 k  61.0 M 3.20 ms│
    │  └─ 3 wide                                        21%   367 k  74.5 M 4.00 ms│
    │ *   4 −10 kernels by l2                          8.8%   330 k  67.8 M       —│
    │──────────────────────────────────────────────────────────────────────────────│
    │ 2 −80 kernels by taylor                                                      │
    │ Outputs differ from the original's by 63%: recover or fine-tune before use.  │
    │deviation %                                                                   │
    │65.5 │  ○⡄                                                                    │
    │     │   ⠈⢆                                                                   │
    │     │    ⠈⢢                                                                  │
    │32.8 │      ⠱⡀                                                                │
    │     │       ⠑⡄     ■                                                         │
    │0.00 │        ◆⠉⠉⠉⠉⠉⠉⠉⠑⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠒⠢⠤⠤⠤⠤⠤⠤⠤▲⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀▲  │
    │     └────────────────────────────────────────────────────────────────────────│
    │      58.0 M                          MACs (x)                           138 M│
    └──────────────────────────────────────────────────────────────────────── 3/5 ─┘

     ⏎ go to  c compare  n name  D delete  x axis  ␣ mark  r pause  … ? help
    """#

  /// The same with room.
  static let iterationsUnlabelledWide = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                    ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx
     734 k params  136 M MACs                                          scoring 12,000/12,000 ▕██████████████████████████████▏ ETA 41s  812 ex/s
    ┌ Iterations ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
    │  ITERATION                               DEVIATION  PARAMS    MACS    TIME ──────────────────────────────────────────────────────────────│
    │  0 as opened                                     —   734 k   136 M 8.00 ms  2 −80 kernels by taylor                                      │
    │  ├─ 1 −120 kernels by taylor                  4.2%   514 k   102 M 5.60 ms  Outputs differ from the original's by 63%: recover or        │
    │▸ │  2 −80 kernels by taylor                    63%   294 k  61.0 M 3.20 ms  fine-tune before use.                                        │
    │  └─ 3 wide                                     21%   367 k  74.5 M 4.00 ms deviation %                                                   │
    │ *   4 −10 kernels by l2                       8.8%   330 k  67.8 M       — 65.5 │                                            ■ iterations│
    │                                                                                 │  ○                                              ▲ front│
    │                                                                                 │  ⢱                                            ◆ current│
    │                                                                                 │  ⢸                                           ○ selected│
    │                                                                                 │  ⠸⡀                                                    │
    │                                                                                 │   ⡇                                                    │
    │                                                                                 │   ⡇                                                    │
    │                                                                                 │   ⢱                                                    │
    │                                                                                 │   ⢸                                                    │
    │                                                                                 │   ⠸⡀                                                   │
    │                                                                                 │    ⡇                                                   │
    │                                                                                 │    ⡇                                                   │
    │                                                                                 │    ⢱                                                   │
    │                                                                            32.8 │    ⢸                                                   │
    │                                                                                 │    ⠸⡀                                                  │
    │                                                                                 │     ⡇                                                  │
    │                                                                                 │     ⡇                                                  │
    │                                                                                 │     ⢱                                                  │
    │                                                                                 │     ⢸     ■                                            │
    │                                                                                 │     ⠸⡀                                                 │
    │                                                                                 │      ⡇                                                 │
    │                                                                                 │      ⡇                                                 │
    │                                                                                 │      ⢱                                                 │
    │                                                                                 │      ◆⠒⠢⠤⠤⠤⣀⣀⣀                                         │
    │                                                                                 │               ⠉⠉⠉⠑⠒⠒⠒⠤⠤⠤⣀⣀⣀⡀                           │
    │                                                                                 │                            ⠈⠉▲⠉⠒⠒⠒⠢⠤⠤⢄⣀⣀⣀              │
    │                                                                            0.00 │                                          ⠉⠉⠉⠑⠒⠒⠢⠤⠤⠤⣀▲  │
    │                                                                                 └────────────────────────────────────────────────────────│
    │                                                                                  58.0 M                  MACs (x)                   138 M│
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 3/5 ─┘

     ⏎ go to  c compare  n name  D delete  x axis  ␣ mark  r pause  d data  b win back  F train  w write  z undo  ? help
    """#

  /// The same on a terminal that shows ASCII only.
  static let iterationsASCII = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
     734 k params  136 M MACs  scoring 12,000/12,000 [##########] ETA 41s  812 ex/s
    + Iterations ------------------------------------------------------------------+
    |  ITERATION                  ACCURACY SINCE       LOSS  PARAMS    MACS    TIME|
    |  0 as opened                   93.0%             0.21   734 k   136 M 8.00 ms|
    |> +- 1 -120 kernels by tayl~    90.0% fell 3.0    0.30   514 k   102 M 5.60 ms|
    |  |  2 -80 kernels by taylor    62.0% fell 28.0   0.58   294 k  61.0 M 3.20 ms|
    |  +- 3 wide                     71.0% fell 22.0   0.49   367 k  74.5 M 4.00 ms|
    | *   4 -10 kernels by l2, 1~    88.0% rose 17.0   0.32   330 k  67.8 M       -|
    |------------------------------------------------------------------------------|
    | 1 -120 kernels by taylor, refit                                              |
    | least-squares refit of 7 layers: accuracy 41.0 > 90.0 %.                     |
    |accuracy %                                                                    |
    |94.2 |                                                     ***************+   |
    |     |         x****************************#**************                   |
    |     |       **                                                               |
    |77.5 |      *        o                                                        |
    |     |    **                                                                  |
    |60.8 |   +                                                                    |
    |     +------------------------------------------------------------------------|
    |      58.0 M                          MACs (x)                           138 M|
    +------------------------------------------------------------------------ 2/5 -+

     Enter go to  c compare  n name  D delete  x axis  Space mark  ~ ? help
    """#

  /// The same with room: the details beside the tree.
  static let iterationsWide = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                    ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx
     734 k params  136 M MACs                                          scoring 12,000/12,000 ▕██████████████████████████████▏ ETA 41s  812 ex/s
    ┌ Iterations ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
    │  ITERATION               ACCURACY SINCE       LOSS  PARAMS    MACS    TIME ──────────────────────────────────────────────────────────────│
    │  0 as opened                93.0%             0.21   734 k   136 M 8.00 ms  4 −10 kernels by l2, 1 epoch                                 │
    │  ├─ 1 −120 kernels by t…    90.0% fell 3.0    0.30   514 k   102 M 5.60 ms  Trained 1 epoch in 1m 05s, best epoch 1: accuracy 70.0% →    │
    │  │  2 −80 kernels by ta…    62.0% fell 28.0   0.58   294 k  61.0 M 3.20 ms  88.0% on validation data.                                    │
    │  └─ 3 wide                  71.0% fell 22.0   0.49   367 k  74.5 M 4.00 ms    --epochs 3 --rate 0.01                                     │
    │▸*   4 −10 kernels by l2…    88.0% rose 17.0   0.32   330 k  67.8 M       — accuracy %                                                    │
    │                                                                            94.2 │                                                        │
    │                                                                                 │                                            ⢀⣀⣀⠤⠤⠤⠒⠒⠊▲  │
    │                                                                                 │                                  ⣀⣀⣀⠤⠤⠔⠒⠒⠉⠉⠁           │
    │                                                                                 │                    ⢀⣀⣀⣀⡠⠤⠤⠤⠔⠒▲⠊⠉⠉                      │
    │                                                                                 │      ◆⣀⡠⠤⠤⠤⠔⠒⠒⠒⠊⠉⠉⠉⠁                                   │
    │                                                                                 │      ⢸                                                 │
    │                                                                                 │      ⡇                                                 │
    │                                                                                 │      ⡇                                                 │
    │                                                                                 │     ⢰⠁                                                 │
    │                                                                                 │     ⢸                                                  │
    │                                                                                 │     ⡜                                                  │
    │                                                                                 │     ⡇                                                  │
    │                                                                                 │    ⢀⠇                                                  │
    │                                                                            77.5 │    ⢸                                                   │
    │                                                                                 │    ⢸                                                   │
    │                                                                                 │    ⡇                                                   │
    │                                                                                 │    ⡇                                                   │
    │                                                                                 │   ⢸       ■                                            │
    │                                                                                 │   ⢸                                                    │
    │                                                                                 │   ⡎                                                    │
    │                                                                                 │   ⡇                                                    │
    │                                                                                 │  ⢠⠃                                                    │
    │                                                                                 │  ⢸                                                     │
    │                                                                                 │  ⡸                                         ■ iterations│
    │                                                                                 │  ▲                                              ▲ front│
    │                                                                            60.8 │                                               ◆ current│
    │                                                                                 └────────────────────────────────────────────────────────│
    │                                                                                  58.0 M                  MACs (x)                   138 M│
    └──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 5/5 ─┘

     c compare  n name  D delete  x axis  ␣ mark  r pause  d data  b win back  F train  w write  z undo  ? help
    """#

  /// Two iterations, layer by layer.
  static let comparison = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
    ┌ Iterations 1 and 4 ──────────────────────────────────────────────────────────┐
    │              1 −120 kernels by taylo… 4 −10 kernels by l2, 1 …               │
    │ Accuracy                        90.0%                    88.0%      fell 2.0 │
    │ Loss                             0.30                     0.32         +6.7% │
    │ Parameters                      514 k                    330 k        −35.7% │
    │ MACs                            102 M                   67.8 M        −33.3% │
    │ Latency                       5.60 ms                        —               │
    │ Weights                       2.06 MB                  1.32 MB        −35.7% │
    │                                                                              │
    │ ──────────────────────────────────────────────────────────────────────────── │
    │   LAYER                        KERNELS        PARAMS          MACS           │
    │ ▸ layer1.0.conv1                  16→8   2.30→1.15 k   7.23→3.61 M changed   │
    │   layer1.0.conv2                    16   2.30→1.15 k   7.23→3.61 M changed   │
    │   conv1                             16        2.35 k        29.5 M same      │
    │   layer1.1.conv1                    16        2.30 k        7.23 M same      │
    │   layer1.1.conv2                    16        2.30 k        7.23 M same      │
    │   layer2.0.conv1                    32        4.61 k        3.61 M same      │
    │   layer2.0.conv2                    32        9.22 k        7.23 M same      │
    │   layer2.0.downsample.0             32           512         401 k same      │
    │   layer2.1.conv1                    32        9.22 k        7.23 M same      │
    │   layer2.1.conv2                    32        9.22 k        7.23 M same      │
    └────────────────────────────────────────────────────── 2 of 21 layers differ ─┘
     ↓ layers  / filter  ⇥ curves  Esc close
    """#

  /// Their curves, on a terminal that shows ASCII only.
  static let comparisonASCII = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
    + Iterations 1 and 4 ----------------------------------------------------------+
    |              1 -120 kernels by taylo~ 4 -10 kernels by l2, 1 ~               |
    | Accuracy                        90.0%                    88.0%      fell 2.0 |
    | Loss                             0.30                     0.32         +6.7% |
    | Parameters                      514 k                    330 k        -35.7% |
    | MACs                            102 M                   67.8 M        -33.3% |
    | Latency                       5.60 ms                        -               |
    | Weights                       2.06 MB                  1.32 MB        -35.7% |
    |                                                                              |
    | ---------------------------------------------------------------------------- |
    | validation loss of iteration 4         validation accuracy % of iteration 4  |
    | 2.20 |o**                              88.0 |                            **o |
    |      |   ****                               |                        ****    |
    |      |       ****                           |                    ****        |
    |      |           ****                       |               *****            |
    | 1.40 |               *****             79.0 |           ****                 |
    |      |                    ****              |       ****                     |
    |      |                        ****          |   ****                         |
    | 0.60 |                            **o  70.0 |o**                             |
    |      +-------------------------------       +------------------------------- |
    |       0           epochs            1        0           epochs            1 |
    +------------------------------------------------------ 2 of 21 layers differ -+
     v layers  / filter  Tab layers  Esc close
    """#

  /// All of it, with room.
  static let comparisonWide = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                    ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx
    ┌ Iterations 1 and 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
    │              1 −120 kernels by tayl… 4 −10 kernels by l2, …                validation loss of iteration 4                                │
    │ Accuracy                       90.0%                  88.0%      fell 2.0  2.20 │■⠢⢄⡀                                                    │
    │ Loss                            0.30                   0.32         +6.7%       │   ⠈⠑⠢⢄                                                 │
    │ Parameters                     514 k                  330 k        −35.7%       │       ⠉⠒⠤⣀                                             │
    │ MACs                           102 M                 67.8 M        −33.3%       │           ⠉⠢⢄⡀                                         │
    │ Latency                      5.60 ms                      —                     │              ⠈⠑⠢⢄⡀                                     │
    │ Weights                      2.06 MB                1.32 MB        −35.7%       │                  ⠈⠒⠤⣀                                  │
    │                                                                                 │                      ⠉⠒⢄⡀                              │
    │ ─────────────────────────────────────────────────────────────────────────  1.40 │                         ⠈⠑⠢⢄⡀                          │
    │   LAYER                     KERNELS        PARAMS          MACS                 │                             ⠈⠑⠤⣀                       │
    │ ▸ layer1.0.conv1               16→8   2.30→1.15 k   7.23→3.61 M changed         │                                 ⠉⠒⠤⡀                   │
    │   layer1.0.conv2                 16   2.30→1.15 k   7.23→3.61 M changed         │                                    ⠈⠑⠢⢄⡀               │
    │   conv1                          16        2.35 k        29.5 M same            │                                        ⠈⠑⠢⣀            │
    │   layer1.1.conv1                 16        2.30 k        7.23 M same            │                                            ⠉⠒⠤⣀        │
    │   layer1.1.conv2                 16        2.30 k        7.23 M same            │                                                ⠑⠢⢄⡀    │
    │   layer2.0.conv1                 32        4.61 k        3.61 M same       0.60 │                                                   ⠈⠑⠢■ │
    │   layer2.0.conv2                 32        9.22 k        7.23 M same            └─────────────────────────────────────────────────────── │
    │   layer2.0.downsample.0          32           512         401 k same             0                       epochs                        1 │
    │   layer2.1.conv1                 32        9.22 k        7.23 M same       validation accuracy % of iteration 4                          │
    │   layer2.1.conv2                 32        9.22 k        7.23 M same       88.0 │                                                   ⢀⡠⠔■ │
    │   layer3.0.conv1                 64        18.4 k        3.61 M same            │                                                ⡠⠔⠊⠁    │
    │   layer3.0.conv2                 64        36.9 k        7.23 M same            │                                            ⣀⠤⠒⠉        │
    │   layer3.0.downsample.0          64        2.05 k         401 k same            │                                        ⢀⡠⠔⠉            │
    │   layer3.1.conv1                 64        36.9 k        7.23 M same            │                                    ⢀⡠⠔⠊⠁               │
    │   layer3.1.conv2                 64        36.9 k        7.23 M same            │                                 ⣀⠤⠒⠁                   │
    │   layer4.0.conv1                128        73.7 k        3.61 M same            │                             ⢀⡠⠒⠉                       │
    │   layer4.0.conv2                128         147 k        7.23 M same       79.0 │                         ⢀⡠⠔⠊⠁                          │
    │   layer4.0.downsample.0         128        8.19 k         401 k same            │                      ⣀⠤⠊⠁                              │
    │   layer4.1.conv1                128         147 k        7.23 M same            │                  ⢀⠤⠒⠉                                  │
    │   layer4.1.conv2                128         147 k        7.23 M same            │              ⢀⡠⠔⠊⠁                                     │
    │   fc                            250        32.3 k        32.0 k same            │           ⣀⠔⠊⠁                                         │
    │                                                                                 │       ⣀⠤⠒⠉                                             │
    │                                                                                 │   ⢀⡠⠔⠊                                                 │
    │                                                                            70.0 │■⠔⠊⠁                                                    │
    │                                                                                 └─────────────────────────────────────────────────────── │
    │                                                                                  0                       epochs                        1 │
    └────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 2 of 21 layers differ ─┘
     ↓ layers  / filter  ⇥ curves  Esc close
    """#
}
