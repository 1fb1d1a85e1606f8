"""Define EfficientNet-Lite0 in torch. Refuses to load a checkpoint that does not fit tensor by tensor.

    picture -> stem 3x3/2 -> 16 inverted residual blocks in 7 stages -> head 1x1 -> mean -> code -> classifier

The attribute names are those of the checkpoint's tensors. The padding is TensorFlow's "SAME", with which the weights
were learned: at stride 2 an even side is padded at its far end more than at its near end.
Source of the shape: Tan and Le, "EfficientNet", 2019, and the EfficientNet-Lite release: no squeeze-and-excite, ReLU6.
"""

import copy
import pathlib
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.functional import pad
from torch.nn.utils import fuse_conv_bn_eval

STAGES = (  # expansion, kernel, stride, channels, repeats
    (1, 3, 1, 16, 1),
    (6, 3, 2, 24, 2),
    (6, 5, 2, 40, 2),
    (6, 3, 2, 80, 3),
    (6, 5, 1, 112, 3),
    (6, 5, 2, 192, 4),
    (6, 3, 1, 320, 1),
)
STEM_CHANNELS = 32
CODE_LENGTH = 1280
CLASSES = 1000
SMALLEST_RANGE = 1e-4  # of a folded channel's weights; moves its output by a quarter of an int8 level at most


class SameConv(nn.Conv2d):
    """Convolve with TensorFlow's "SAME" padding; at stride 2 the input's sides must be even."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        padding = kernel // 2 if stride == 1 else 0
        super().__init__(inputs, outputs, kernel, stride, padding, groups=groups, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return float (n, outputs, height / stride, width / stride) for float (n, inputs, height, width)."""
        if self.stride[0] == 2:
            total = self.kernel_size[0] - 2
            near, far = total // 2, total - total // 2
            x = pad(x, (near, far, near, far))
        return super().forward(x)


def _norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)


class Block(nn.Module):
    """Expand, convolve each channel by itself, project; add the input where the shape is kept."""

    def __init__(self, inputs: int, outputs: int, expansion: int, kernel: int, stride: int) -> None:
        super().__init__()
        middle = inputs * expansion
        self.expands = expansion != 1
        self.keeps_shape = stride == 1 and inputs == outputs
        if self.expands:
            self._expand_conv = SameConv(inputs, middle, 1)
            self._bn0 = _norm(middle)
        self._depthwise_conv = SameConv(middle, middle, kernel, stride, groups=middle)
        self._bn1 = _norm(middle)
        self._project_conv = SameConv(middle, outputs, 1)
        self._bn2 = _norm(outputs)
        self._relu = nn.ReLU6()

    def forward(self, x: Tensor) -> Tensor:
        """Return float (n, outputs, height / stride, width / stride)."""
        y = self._relu(self._bn0(self._expand_conv(x))) if self.expands else x
        y = self._relu(self._bn1(self._depthwise_conv(y)))
        y = self._bn2(self._project_conv(y))
        return x + y if self.keeps_shape else y


class Lite0(nn.Module):
    """Turn pictures into codes; the ImageNet classifier stands beside, to measure with."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv(3, STEM_CHANNELS, 3, stride=2)
        self._bn0 = _norm(STEM_CHANNELS)
        blocks, inputs = [], STEM_CHANNELS
        for expansion, kernel, stride, channels, repeats in STAGES:
            for i in range(repeats):
                blocks.append(Block(inputs, channels, expansion, kernel, stride if i == 0 else 1))
                inputs = channels
        self._blocks = nn.ModuleList(blocks)
        self._conv_head = SameConv(inputs, CODE_LENGTH, 1)
        self._bn1 = _norm(CODE_LENGTH)
        self._fc = nn.Linear(CODE_LENGTH, CLASSES)
        self._relu = nn.ReLU6()

    def forward(self, pictures: Tensor) -> Tensor:
        """Return codes, float (n, 1280), of pictures, float (n, height, width, 3), RGB, (pixel - 127) / 128."""
        x = pictures.permute(0, 3, 1, 2)
        x = self._relu(self._bn0(self._conv_stem(x)))
        for block in self._blocks:
            x = block(x)
        x = self._relu(self._bn1(self._conv_head(x)))
        return x.permute(0, 2, 3, 1).mean((1, 2))  # averaged over (2, 3), the converted file would transpose first

    def classify(self, codes: Tensor) -> Tensor:
        """Return ImageNet class indices, int64 (n,), of codes, float (n, 1280)."""
        with torch.inference_mode():
            return self._fc(codes).argmax(1)


def load(checkpoint: pathlib.Path) -> Lite0:
    """Build the network with the weights of `checkpoint`, ready for inference."""
    network = Lite0()
    network.load_state_dict(torch.load(checkpoint, map_location="cpu", weights_only=True), strict=True)
    return network.eval()


def fold(network: Lite0) -> Lite0:
    """Return a copy with the batch norms folded into the convolutions, fit for int8 weights by channel.

    Learning has left 130 of 21,008 channels dead: weights under 1e-5, a constant output (the next have 2e-3). The
    bias of 85 of them, in units of input scale x weight scale, does not fit int32: it lost its value, at worst its
    sign, and what a cast or a sum does then differs between processors. One weight of `SMALLEST_RANGE` makes the
    unit large enough.
    """
    folded = copy.deepcopy(network)
    for module in list(folded.modules()):
        for (conv_name, conv), (norm_name, norm) in pairwise(list(module.named_children())):
            if isinstance(norm, nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(conv, norm)
                weights = fused.weight.data.flatten(1)  # a view: one row a channel
                dead = weights.abs().amax(1) < SMALLEST_RANGE
                weights[dead] = 0
                weights[dead, 0] = SMALLEST_RANGE
                setattr(module, conv_name, fused)
                setattr(module, norm_name, nn.Identity())
    return folded


def count_macs(network: Lite0, side: int) -> int:
    """Count the multiply-accumulates of the convolutions for one picture of side x side pixels."""
    macs: list[int] = []

    def note(conv: nn.Module, _inputs: object, output: Tensor) -> None:
        macs.append(output[0, 0].numel() * conv.weight.numel())

    hooks = [m.register_forward_hook(note) for m in network.modules() if isinstance(m, nn.Conv2d)]
    with torch.inference_mode():
        network(torch.zeros(1, side, side, 3))
    for hook in hooks:
        hook.remove()
    return sum(macs)
