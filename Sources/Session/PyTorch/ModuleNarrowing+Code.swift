extension ModuleNarrowing {
  /// What the module does, whichever model it is of.
  static let code = #"""

    def prune_(model, optimizer=None):
        """Narrows the model in place and gives it back; an optimizer goes on with what is left of its state.

        Parameters stay the same objects, on their devices, in their types, and as trainable as they were; shared ones are
        narrowed once. Raises ValueError, with nothing changed, where the model is not the one that was exported.
        """
        cuts, attributes = _plan(model)
        for tensor, kept in cuts.values():
            _narrow(tensor, kept, optimizer)
        done = set()
        for name, module in model.named_modules():
            if id(module) not in done:
                done.add(id(module))
                _describe(_plain(name), module, attributes)
        return model


    def verify(model, example=None, tolerance=1e-3):
        """Compares the narrow model's outputs with those of the pruned file; gives the largest difference.

        The inputs are made up, the same ones for both. Where the model is called with something else than its inputs in their
        order, `example` is a tensor, a list, a tuple or a dictionary (of named arguments) that the inputs are put into.
        Raises AssertionError where a difference is larger than the tolerance, in parts of the output's mean magnitude.
        """
        if OUTPUTS is None:
            raise AssertionError("the pruned file's outputs were not computed: nothing to compare with")
        first = next((p for p in model.parameters() if p.is_floating_point()), torch.zeros(()))
        inputs = [_seeded(shape, whole).to(first.device, torch.int64 if whole else first.dtype) for shape, whole in INPUTS]
        training = [module for module in model.modules() if module.training]
        model.eval()
        try:
            with torch.no_grad():
                if isinstance(example, dict):
                    result = model(**_filled(example, iter(inputs)))
                else:
                    found = inputs if example is None else _filled(example, iter(inputs))
                    result = model(*found) if isinstance(found, (list, tuple)) else model(found)
        except Exception as error:
            raise AssertionError(f"the narrow model cannot be called: {error}{_advice()}") from error
        finally:
            for module in training:
                module.training = True
        results = [tensor for tensor in _tensors(result)]
        largest = 0.0
        if len(results) < len(OUTPUTS):
            raise AssertionError(f"the model gives {len(results)} tensors, the file {len(OUTPUTS)}")
        for number, (shape, samples, magnitude) in enumerate(OUTPUTS):
            tensor = results[number].detach().double().cpu()
            if tuple(tensor.shape) != shape:
                raise AssertionError(f"output {number} has the shape {tuple(tensor.shape)}, the file's {shape}{_advice()}")
            flat = tensor.flatten()
            count = len(samples)
            for place, expected in enumerate(samples):
                difference = abs(flat[place * flat.numel() // count].item() - expected) / max(magnitude, 1e-12)
                largest = max(largest, difference)
                if not difference <= tolerance:
                    raise AssertionError(f"output {number} differs from the file's by {difference:.1e} of its mean{_advice()}")
        return largest


    # What stays

    COMPUTED = ".\nAn exporter may have computed with its weights: narrow the model as a .pt2 program instead"


    def _plan(model):
        """The tensors to narrow, by id, each with what stays; and what stays of modules without such a tensor."""
        named = {}
        for items in (model.named_parameters(remove_duplicate=False), model.named_buffers(remove_duplicate=False)):
            named.update({_plain(name): tensor for name, tensor in items})
        modules = {_plain(name): module for name, module in model.named_modules(remove_duplicate=False)}
        place = _placing(named)
        cuts, attributes, unknown = {}, {}, []

        def add(tensor, kept, name):
            known = cuts.setdefault(id(tensor), (tensor, kept))
            if known[1] != kept:
                raise ValueError(f"{name} is shared by parts of the model that keep different channels")

        def fitting(names, shape, kept):
            """The first of the names whose tensor has the shape, and what stays along the axes of that."""
            for name in names:
                axes = _axes(named[name].shape, shape)
                if axes is not None:
                    return name, {axes[axis]: indices for axis, indices in kept.items()}
            return None

        for names, shape, kept, owner in KEPT:
            kept = {axis: _indices(text) for axis, text in kept.items()}
            found = [place(name) for name in names if place(name) in named]
            fits = fitting(found, shape, kept)
            if fits:
                add(named[fits[0]], fits[1], fits[0])
                continue
            if found and owner == "named":
                raise ValueError(f"{found[0]} has the shape {tuple(named[found[0]].shape)}, the exported model's had {shape}{COMPUTED}")
            parts = [place(name).rpartition(".") for name in names]
            if owner != "perhaps":
                # An exporter that writes a recurrent layer out step by step, or follows a function, names the module at most.
                own = [f"{parent}.{name}" for parent, _, _ in parts if parent and parent in modules
                       for name, _ in modules[parent].named_parameters()]
                alike = [fits for name in own if name in named and (fits := fitting([name], shape, kept))]
                if len(alike) == 1:
                    add(named[alike[0][0]], alike[0][1], alike[0][0])
                    continue
            # A module that does without: a normalization without parameters only has a number of channels, and a layer without
            # a bias has got that of the normalization that was folded into it.
            without = next((p for p, _, own in parts if hasattr(modules.get(p), own) and getattr(modules[p], own) is None), None)
            if without is not None and len(kept) == 1:
                attributes[without] = len(next(iter(kept.values())))
            elif owner == "named" or owner == "placed" and not any(p in modules for p, _, _ in parts):
                unknown.append(names[0] if names else f"parameter of the shape {shape}")
        if unknown:
            raise ValueError(
                "the model has no " + ", ".join(unknown[:8]) + (" ..." if len(unknown) > 8 else "")
                + COMPUTED)
        _add_normalizations(named, modules, place, cuts, add)
        for name, groups in GROUPS.items():
            attributes[place(name), "groups"] = groups
        _plan_attention(modules, cuts, attributes)
        return cuts, attributes


    def _placing(named):
        """How a name of the file is found in the model, which may be wrapped, or have been wrapped when it was exported."""
        wanted = [name for names, _, _, _ in KEPT for name in names[:1]]
        heads = {""} | {name.split(".")[0] + "." for name in named}
        tails = {""} | {name.split(".")[0] + "." for name in wanted}

        def placed(name, head, tail):
            return head + name.removeprefix(tail)

        choices = [(head, tail) for head in sorted(heads) for tail in sorted(tails) if not (head and tail)]
        head, tail = max(choices, key=lambda choice: sum(placed(name, *choice) in named for name in wanted))
        return lambda name: placed(name, head, tail)


    def _axes(shape, wanted):
        """The axis of a tensor that each axis of the wanted shape is; None where it has another shape.

        Exporters give vectors axes of extent 1."""
        if tuple(shape) == tuple(wanted):
            return {axis: axis for axis in range(len(shape))}
        own, others = ([axis for axis, extent in enumerate(s) if extent != 1] for s in (shape, wanted))
        if len(own) == len(others) == 1 and shape[own[0]] == wanted[others[0]]:
            return {others[0]: own[0]}
        return None


    def _plain(name):
        """A name without what torch.compile and DataParallel put into it."""
        return name.replace("_orig_mod.", "").replace("_orig_mod", "").removeprefix("module.")


    def _indices(text):
        """The numbers of "0-11,13"."""
        parts = [part.split("-") for part in text.split(",") if part]
        return [number for part in parts for number in range(int(part[0]), int(part[-1]) + 1)]


    # Batch normalizations that were folded


    def _add_normalizations(named, modules, place, cuts, add):
        """Finds the batch normalization behind each layer that took one in, and narrows it as the layer's kernels are."""
        order = [name for name, module in modules.items() if not list(module.children()) or _has_statistics(module)]
        norms = [name for name in order if _has_statistics(modules[name])]
        # Those of the file were found by the names of their statistics.
        free = [name for name in norms if id(modules[name].running_mean) not in cuts]
        for names, sums in FOLDED:
            weight = next((place(name) for name in names if place(name) in named), None)
            if weight is None or id(named[weight]) not in cuts:
                continue
            owner = weight.rpartition(".")[0]
            axis = 1 if isinstance(modules.get(owner), nn.modules.conv._ConvTransposeNd) else 0
            kept = cuts[id(named[weight])][1].get(axis)
            if kept is None:
                continue
            norm = _normalization(owner, modules, named[weight], axis, sums, order, free)
            if norm is None:
                continue
            free = [name for name in free if modules[name] is not modules[norm]]
            for tensor in _own_tensors(modules[norm]):
                add(tensor, {0: kept}, norm)


    def _normalization(owner, modules, weight, axis, sums, order, free):
        """The batch normalization that the file's weights say a layer took in; where they are others than the model's, the
        one behind it."""
        with torch.no_grad():
            magnitudes = weight.detach().double().abs().sum([a for a in range(weight.dim()) if a != axis]).cpu()

            def fits(scale):
                return all(abs(magnitudes[k].item() * scale(k) - s) <= 2e-3 * abs(s) + 1e-9 for k, s in sums.items())

            start = order.index(owner) if owner in order else 0
            behind = [name for name in order[start + 1:] + order[:start] if name in free]
            behind = [name for name in behind if weight.shape[axis:axis + 1] in {t.shape for t in _own_tensors(modules[name])}]
            fitting = []
            for name in behind:
                norm = modules[name]
                if norm.running_var is None:
                    continue
                scale = (norm.running_var.double() + norm.eps).rsqrt().cpu()
                if norm.weight is not None:
                    scale = scale * norm.weight.detach().double().cpu()
                if fits(lambda k: abs(scale[k].item())):
                    fitting.append(name)
        layers = [name for name in order[start + 1:] if getattr(modules[name], "weight", None) is not None]
        directly = layers[0] if layers and layers[0] in behind else None
        if fits(lambda k: 1.0):
            # Nothing was folded, or a normalization that changes nothing yet.
            return directly if directly in fitting else None
        return fitting[0] if fitting else directly


    def _has_statistics(module):
        """Whether it is a batch normalization, of PyTorch's own or frozen; some have an activation inside."""
        return isinstance(module, nn.modules.batchnorm._BatchNorm) or all(
            isinstance(getattr(module, name, None), torch.Tensor) for name in ("running_mean", "running_var")) and all(
            hasattr(module, name) for name in ("weight", "bias", "eps"))


    def _own_tensors(norm):
        tensors = [norm.weight, norm.bias, norm.running_mean, norm.running_var]
        return [tensor for tensor in tensors if tensor is not None]


    # Narrowing


    def _narrow(tensor, kept, optimizer):
        """Takes what stays of a parameter, of its gradient, and of what an optimizer holds for it."""
        shape = tensor.shape

        def taken(value):
            for axis, indices in kept.items():
                value = value.index_select(axis, torch.tensor(indices, device=value.device))
            return value.contiguous()

        with torch.no_grad():
            gradient, tensor.grad = (tensor.grad, None) if isinstance(tensor, nn.Parameter) else (None, None)
            tensor.data = taken(tensor.data)
            if gradient is not None:
                tensor.grad = taken(gradient)
            state = optimizer.state.get(tensor, {}) if optimizer is not None else {}
            for key, value in state.items():
                if isinstance(value, torch.Tensor) and value.shape == shape:
                    state[key] = taken(value)


    def _describe(name, module, attributes):
        """Has a module say the sizes that it has now."""
        weight = getattr(module, "weight", None)
        size = attributes.get(name)
        groups = attributes.get((name, "groups"))
        if isinstance(module, nn.modules.conv._ConvNd):
            module.groups = groups or module.groups
            first, second = weight.shape[0], weight.shape[1] * module.groups
            turned = isinstance(module, nn.modules.conv._ConvTransposeNd)
            module.in_channels, module.out_channels = (first, second) if turned else (second, first)
        elif isinstance(module, nn.Linear):
            module.out_features, module.in_features = weight.shape
        elif isinstance(module, nn.modules.batchnorm._NormBase):
            of = module.running_mean if module.running_mean is not None else weight
            module.num_features = len(of) if of is not None else size or module.num_features
        elif isinstance(module, nn.GroupNorm):
            module.num_channels = len(weight) if weight is not None else size or module.num_channels
            module.num_groups = groups or module.num_groups
        elif isinstance(module, (nn.LayerNorm, nn.RMSNorm)):
            if weight is not None:
                module.normalized_shape = tuple(weight.shape)
            elif size:
                module.normalized_shape = module.normalized_shape[:-1] + (size,)
        elif isinstance(module, nn.PReLU):
            module.num_parameters = len(weight)
        elif isinstance(module, (nn.Embedding, nn.EmbeddingBag)):
            module.num_embeddings, module.embedding_dim = weight.shape
        elif isinstance(module, nn.RNNBase):
            module.input_size, module.hidden_size = module.weight_ih_l0.shape[1], module.weight_hh_l0.shape[1]
            module.flatten_parameters()
        elif isinstance(module, nn.MultiheadAttention):
            if (name, "attention") in attributes:
                _describe_attention(module, *attributes[name, "attention"])


    # Attention


    class Attention(nn.MultiheadAttention):
        """torch.nn.MultiheadAttention for heads that are not as wide, all together, as what they read."""

        def forward(self, query, key, value, key_padding_mask=None, need_weights=True, attn_mask=None,
                    average_attn_weights=True, is_causal=False):
            batched = query.dim() == 3
            if batched and not self.batch_first:
                query, key, value = (tensor.transpose(0, 1) for tensor in (query, key, value))
            weights = self.in_proj_weight.split(self.widths)
            biases = self.in_proj_bias.split(self.widths) if self.in_proj_bias is not None else (None,) * 3
            query, key, value = (
                nn.functional.linear(tensor, weight, bias).unflatten(-1, (self.num_heads, -1)).transpose(-3, -2)
                for tensor, weight, bias in zip((query, key, value), weights, biases))
            scores = query @ key.transpose(-2, -1) * self.scale
            if attn_mask is not None:
                if attn_mask.dim() == 3 and batched:
                    attn_mask = attn_mask.unflatten(0, (-1, self.num_heads))
                scores = scores.masked_fill(attn_mask, -torch.inf) if attn_mask.dtype == torch.bool else scores + attn_mask
            if key_padding_mask is not None:
                padding = key_padding_mask[..., None, None, :] if batched else key_padding_mask
                scores = scores.masked_fill(padding, -torch.inf) if padding.dtype == torch.bool else scores + padding
            shares = scores.softmax(-1)
            result = nn.functional.dropout(shares, self.dropout, self.training) @ value
            result = self.out_proj(result.transpose(-3, -2).flatten(-2))
            if batched and not self.batch_first:
                result = result.transpose(0, 1)
            if not need_weights:
                return result, None
            return result, shares.mean(-3) if average_attn_weights else shares


    def _plan_attention(modules, cuts, attributes):
        """Finds out which heads stay and how wide they are; each must be as wide as the others."""
        for name, module in modules.items():
            weight = getattr(module, "in_proj_weight", None)
            if not isinstance(module, nn.MultiheadAttention) or weight is None or id(weight) not in cuts:
                continue
            width = module.embed_dim
            heads, widths = set(), []
            for number in range(3):
                rows = [index - number * width for index in _left(weight, 0, cuts) if index // width == number]
                counts = [sum(row // module.head_dim == head for row in rows) for head in range(module.num_heads)]
                left = [head for head, count in enumerate(counts) if count]
                heads.add(tuple(left))
                widths.append(len(rows))
                if len({counts[head] for head in left}) > 1:
                    heads.add(None)
            if len(heads) > 1 or widths[0] != widths[1] or module.bias_k is not None or module.add_zero_attn:
                raise ValueError(f"{name} would keep heads of different widths: narrow the model as a .pt2 program instead")
            attributes[name, "attention"] = len(heads.pop()), widths


    def _describe_attention(module, number, widths):
        scale = getattr(module, "scale", module.head_dim**-0.5)
        outer = module.in_proj_weight.shape[1]
        is_usual = widths == [outer] * 3 and scale == (outer // number) ** -0.5
        module.num_heads, module.head_dim = number, widths[0] // number
        module.embed_dim = module.kdim = module.vdim = outer
        if not is_usual:
            # Its own forward takes one number for all widths, and the fused one of an encoder's layer does.
            module.__class__, module._qkv_same_embed_dim = Attention, False
            module.widths, module.scale = widths, scale


    def _left(tensor, axis, cuts):
        kept = cuts.get(id(tensor), (None, {}))[1]
        return kept.get(axis, range(tensor.shape[axis]))


    # Comparing


    def _seeded(shape, whole):
        """Numbers between -1 and 1, or 0 and 1 where whole ones are read: the same everywhere."""
        count = 1
        for extent in shape:
            count *= extent
        bits = torch.arange(count, dtype=torch.int64) * 2654435761 % 2**32
        return (bits // 2**31 if whole else bits.double() / 2**31 - 1).reshape(shape)


    def _filled(example, inputs):
        if isinstance(example, torch.Tensor):
            return next(inputs).to(example.device, example.dtype)
        if isinstance(example, dict):
            return {key: _filled(value, inputs) for key, value in example.items()}
        if isinstance(example, (list, tuple)):
            return type(example)([_filled(value, inputs) for value in example])
        return example


    def _tensors(result):
        if isinstance(result, torch.Tensor):
            yield result
        elif isinstance(result, dict):
            for value in result.values():
                yield from _tensors(value)
        elif isinstance(result, (list, tuple)):
            for value in result:
                yield from _tensors(value)
        elif hasattr(result, "__dict__"):
            yield from _tensors(vars(result))


    def _advice():
        advice = ".\nA size may stand in a forward: narrow the model as a .pt2 program instead"
        lines = [f"{node} in {module or 'the model'}: {before} is {after} now" for node, module, before, after in SIZES]
        return advice + (".\nThe sizes that the file states:\n  " + "\n  ".join(lines[:12]) if lines else "")
    """#
}
