/// Frames that were looked at and found good.
enum Frames {
  /// The first screen with a group changed.
  static let layers = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734→731 k params −0.4%  136→124 M MACs −8.6%  scoring 0% ▕▏          ▏ ETA 41s
    ┌ Layers ──────────────────────────────────────────────────────────────────────┐
    │  # ▴ LAYER              SHAPE       KERN   PRUNE  KEEP TAYLOR     live TIE   │
    │    1 conv1              16×3×7×7      16     22%    13 ██████▋  3.6e-2 A     │
    │    2 layer1.0.conv1     16×16×3×3     16      0%    16 █████▉   3.2e-2       │
    │▸   3 layer1.0.conv2     16×16×3×3     16     22%    13 █████▎   2.8e-2 A     │
    │    4 layer1.1.conv1     16×16×3×3     16      0%    16 ███████  3.8e-2       │
    │    5 layer1.1.conv2     16×16×3×3     16     22%    13 ███▌     1.9e-2 A     │
    │    6 layer2.0.conv1     32×16×3×3     32      0%    32 ███▋     2.0e-2       │
    │    7 layer2.0.conv2     32×32×3×3     32      0%    32 ███▌     1.9e-2 B     │
    │    8 layer2.0.downsam.0 32×16×1×1     32      0%    32 ███▍     1.8e-2 B     │
    │    9 layer2.1.conv1     32×32×3×3     32      0%    32 ██       1.1e-2       │
    │   10 layer2.1.conv2     32×32×3×3     32      0%    32 ██▎      1.2e-2 B     │
    │   11 layer3.0.conv1     64×32×3×3     64      0%    64 ██▎      1.2e-2       │
    │   12 layer3.0.conv2     64×64×3×3     64      0%    64 ██▎      1.2e-2 C     │
    │   13 layer3.0.downsam.0 64×32×1×1     64      0%    64 █▋       8.7e-3 C     │
    │   14 layer3.1.conv1     64×64×3×3     64      0%    64 █▌       8.0e-3       │
    │   15 layer3.1.conv2     64×64×3×3     64      0%    64 █▊       9.1e-3 C     │
    │   16 layer4.0.conv1     128×64×3×3   128      0%   128 █▋       8.5e-3       │
    │   17 layer4.0.conv2     128×128×3×3  128      0%   128 █▍       7.6e-3 D     │
    └─────────────────────────────────────────────────────────────────────── 3/21 ─┘
     layer1.0.conv2: 2 tied layers moved along (same group).
     + more  - less  e exact  ⏎ kernels  t target  O set  r pause  d data  … ? help
    """#

  /// The same on a terminal that shows ASCII only.
  static let layersASCII = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734>731 k params -0.4%  136>124 M MACs -8.6%  scoring 0% [-..........] ETA 41s
    + Layers ----------------------------------------------------------------------+
    |  # ^ LAYER              SHAPE       KERN   PRUNE  KEEP TAYLOR     live TIE   |
    |    1 conv1              16x3x7x7      16     22%    13 ######-  3.6e-2 A     |
    |    2 layer1.0.conv1     16x16x3x3     16      0%    16 ######.  3.2e-2       |
    |>   3 layer1.0.conv2     16x16x3x3     16     22%    13 #####-.  2.8e-2 A     |
    |    4 layer1.1.conv1     16x16x3x3     16      0%    16 #######  3.8e-2       |
    |    5 layer1.1.conv2     16x16x3x3     16     22%    13 ###-...  1.9e-2 A     |
    |    6 layer2.0.conv1     32x16x3x3     32      0%    32 ###-...  2.0e-2       |
    |    7 layer2.0.conv2     32x32x3x3     32      0%    32 ###-...  1.9e-2 B     |
    |    8 layer2.0.downsam.0 32x16x1x1     32      0%    32 ###-...  1.8e-2 B     |
    |    9 layer2.1.conv1     32x32x3x3     32      0%    32 ##.....  1.1e-2       |
    |   10 layer2.1.conv2     32x32x3x3     32      0%    32 ##.....  1.2e-2 B     |
    |   11 layer3.0.conv1     64x32x3x3     64      0%    64 ##.....  1.2e-2       |
    |   12 layer3.0.conv2     64x64x3x3     64      0%    64 ##-....  1.2e-2 C     |
    |   13 layer3.0.downsam.0 64x32x1x1     64      0%    64 #-.....  8.7e-3 C     |
    |   14 layer3.1.conv1     64x64x3x3     64      0%    64 #-.....  8.0e-3       |
    |   15 layer3.1.conv2     64x64x3x3     64      0%    64 #-.....  9.1e-3 C     |
    |   16 layer4.0.conv1     128x64x3x3   128      0%   128 #-.....  8.5e-3       |
    |   17 layer4.0.conv2     128x128x3x3  128      0%   128 #-.....  7.6e-3 D     |
    +----------------------------------------------------------------------- 3/21 -+
     layer1.0.conv2: 2 tied layers moved along (same group).
     + more  - less  e exact  Enter kernels  t target  O set  r pause  ~ ? help
    """#

