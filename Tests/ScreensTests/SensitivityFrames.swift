/// Frames of the screen of sensitivity that were looked at and found good.
enum SensitivityFrames {
  /// A layer that shall lose 40 %, its curves below.
  static let small = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734→733 k params −0.2%  136→130 M MACs −4.0%                 l2 of the weights
    ┌ Sensitivity ─────────────────────────────────────────────────────────────────┐
    │    # LAYER                      KERN  PRUNE ACCURACY   AT 50%     LOSS TIE   │
    │    1 conv1                        16     0% ███▇▅▄▁▁▁▁  −22.5    +0.63 A     │
    │▸   2 layer1.0.conv1               16    40% ███▇▇▆▄▃▁▁  −12.9    +0.36       │
    │    3 layer1.0.conv2               16     0% ███▇▅▄▁▁▁▁  −22.5    +0.63 A     │
    │    4 layer1.1.conv1               16     0% ████▇▇▆▅▃▂   −9.0    +0.25       │
    │    5 layer1.1.conv2               16     0% ███▇▅▄▁▁▁▁  −22.5    +0.63 A     │
    │    6 layer2.0.conv1               32     0% █████▇▆▅▅▄   −6.9    +0.19       │
    │    7 layer2.0.conv2               32     0% █████▇▇▆▅▄   −5.6    +0.16 B     │
    │accuracy %  91.2 → 83.0 at 40%          loss  0.310 → 0.539 at 40%            │
    │91.2 │⠉⠉⠉⠉⠑⠒⠢⠤⠤⣀⣀⡀  ⡇                   1.47 │              ⡇              ⢀⡠⠊│
    │     │           ⠈⠑⠢⢄⡀                       │              ⡇            ⣀⠔⠁  │
    │     │              ⡇⠈⠑⠢⣀                    │              ⡇         ⢀⠤⠊     │
    │73.2 │              ⡇    ⠉⠒⢄⡀           0.89 │              ⡇      ⡠⠔⠊⠁       │
    │     │              ⡇       ⠈⠢⢄              │              ⡇  ⣀⠤⠒⠉           │
    │     │              ⡇          ⠑⠤⡀           │           ⢀⣀⡠⠤⠒⠉               │
    │55.2 │              ⡇            ⠈⠒⠤⠤⣀  0.31 │⣀⣀⣀⣀⣀⡠⠤⠤⠒⠒⠉⠁  ⡇                 │
    │     └────────────────────────────────       └────────────────────────────────│
    │      0            % gone           90        0            % gone           90│
    └───────────────────────────────────────────────────── 12/12 measured · by l2 ─┘
     layer1.0.conv1 at 50%: accuracy 91.2 → 78.3%, loss 0.310 → 0.667, 512 examples
     ⏎ measure  t suggest  + more  - less  e exact  r run  d data  … ? help
    """#

  /// While curves are measured, on a terminal that shows ASCII only.
  static let ascii = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train      resnet18.onnx [+]
     734>733 k params -0.1%  136>133 M MACs -2.0%  sensitivity 33% [#..] ETA 1m 15s
    + Sensitivity -----------------------------------------------------------------+
    |    # LAYER                      KERN  PRUNE ACCURACY   AT 50%     LOSS TIE   |
    |    1 conv1                        16     0% ###==.____  -22.5    +0.63 A     |
    |    2 layer1.0.conv1               16     0% ####==-.__  -12.9    +0.36       |
    |    3 layer1.0.conv2               16     0% ###==.____  -22.5    +0.63 A     |
    |>   4 layer1.1.conv1               16    20% #####==-._   -9.0    +0.25       |
    |    5 layer1.1.conv2               16     0% ###==.____  -22.5    +0.63 A     |
    |    6 layer2.0.conv1               32     0% ######==-.   -6.9    +0.19       |
    |    7 layer2.0.conv2               32     0% ######===-   -5.6    +0.16 B     |
    |accuracy %  91.2 > 89.8 at 20%          loss  0.310 > 0.350 at 20%            |
    |91.2 |ooooooooo                         1.12 |       *                      oo|
    |     |       * ooooooo                       |       *                  oooo  |
    |     |       *        ooooooo                |       *               ooo      |
    |73.2 |       *               ooo        0.72 |       *           oooo         |
    |     |       *                  oooo         |       *        ooo             |
    |     |       *                      oo       |       * ooooooo                |
    |55.2 |       *                          0.31 |ooooooooo                       |
    |     +--------------------------------       +--------------------------------|
    |      0            % gone           90        0            % gone           90|
    +------------------------------------------------------ 4/12 measured . by l2 -+
     layer1.1.conv1 at 50%: accuracy 91.2 > 82.2%, loss 0.310 > 0.560, 512 examples
     t suggest  + more  - less  e exact  d data  w write  / filter  z undo  ? help
    """#

