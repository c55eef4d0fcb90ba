"""Compare nets on made scenes that none was trained on: what a new edition is chosen by.

    python holdout.py ../depthmesh-tiny.fp16w.onnx run/depthmesh-tiny.fp16w.onnx --scenes 60

Prints, for the scenes of both editions, the means of Spearman, AbsRel and delta < 1.25 (scale and shift fitted)
and of the boundary F-score, for each net alone, averaged over the photo and its mirror image, and mixed half and
half with the heuristic as depthmesh uses it.  --folder DIR also writes the scenes as NAME_rgb.png and
NAME_disp.npy, for `npm run eval -- depth --dir DIR`.
"""
import argparse
import json
import os
import cv2
import numpy as np
from eval import HERE, Net, heuristic, metrics
from scenes import generate

FIRST_SEED = 4 * 10 ** 9
SIZE, MARGIN = 256, 32


def aligned(p, gt):
    A = np.stack([p.ravel(), np.ones(p.size, p.dtype)], 1); return (A @ np.linalg.lstsq(A, gt.ravel(), rcond=None)[0]).reshape(gt.shape)


def steps(d, threshold):
    """Pixels where sqrt(inverse depth) jumps by more than the threshold over two pixels."""
    e = np.zeros(d.shape, bool); e[:, 1:-1] |= np.abs(d[:, 2:] - d[:, :-2]) > threshold; e[1:-1] |= np.abs(d[2:] - d[:-2]) > threshold
    return e


def boundary(p, gt):
    """F-score of depth edges, two pixels of tolerance; nan where the truth has none."""
    g = np.sqrt(np.maximum(gt, 0)); h = .12 * (np.percentile(g, 98) - np.percentile(g, 2)) + 1e-6; near = np.ones((5, 5), np.uint8)
    a, b = steps(aligned(p, g), h), steps(g, h)
    if b.sum() < 20: return np.nan
    wide = lambda m: cv2.dilate(m.astype(np.uint8), near) > 0
    precision, recall = (a & wide(b)).sum() / max(a.sum(), 1), (b & wide(a)).sum() / b.sum()
    return 2 * precision * recall / max(precision + recall, 1e-9)


def main():
    ap = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ap.add_argument('models', nargs='+'); ap.add_argument('--scenes', type=int, default=60); ap.add_argument('--long', type=int, nargs='+', default=[288]); ap.add_argument('--folder', default='')
    a = ap.parse_args(); w = json.load(open(os.path.join(HERE, 'heuristic.json'))); z = lambda p: (p - p.mean()) / (p.std() + 1e-6)
    for edition in (1, 2):
        rows = {}
        for i in range(a.scenes):
            rgb, gt = generate(FIRST_SEED + i, SIZE, edition=edition); rgb, gt = np.ascontiguousarray(rgb[MARGIN:-MARGIN]), gt[MARGIN:-MARGIN]
            if a.folder:
                os.makedirs(a.folder, exist_ok=True); n = os.path.join(a.folder, 'e%d-%02d' % (edition, i)); cv2.imwrite(n + '_rgb.png', rgb[..., ::-1]); np.save(n + '_disp.npy', gt)
            maps = {'gradient': np.repeat(np.linspace(0, 1, gt.shape[0], dtype=np.float32)[:, None], gt.shape[1], 1), 'heuristic': (h := heuristic(rgb, w))}
            for at, path in enumerate(a.models, 1):
                for long in a.long:
                    net = NETS.setdefault((path, long), Net(path, long)); f = net(rgb, True); n = '%d %s, %d' % (at, os.path.basename(path).split('.')[0], long)
                    maps.update({n: net(rgb), n + ' flip': f, n + ' blend': z(f) / 2 + z(h) / 2})
            for n, p in maps.items(): rows.setdefault(n, []).append([*metrics(p, np.maximum(gt, 1e-3)).values(), boundary(p, gt)])
        print('edition %d, %d scenes%28s' % (edition, a.scenes, ''), 'spearman  absrel  delta125  boundary')
        for n, r in rows.items(): print('  %-44s %8.4f %8.4f %8.4f %8.4f' % (n, *np.nanmean(r, 0)), flush=True)


NETS = {}
if __name__ == '__main__':
    main()
