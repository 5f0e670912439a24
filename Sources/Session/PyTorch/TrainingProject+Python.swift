import Datasets

extension TrainingProject {
  /// The training: settings that follow from the model and its data, and what is the same for every model.
  var python: String {
    let resize = configuration.resize
    // As for the program itself: pictures of a folder come to the size of the input.
    let input = inputShape.count == 4 ? inputShape : [nil, nil, nil, nil]
    let settings: [(String, String)] = [
      ("BATCH", Self.number(inputShape.first ?? nil)),
      ("CHANNELS", Self.number(input[1])),
      ("SIZE", Self.pair(resize?.height ?? input[2], resize?.width ?? input[3])),
      ("SHORTER", Self.number(resize?.shorter)),
      ("STRETCHED", resize?.mode == .stretch ? "True" : "False"),
      ("REVERSED", configuration.channels == .bgr ? "True" : "False"),
      ("SCALE", configuration.scale.map { "\($0)" } ?? "None"),
      ("MEAN", "\(configuration.mean ?? [0])"),
      ("DEVIATION", "\(configuration.deviation ?? [1])"),
      ("TARGET", ModuleNarrowing.quoted(configuration.target?.rawValue ?? "array")),
      ("DOWNSAMPLE", "\(configuration.downsample ?? 1)"),
      ("LOSS", ModuleNarrowing.quoted((configuration.loss ?? .crossEntropy).rawValue)),
    ]
    return Self.heading + settings.map { "\($0) = \($1)\n" }.joined() + Self.code
  }

  private static func number(_ value: Int?) -> String { value.map { "\($0)" } ?? "None" }

  private static func pair(_ height: Int?, _ width: Int?) -> String {
    guard let height, let width else { return "None" }
    return "(\(height), \(width))"
  }

  private static let heading = #"""
    #!/usr/bin/env python3
    """Trains pruned.pt2 further with PyTorch alone: on one device, or on several by torchrun.

        python3 train.py --data DATA
        torchrun --nproc-per-node 4 train.py --data DATA --bf16 --distil 0.5

    `trained.pt` gets the best weights so far, `checkpoint.pt` what `--resume` goes on from.
    """
    import argparse
    import gzip
    import math
    import os
    import pathlib
    import time

    import numpy as np
    import torch
    import torch.distributed as dist
    from torch.nn import functional as F
    from torch.nn.parallel import DistributedDataParallel
    from torch.utils.data import DataLoader, DistributedSampler, TensorDataset, random_split

    # How examples become the model's input. None: whatever they are; for SCALE 1/255 of bytes and 1 of other numbers.

    """#

  private static let code = #"""

    FOLDER = pathlib.Path(__file__).resolve().parent
    # Programs of torch.export say on each node whether it trains, here at this argument.
    MODES = {torch.ops.aten.batch_norm.default: 5, torch.ops.aten.dropout.default: 2, torch.ops.aten.dropout_.default: 2,
             torch.ops.aten.instance_norm.default: 5}
    LOSSES = {"mse": F.mse_loss, "l1": F.l1_loss, "charbonnier": lambda o, y: ((o - y) ** 2 + 1e-6).sqrt().mean(),
              "bce": F.binary_cross_entropy_with_logits}


    def arguments():
        parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
        parser.add_argument("--data", required=True, help="IDX files in a folder, an .npz of x and y, or a folder a class of pictures")
        parser.add_argument("--epochs", type=int, default=10)
        parser.add_argument("--batch-size", type=int, default=64, help="of each process (64)")
        parser.add_argument("--optimizer", choices=["sgd", "adamw"], default="sgd")
        parser.add_argument("--rate", type=float, help="for sgd 0.02, for adamw 0.001")
        parser.add_argument("--weight-decay", type=float, default=1e-4)
        parser.add_argument("--warmup", type=float, default=0.5, help="epochs before the rate falls along a cosine (0.5)")
        parser.add_argument("--augment", nargs="*", default=[], metavar="CHANGE", help="flip, crop=4, shift=2")
        parser.add_argument("--label-smoothing", type=float, default=0.0)
        parser.add_argument("--distil", type=float, default=0.0, help="the share of learning from original.pt2, 0 to 1 (0)")
        parser.add_argument("--temperature", type=float, default=4.0, help="of distillation (4)")
        parser.add_argument("--freeze-bn", action="store_true", help="normalizations keep their statistics")
        parser.add_argument("--bf16", action="store_true", help="compute in bfloat16 where that is safe")
        parser.add_argument("--validation", type=float, default=0.1, help="the share that is not learned from (0.1)")
        parser.add_argument("--workers", type=int, default=2, help="processes that read pictures (2)")
        parser.add_argument("--seed", type=int, default=0)
        parser.add_argument("--resume", action="store_true", help="go on from checkpoint.pt")
        return parser.parse_args()