  /// The plots beside the table of a large terminal.
  static let large = #"""
     1 Layers 2 Kernels 3 Shapes 4 Iter 5 Log 6 Sens 7 Train                ONNX opset 17 · 3×224×224, batch free · 46.8 MB   resnet18.onnx [+]
     734→730 k params −0.6%  136→120 M MACs −12%                                 sensitivity 90/120 ▕██████████████████████▌       ▏ ETA 1m 15s
    ┌ Sensitivity ─────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────┐
    │    # LAYER                   KERN  PRUNE ACCURACY   AT 50%     LOSS TIE     accuracy %  91.2 → 83.1 at 30%                               │
    │    1 conv1                     16    30% ███▇▅▄▁▁▁▁  −22.5    +0.63 A       91.2 │⠉⠉⠉⠒⠒⠒⠒⠤⣀         ⡇                                    │
    │    2 layer1.0.conv1            16     0% ███▇▇▆▄▃▁▁  −12.9    +0.36              │         ⠉⠑⠢⢄⡀    ⡇                                    │
    │▸   3 layer1.0.conv2            16    30% ███▇▅▄▁▁▁▁  −22.5    +0.63 A            │             ⠈⠑⠢⢄⡀⡇                                    │
    │    4 layer1.1.conv1            16     0% ████▇▇▆▅▃▂   −9.0    +0.25              │                 ⠈⠑⢄⡀                                  │
    │    5 layer1.1.conv2            16    30% ███▇▅▄▁▁▁▁  −22.5    +0.63 A            │                  ⡇ ⠈⠢⡀                                │
    │    6 layer2.0.conv1            32     0% █████▇▆▅▅▄   −6.9    +0.19              │                  ⡇   ⠈⠑⢄                              │
    │    7 layer2.0.conv2            32     0% █████▇▇▆▅▄   −5.6    +0.16 B            │                  ⡇      ⠑⢄                            │
    │    8 layer2.0.downsample.0     32     0% █████▇▇▆▅▄   −5.6    +0.16 B       73.2 │                  ⡇        ⠉⠢⡀                         │
    │    9 layer2.1.conv1            32     0% █████▇▇▆▆▅   −4.7    +0.13              │                  ⡇          ⠈⠢⡀                       │
    │   10 layer2.1.conv2            32     0% █████▇▇▆▅▄   −5.6    +0.16 B            │                  ⡇            ⠘⢄                      │
    │   11 layer3.0.conv1            64     0% ██████▇▇▆▆   −4.1    +0.11              │                  ⡇              ⠱⡀                    │
    │   12 layer3.0.conv2            64     0% ██████▇▇▆▆   −3.6    +0.10 C            │                  ⡇               ⠈⢢                   │
    │   13 layer3.0.downsample.0     64     0% ██████▇▇▆▆   −3.6    +0.10 C            │                  ⡇                 ⠑⠤⣀                │
    │   14 layer3.1.conv1            64     0% ██████▇▇▇▆   −3.2   +0.089         55.2 │                  ⡇                    ⠉⠒⠤⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀│
    │   15 layer3.1.conv2            64     0% ██████▇▇▆▆   −3.6    +0.10 C            └───────────────────────────────────────────────────────│
    │   16 layer4.0.conv1           128     0% ███████▇▇▆   −2.9   +0.081               0                       % gone                       90│
    │   17 layer4.0.conv2           128     0%                          — D       loss  0.310 → 0.535 at 30%                                   │
    │   18 layer4.0.downsample.0    128     0%                          — D       2.34 │                  ⡇                                  ⡠⠊│
    │   19 layer4.1.conv1           128     0%                          —              │                  ⡇                                ⡠⠊  │
    │   20 layer4.1.conv2           128     0%                          — D            │                  ⡇                              ⡠⠊    │
    │ = 21 fc                       250                                   output       │                  ⡇                           ⢀⠤⠊      │
    │                                                                                  │                  ⡇                         ⣀⠔⠁        │
    │                                                                                  │                  ⡇                      ⢀⡠⠊           │
    │                                                                                  │                  ⡇                    ⡠⠔⠁             │
    │                                                                             1.32 │                  ⡇                 ⢀⠔⠊                │
    │                                                                                  │                  ⡇              ⡠⠔⠊⠁                  │
    │                                                                                  │                  ⡇          ⣀⠤⠒⠉                      │
    │                                                                                  │                  ⡇      ⣀⠤⠒⠉                          │
    │                                                                                  │                  ⡇ ⣀⠤⠔⠊⠉                              │
    │                                                                                  │             ⣀⣀⠤⠤⠒⠒⠉                                   │
    │                                                                             0.31 │⣀⣀⣀⠤⠤⠤⠤⠔⠒⠒⠊⠉⠉     ⡇                                    │
    │                                                                                  └───────────────────────────────────────────────────────│
    │                                                                                   0                       % gone                       90│
    └────────────────────────────────────────────────────────────────────────────────────────────────────────────────── 9/12 measured · by l2 ─┘
     layer1.0.conv2: 2 tied layers moved along (same group).
     t suggest  + more  - less  e exact  d data  w write  / filter  z undo  ? help
    """#
}