  /// The timeline of a schedule.
  static let timeline = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train          resnet18.onnx
    ┌ Schedule agp.yaml ───────────────────────────────────────────────────────────┐
    │ EPOCH               0     1     2     3     4     5                          │
    │                                 ↓                                            │
    │▸low_pruner          10%   38%   49%   50%                                    │
    │ stream_pruner             25%                                                │
    │ net_thinner                                 cut                              │
    │ falling                                     ×1    ×0.7                       │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    │──────────────────────────────────────────────────────────────────────────────│
    │ epoch 2  low_pruner  L1RankedStructureParameterPruner_AGP                    │
    │ sparsity 49%                                                                 │
    │ conv1.weight  49 of 100 filters                                              │
    │ conv2.weight  49 of 100 filters                                              │
    │                                                                              │
    │                                                                              │
    │                                                                              │
    └─────────────────────────────────────────── epoch 2, the last is 5 · waiting ─┘
     conv1  8 → 8 kernels; tied to layer1.0.conv2
     ␣ run, pause  s one epoch  e change  c current  Esc close
    """#

  /// All panes of a large terminal.
  static let everything = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx [+]
     734→733 k params −0.2%  136→132 M MACs −2.7%   scoring 37/12,000 ▕▏                             ▏ ETA 41s  812 ex/s  ≈ 1 of 4 could change
    ┌ Layers ──────────────────────────────────────────────────────────────────────────────────────┐┌ Kernels of layer1.0.conv1, 12/16 kept ───┐
    │  # ▴ LAYER                  SHAPE       KERN   PRUNE  KEEP TAYLOR     live        MACS TIE   ││     # STATE  TAYLOR          MEAN       ±│
    │    1 conv1                  16×3×7×7      16      0%    16 ██████▋  3.6e-2      29.5 M A     ││▸   10 kept   ████│█████▉┤  5.2e-2  5.7e-3│
    │▸   2 layer1.0.conv1         16×16×3×3     16     30%  12≈1 █████▉   3.2e-2 7.23→5.42 M       ││     6 kept   ████│█████─┤  4.8e-2  4.9e-3│
    │    3 layer1.0.conv2         16×16×3×3     16      0%    16 █████▎   2.8e-2 7.23→5.42 M A     ││     4 kept   ████│████▎┤   4.4e-2  6.7e-3│
    │    4 layer1.1.conv1         16×16×3×3     16      0%    16 ███████  3.8e-2      7.23 M       ││     2 kept   ████│███▎     3.9e-2  2.5e-3│
    │    5 layer1.1.conv2         16×16×3×3     16      0%    16 ███▌     1.9e-2      7.23 M A     ││    14 kept   ████│███▏┤    3.9e-2  4.7e-3│
    │    6 layer2.0.conv1         32×16×3×3     32      0%    32 ███▋     2.0e-2      3.61 M       ││     0 kept   ████│██▋┤     3.7e-2  3.9e-3│
    │    7 layer2.0.conv2         32×32×3×3     32      0%    32 ███▌     1.9e-2      7.23 M B     ││    11 kept   ████│█▋┤      3.2e-2  3.7e-3│
    │    8 layer2.0.downsample.0  32×16×1×1     32      0%    32 ███▍     1.8e-2       401 k B     ││     5 kept   ████│█▋┤      3.2e-2  3.7e-3│
    │    9 layer2.1.conv1         32×32×3×3     32      0%    32 ██       1.1e-2      7.23 M       ││     9 kept   ████│█▏       2.9e-2  3.0e-3│
    │   10 layer2.1.conv2         32×32×3×3     32      0%    32 ██▎      1.2e-2      7.23 M B     ││     7 kept   ████│█┤       2.9e-2  2.4e-3│
    │   11 layer3.0.conv1         64×32×3×3     64      0%    64 ██▎      1.2e-2      3.61 M       ││    13 kept?  ████│▊┤       2.8e-2  4.3e-3│
    │   12 layer3.0.conv2         64×64×3×3     64      0%    64 ██▎      1.2e-2      7.23 M C     ││    15 kept?  ████│┤        2.3e-2  3.0e-3│
    │   13 layer3.0.downsample.0  64×32×1×1     64      0%    64 █▋       8.7e-3       401 k C     ││    12 cut?   ████│┤        2.2e-2  2.1e-3│
    │   14 layer3.1.conv1         64×64×3×3     64      0%    64 █▌       8.0e-3      7.23 M       ││     8 cut?   ████│         2.1e-2  2.0e-3│
    │   15 layer3.1.conv2         64×64×3×3     64      0%    64 █▊       9.1e-3      7.23 M C     ││     3 cut    ███▎│         1.6e-2  1.4e-3│
    │   16 layer4.0.conv1         128×64×3×3   128      0%   128 █▋       8.5e-3      3.61 M       ││     1 cut    ███▏│         1.5e-2  1.1e-3│
    │   17 layer4.0.conv2         128×128×3×3  128      0%   128 █▍       7.6e-3      7.23 M D     ││                                          │
    │   18 layer4.0.downsample.0  128×64×1×1   128      0%   128 █▎       7.0e-3       401 k D     ││                                          │
    │   19 layer4.1.conv1         128×128×3×3  128      0%   128 █▎       6.9e-3      7.23 M       ││                                          │
    │   20 layer4.1.conv2         128×128×3×3  128      0%   128 █▍       7.1e-3      7.23 M D     ││                                          │
    │ = 21 fc                     250×128      250           250 █▏       5.8e-3      32.0 k output││                                          │
    └─────────────────────────────────────────────────────────────────────────────────────── 2/21 ─┘└───────────────────────── 1/16 · by rank ─┘
    ┌ Shapes ────────────────────────────────────────────────────────────┐┌ Iterations ────────────────────────────────────────────────────────┐
    │  TENSOR               ROLE            BEFORE   AFTER       ELEMENTS││  ITERATION        ACCURACY SINCE       LOSS  PARAMS    MACS    TIME│
    │▸ layer1.0.conv1.weig… weight       16×16×3×3 → 12×16×3×3       −25%││▸*0 as opened             —                —   734 k   136 M       —│
    │  /layer1.0.conv1_out  activation  1×16×56×56 → 1×12×56×56      −25%││                                                                    │
    │  layer1.0.bn1.weight  scale               16 → 12              −25%││                                                                    │
    │  layer1.0.bn1.bias    shift               16 → 12              −25%││                                                                    │
    │  layer1.0.bn1.runnin… mean                16 → 12              −25%││                                                                    │
    │────────────────────────────────────────────────────────────────────││                                                                    │
    │  Parameters  734 → 733 k  −0.2%                                    ││                                                                    │
    │  MACs        136 → 132 M  −2.7%                                    ││                                                                    │
    │  File        2.95 → 2.94 MB  −0.2%                                 ││                                                                    │
    └────────────────────────────────────────────────────────────── 1/9 ─┘└────────────────────────────────────────────────────────────── 1/1 ─┘
     layer1.0.conv1  16 → 12 kernels
     + more  - less  e exact  ⏎ kernels  t target  O set  r pause  d data  P prune  F train  w write  ␣ mark  s sort  p protect  … ? help
    """#