    def idx(path):
        """The array of a file of MNIST's format."""
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            data = file.read()
        shape = np.frombuffer(data, ">i4", data[3], 4)
        return torch.from_numpy(np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(shape).copy())


    def examples(path):
        """Inputs [C, H, W] or of other shapes, each with its class or target."""
        if not path.exists():
            raise SystemExit(f"train.py: there is no {path}")
        if path.suffix == ".npz":
            arrays = np.load(path)
            x, y = torch.from_numpy(arrays["x"]), torch.from_numpy(arrays["y" if "y" in arrays else "x"])
        elif files := sorted(path.glob("*train*-ubyte*")):
            x, y = (idx(next(file for file in files if kind in file.name)) for kind in ("idx3", "idx1"))
        else:
            from torchvision import datasets, transforms
            sized = [transforms.Resize(SIZE)] if STRETCHED else [transforms.Resize(SHORTER or max(SIZE)), transforms.CenterCrop(SIZE)]
            steps = [transforms.Grayscale()] * (CHANNELS == 1) + sized + [transforms.PILToTensor()]
            folder = path / "train" if (path / "train").is_dir() else path
            return datasets.ImageFolder(folder, transforms.Compose(steps))
        if CHANNELS and x.dim() == 3:
            x = x[:, None]
        elif CHANNELS and x.dim() == 4 and x.shape[1] != CHANNELS:
            x = x.movedim(3, 1)
        return TensorDataset(x, y)


    def prepared(x, y, device, changes={}):
        """A batch as the network takes it, and what its output is compared with."""
        scale = SCALE or (1 / 255 if x.dtype == torch.uint8 else 1)
        x, y = x.to(device).float() * scale, y.to(device)
        x = x.flip(1) if REVERSED else x
        shape = [-1] + [1] * (x.dim() - 2)
        x = (x - torch.tensor(MEAN, device=device).view(shape)) / torch.tensor(DEVIATION, device=device).view(shape)
        if "flip" in changes:
            x = torch.where(torch.rand(len(x), 1, 1, 1, device=device) < 0.5, x.flip(3), x)
        for name, mode in (("crop", "constant"), ("shift", "replicate")):
            if by := int(changes.get(name, 0)):
                x = moved(x, by, mode)
        y = x if TARGET != "array" else y
        return F.avg_pool2d(x, DOWNSAMPLE) if DOWNSAMPLE > 1 else x, y


    def moved(x, by, mode):
        """Pictures, each moved by up to `by` pixels a side."""
        (n, c, h, w), device = x.shape, x.device
        padded = F.pad(x, [by] * 4, mode=mode)
        down, right = torch.randint(0, 2 * by + 1, (2, n, 1), device=device)
        rows, columns = down + torch.arange(h, device=device), right + torch.arange(w, device=device)
        numbers = torch.arange(n, device=device), torch.arange(c, device=device)
        return padded[numbers[0][:, None, None, None], numbers[1][:, None, None], rows[:, None, :, None], columns[:, None, None, :]]


    def load(name, device):
        program = torch.export.load(FOLDER / name)
        if device.type != "cpu":
            from torch.export.passes import move_to_device_pass
            program = move_to_device_pass(program, device)
        return program.module()


    def set_mode(model, trains, freezes_normalization=False):
        for node in model.graph.nodes:
            if node.target in MODES:
                node.update_arg(MODES[node.target], trains and not (freezes_normalization and "norm" in str(node.target)))
        model.recompile()


    def first(output):
        return output if isinstance(output, torch.Tensor) else first(next(iter(output.values() if isinstance(output, dict) else output)))


    def loss_of(output, y, smoothing=0.0):
        if LOSS != "cross-entropy":
            return LOSSES[LOSS](output, y.float())
        # 255 marks positions of a map of classes that have none.
        return F.cross_entropy(output, y.long(), label_smoothing=smoothing, ignore_index=255 if y.dim() > 1 else -100)


    def taught(output, wanted, temperature):
        """The distance from the teacher's answers: Hinton, Vinyals and Dean 2015."""
        if LOSS != "cross-entropy":
            return F.mse_loss(output, wanted)
        given, wanted = (F.log_softmax(x.float() / temperature, 1) for x in (output, wanted))
        count = output.numel() / output.shape[1]
        return F.kl_div(given, wanted, reduction="sum", log_target=True) * temperature**2 / count


