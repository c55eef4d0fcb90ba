"""Contact sheet and speed: python -m scenes sheet.png [PER_KIND [EDITION]]"""
import sys
import time
import cv2
import numpy as np
from . import CAST_SCENES, SCENES, bank, generate

SIZE = 192


def main(path, per_kind=6, edition=1):
    bank()
    rows = []
    for k, (draw, _) in enumerate(CAST_SCENES if edition == 2 else SCENES):
        t = time.time()
        row = [generate(1000 * k + i, SIZE, k, edition) for i in range(per_kind)]
        ms = (time.time() - t) / per_kind * 1e3
        print(draw.__name__, '%.1f ms' % ms, 'vertical-gradient rho %.2f' % np.mean([gradient_rho(d) for _, d in row]))
        rows += [np.hstack([rgb for rgb, _ in row]), np.hstack([gray(d) for _, d in row])]
    cv2.imwrite(path, np.vstack(rows)[..., ::-1])


def gradient_rho(d):
    """Spearman of inverse depth and image row."""
    y = np.mgrid[0:SIZE, 0:SIZE][0].ravel()
    rank = lambda a: np.argsort(np.argsort(a[::7]))
    return np.corrcoef(rank(d.ravel()), rank(y))[0, 1]


def gray(d):
    v = np.clip(d / max(np.percentile(d, 99), 1e-3), 0, 1) * 255
    return np.repeat(v.astype(np.uint8)[..., None], 3, 2)


if __name__ == '__main__':
    main(sys.argv[1], *map(int, sys.argv[2:4]))