  /// What changes, with totals.
  static let shapes = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734→733 k params −0.2%  136→132 M MACs −2.7%  scoring 0% ▕▏          ▏ ETA 41s
    ┌ Shapes ──────────────────────────────────────────────────────────────────────┐
    │  TENSOR                         ROLE            BEFORE   AFTER       ELEMENTS│
    │▸ layer1.0.conv1.weight          weight       16×16×3×3 → 12×16×3×3       −25%│
    │  /layer1.0.conv1_out            activation  1×16×56×56 → 1×12×56×56      −25%│
    │  layer1.0.bn1.weight            scale               16 → 12              −25%│
    │  layer1.0.bn1.bias              shift               16 → 12              −25%│
    │  layer1.0.bn1.running_mean      mean                16 → 12              −25%│
    │  layer1.0.bn1.running_var       variance            16 → 12              −25%│
    │  /layer1.0.bn1_out              activation  1×16×56×56 → 1×12×56×56      −25%│
    │  /layer1.0.relu1_out            activation  1×16×56×56 → 1×12×56×56      −25%│
    │  layer1.0.conv2.weight          weight       16×16×3×3 → 16×12×3×3       −25%│
    │                                                                              │
    │                                                                              │
    │──────────────────────────────────────────────────────────────────────────────│
    │  Parameters  734 → 733 k  −0.2%                                              │
    │  MACs        136 → 132 M  −2.7%                                              │
    │  File        2.95 → 2.94 MB  −0.2%                                           │
    │  Memory      1.61 MB of activations at their peak                            │
    │  Latency     not measured yet                                                │
    └──────────────────────────────────────────────────────────────────────── 1/9 ─┘
     layer1.0.conv1  16 → 12 kernels
     r pause  d data  P prune  F train  w write  / filter  z undo  ? help
    """#

  /// The settings over the layers, a target standing.
  static let settings = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734→378 k params −48%  136→81.1 M MACs −40%                  l2 of the weights
    ┌ L┌ Settings ──────────────────────────────────────────────────────────────┐──┐
    │  │ Target      MACs 60% may remain                                        │  │
    │▸ │ Parameters  734 → 378 k  −48%                                          │  │
    │  │ MACs        136 → 81.1 M  −40%                                         │  │
    │  │ Latency     8.00 → 6.70 ms  −16%, measured → estimated                 │  │
    │  │                                                                        │  │
    │  │ Scope            global                                                │  │
    │  │ Normalisation  ← mean →                                                │  │
    │  │ Aggregation      sum                                                   │  │
    │  │ MAC penalty    0                                                       │  │
    │  │ Kept at least  1                                                       │  │
    │  │ Goes at most   100%                                                    │  │
    │  │ Round to       1                                                       │  │
    │  │ Protected      none                                                    │  │
    │  │ Scored until   auto                                                    │  │
    │  │ a layer's scores are divided by their mean                             │  │
    │  │                                                                        │  │
    │  │                                                                        │  │
    │  │                                                     Cancel      Keep   │  │
    └──└────────────────────────────────────────────────────────────────────────┘ ─┘
     conv1  16 → 16 kernels; tied to layer1.0.conv2 and 1 more
     ← other value  → other value  ⇥ next  ⏎ keep  Esc undo
    """#