    @torch.no_grad()
    def measure(model, loader, device):
        """Loss and accuracy over the examples of all processes."""
        sums = torch.zeros(3, device=device, dtype=torch.float64)
        for x, y in loader:
            x, y = prepared(x, y, device)
            output = first(model(x)).float()
            right = (output.argmax(1) == y).float().mean() if LOSS == "cross-entropy" else torch.tensor(math.nan)
            sums += torch.tensor([len(x) * loss_of(output, y).item(), len(x) * right.item(), len(x)], device=device)
        if dist.is_initialized():
            dist.all_reduce(sums)
        return (sums[0] / sums[2]).item(), (sums[1] / sums[2]).item()


    def told(epoch, loss, accuracy):
        return f"epoch {epoch:3d}  validation loss {loss:.4f}" + ("" if math.isnan(accuracy) else f"  accuracy {accuracy:.2%}")


    def main():
        args = arguments()
        if LOSS == "output-energy":
            args.distil = 1.0  # There is nothing else to learn from.
        ranks, rank, local = (int(os.environ.get(name, value)) for name, value in (("WORLD_SIZE", 1), ("RANK", 0), ("LOCAL_RANK", 0)))
        device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
        if ranks > 1:
            dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        torch.manual_seed(args.seed + rank)

        model = load("pruned.pt2", device)
        teacher = load("original.pt2", device) if args.distil else None
        trained = DistributedDataParallel(model) if ranks > 1 else model
        vectors, others = ([p for p in model.parameters() if (p.dim() > 1) == big] for big in (False, True))
        groups = [{"params": others, "weight_decay": args.weight_decay}, {"params": vectors, "weight_decay": 0.0}]
        optimizer = (torch.optim.SGD(groups, lr=args.rate or 0.02, momentum=0.9, nesterov=True) if args.optimizer == "sgd"
                     else torch.optim.AdamW(groups, lr=args.rate or 1e-3))

        data = examples(pathlib.Path(args.data))
        held = int(len(data) * args.validation)
        learned, held = random_split(data, [len(data) - held, held], torch.Generator().manual_seed(args.seed))
        batch = BATCH or args.batch_size
        sampler = DistributedSampler(learned, ranks, rank, seed=args.seed, drop_last=True)
        workers = 0 if isinstance(data, TensorDataset) else args.workers
        loader = DataLoader(learned, batch, sampler=sampler, drop_last=True, num_workers=workers)
        # Every process measures a part of its own.
        part = torch.utils.data.Subset(held, range(rank, len(held), ranks))
        checks = DataLoader(part, batch, drop_last=BATCH is not None, num_workers=workers)
        steps, warmup = max(1, args.epochs * len(loader)), max(1, int(args.warmup * len(loader)))
        schedule = torch.optim.lr_scheduler.LambdaLR(
            optimizer, lambda step: min((step + 1) / warmup, 0.5 + 0.5 * math.cos(math.pi * max(0, step - warmup) / max(1, steps - warmup))))

        epoch, best = 0, math.inf
        if args.resume:
            state = torch.load(FOLDER / "checkpoint.pt", map_location=device)
            model.load_state_dict(state["model"])
            optimizer.load_state_dict(state["optimizer"])
            schedule.load_state_dict(state["schedule"])
            epoch, best = state["epoch"], state["best"]
        changes = dict((change + "=1").split("=")[:2] for change in args.augment)
        loss, accuracy = measure(model, checks, device)
        if rank == 0:
            print(told(epoch, loss, accuracy), flush=True)
        for epoch in range(epoch + 1, args.epochs + 1):
            began = time.time()
            sampler.set_epoch(epoch)
            set_mode(model, True, args.freeze_bn)
            for x, y in loader:
                x, y = prepared(x, y, device, changes)
                with torch.autocast(device.type, torch.bfloat16, enabled=args.bf16):
                    output = first(trained(x))
                    loss = (1 - args.distil) * loss_of(output.float(), y, args.label_smoothing) if args.distil < 1 else 0
                    if teacher:
                        with torch.no_grad():
                            wanted = first(teacher(x))
                        loss = loss + args.distil * taught(output, wanted, args.temperature)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
            set_mode(model, False)
            loss, accuracy = measure(model, checks, device)
            if rank == 0:
                speed = len(loader) * batch * ranks / (time.time() - began)
                print(f"{told(epoch, loss, accuracy)}  {speed:.0f} examples/s", flush=True)
                if loss < best or not len(held):
                    torch.save(model.state_dict(), FOLDER / "trained.pt")
                best = min(best, loss)
                torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(),
                            "epoch": epoch, "best": best}, FOLDER / "checkpoint.pt")
        if ranks > 1:
            dist.destroy_process_group()


    if __name__ == "__main__":
        main()

    """#
}
