"""What a predicted map is judged by while training; only its order and shape count, not its scale and shift."""
import torch
import torch.nn.functional as F


def stats(d):
    m = d[..., ::2, ::2].flatten(1).median(1)[0][:, None, None, None]
    return m, (d - m).abs().mean((1, 2, 3), keepdim=True)


def ordinal(q, d, i, j):
    """Ranking loss of pairs of pixels whose inverse depths differ by more than a tenth."""
    df, qf = d.flatten(1), q.flatten(1); di, dj = df.gather(1, i), df.gather(1, j); qi, qj = qf.gather(1, i), qf.gather(1, j)
    lab = torch.sign(di - dj) * (torch.maximum(di, dj) > 1.1 * torch.minimum(di, dj) + 1e-4)
    return (F.softplus(-2 * lab * (qi - qj)) * lab.abs()).sum() / lab.abs().sum().clamp_min(1)


def loss_fn(p, d, g):
    """Scale-shift-invariant L1 + multi-scale gradient + ordinal ranking, far and near pairs + weak anchor.

    The target is the square root of inverse depth: monotone, but mid-range objects count
    more against the ground right below the camera than they do in plain inverse depth.
    Nearly flat scenes (relative spread < 4 %) are down-weighted, they are ambiguous.
    """
    c = d.clamp_min(0).sqrt(); m, s = stats(c); t = ((c - m) / s.clamp_min(1e-5)).clamp(-4, 8)
    w = (s / (.04 * c.mean((1, 2, 3), keepdim=True) + 1e-6)).clamp(0, 1)
    pm, ps = stats(p); q = (p - pm) / ps.clamp_min(1e-3)
    r = (q - t) * w
    l1 = r.abs().mean(); anchor = ((p - t) * w).abs().mean()
    grad = 0.
    for k in (1, 2, 4, 8):
        e = F.avg_pool2d(r, k) if k > 1 else r
        grad = grad + (e[..., 1:] - e[..., :-1]).abs().mean() + (e[..., 1:, :] - e[..., :-1, :]).abs().mean()
    B, H, W, n, dev = d.shape[0], d.shape[2], d.shape[3], 1500, d.device
    pick = lambda hi: torch.randint(hi, (B, n), generator=g, device=dev)
    i, j = pick(H * W), pick(H * W); rank = ordinal(q, d, i, j)
    # pairs a few pixels apart: few of them span an edge, and those are what silhouettes are learned from
    y, x = i // W, i % W; y2 = (y + pick(13) - 6).clamp(0, H - 1); x2 = (x + pick(13) - 6).clamp(0, W - 1)
    edge = ordinal(q, d, i, y2 * W + x2)
    return l1 + .1 * anchor + .25 * grad + .5 * rank + .2 * edge, (l1.detach(), grad.detach(), rank.detach(), edge.detach())