  /// The same on a terminal that shows ASCII only.
  static let settingsASCII = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734>378 k params -48%  136>81.1 M MACs -40%                  l2 of the weights
    + L+ Settings --------------------------------------------------------------+--+
    |  | Target      MACs 60% may remain                                        |  |
    |> | Parameters  734 > 378 k  -48%                                          |  |
    |  | MACs        136 > 81.1 M  -40%                                         |  |
    |  | Latency     8.00 > 6.70 ms  -16%, measured > estimated                 |  |
    |  |                                                                        |  |
    |  | Scope            global                                                |  |
    |  | Normalisation  < mean >                                                |  |
    |  | Aggregation      sum                                                   |  |
    |  | MAC penalty    0                                                       |  |
    |  | Kept at least  1                                                       |  |
    |  | Goes at most   100%                                                    |  |
    |  | Round to       1                                                       |  |
    |  | Protected      none                                                    |  |
    |  | Scored until   auto                                                    |  |
    |  | a layer's scores are divided by their mean                             |  |
    |  |                                                                        |  |
    |  |                                                                        |  |
    |  |                                                     Cancel      Keep   |  |
    +--+------------------------------------------------------------------------+ -+
     conv1  16 > 16 kernels; tied to layer1.0.conv2 and 1 more
     < other value  > other value  Tab next  Enter keep  Esc undo
    """#

  /// The settings on a large terminal, where the rounding has the focus.
  static let settingsWide = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx [+]
     734→378 k params −48%  136→81.1 M MACs −40%  8.00→6.70 ms −16% estimated                                                 l2 of the weights
    ┌ Layers ──────────────────────────────────────────────────────────────────────────────────────┐┌ Kernels of conv1, 16/16 kept ────────────┐
    │  # ▴ LAYER                  SHAPE       KERN   PRUNE  KEEP L2         mean        MACS TIE   ││     # STATE  L2              MEAN       ±│
    │▸   1 conv1                  16×3×7×7      16      0%    16 ██████▉  5.7e-1      29.5 M A     ││▸   14 kept   ████████████  6.0e-1        │
    │    2 layer1.0.conv1         16×16×3×3     16     50%     8 ███████  5.8e-1 7.23→3.61 M       ││     3 kept   ████████████  6.0e-1        │
    │    3 layer1.0.conv2         16×16×3×3     16      0%    16 ██████▉  5.8e-1 7.23→3.61 M A     ││    13 kept   ████████████  6.0e-1        │
    │    4 layer1.1.conv1         16×16×3×3     16     56%     7 ██████▉  5.8e-1 7.23→3.16 M       ││    10 kept   ███████████▊  5.9e-1        │
    │    5 layer1.1.conv2         16×16×3×3     16      0%    16 ██████▉  5.7e-1 7.23→3.16 M A     ││     4 kept   ███████████▊  5.9e-1        │
    │    6 layer2.0.conv1         32×16×3×3     32     41%    19 ██████▉  5.7e-1 3.61→2.15 M       ││     5 kept   ███████████▌  5.8e-1        │
    │    7 layer2.0.conv2         32×32×3×3     32      0%    32 ████┌ Settings ──────────────────────────────────────────────────────────────┐│
    │    8 layer2.0.downsample.0  32×16×1×1     32      0%    32 ████│ Target      MACs 60% may remain                                        ││
    │    9 layer2.1.conv1         32×32×3×3     32     59%    13 ████│ Parameters  734 → 378 k  −48%                                          ││
    │   10 layer2.1.conv2         32×32×3×3     32      0%    32 ████│ MACs        136 → 81.1 M  −40%                                         ││
    │   11 layer3.0.conv1         64×32×3×3     64     50%    32 ████│ Latency     8.00 → 6.70 ms  −16%, measured → estimated                 ││
    │   12 layer3.0.conv2         64×64×3×3     64      0%    64 ████│                                                                        ││
    │   13 layer3.0.downsample.0  64×32×1×1     64      0%    64 ████│ Scope            global                                                ││
    │   14 layer3.1.conv1         64×64×3×3     64     52%    31 ████│ Normalisation    mean                                                  ││
    │   15 layer3.1.conv2         64×64×3×3     64      0%    64 ████│ Aggregation      sum                                                   ││
    │   16 layer4.0.conv1         128×64×3×3   128     48%    66 ████│ MAC penalty    0                                                       ││
    │   17 layer4.0.conv2         128×128×3×3  128      0%   128 ████│ Kept at least  1                                                       ││
    │   18 layer4.0.downsample.0  128×64×1×1   128      0%   128 ████│ Goes at most   100%                                                    ││
    │   19 layer4.1.conv1         128×128×3×3  128     55%    58 ████│ Round to       1                                                       ││
    └────────────────────────────────────────────────────────────────│ Protected      none                                                    │┘
    ┌ Shapes ────────────────────────────────────────────────────────│ Scored until   auto                                                    │┐
    │  TENSOR               ROLE            BEFORE   AFTER       ELEM│ kernels are kept in multiples: 1, 8, 16, or fast, as measured here     ││
    │▸ layer1.0.conv1.weig… weight       16×16×3×3 → 8×16×3×3        │                                                                        ││
    │  /layer1.0.conv1_out  activation  1×16×56×56 → 1×8×56×56       │                                                                        ││
    │  layer1.0.bn1.weight  scale               16 → 8               │                                                     Cancel      Keep   ││
    │  layer1.0.bn1.bias    shift               16 → 8               └────────────────────────────────────────────────────────────────────────┘│
    │  layer1.0.bn1.runnin… mean                16 → 8               −50%││                                                                    │
    │  layer1.0.bn1.runnin… variance            16 → 8               −50%││                                                                    │
    │  /layer1.0.bn1_out    activation  1×16×56×56 → 1×8×56×56       −50%││                                                                    │
    │────────────────────────────────────────────────────────────────────││                                                                    │
    │  Parameters  734 → 378 k  −48%                                     ││                                                                    │
    │  MACs        136 → 81.1 M  −40%                                    ││                                                                    │
    │  File        2.95 → 1.52 MB  −48%                                  ││                                                                    │
    └───────────────────────────────────────────────────────────── 1/72 ─┘└────────────────────────────────────────────────────────────── 1/1 ─┘
     conv1  16 → 16 kernels; tied to layer1.0.conv2 and 1 more
     ← other value  → other value  ⇥ next  ⏎ keep  Esc undo
    """#
}
