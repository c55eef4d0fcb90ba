"""Procedural scenes with their inverse depth (numpy and OpenCV only).

Every image is synthesised from random numbers; no photograph, scan, mesh or
third-party asset is involved.  A scene is drawn with a small z-buffered
rasteriser (canvas.py) that works on image-space bounding boxes:

* planar 3-D polygons (ground, walls, boxes, tables, roofs ...): inverse depth of
  a plane is affine in pixel coordinates, texture is perspective correct;
* "soft" primitives (ellipses, capsules, lathe profiles) with a rounded relief;
* billboards cut out by arbitrary masks (fractal blobs, foliage, Fourier shapes).

`generate(seed, size)` returns (rgb uint8 [S,S,3], inverse depth float32 [S,S]);
inverse depth is 1/z in 1/metre along the optical axis, 0 for sky.  The result is
a function of the seed, the size and the kind alone.

    python -m scenes sheet.png [PER_KIND]     draws sample scenes
    python -m scenes.check                    compares scenes with their recorded hashes
"""
import cv2
import numpy as np

from .closeup import sc_close
from .finish import finish
from .indoor import sc_room, sc_table
from .outdoor import sc_field, sc_land, sc_street
from .shapes import sc_shapes
from .textures import bank

__all__ = ['SCENES', 'bank', 'generate']

cv2.setNumThreads(1)
F32 = np.float32

# How often each kind is drawn.
SCENES = [(sc_room, .25), (sc_table, .2), (sc_street, .11), (sc_land, .12), (sc_close, .16), (sc_field, .11), (sc_shapes, .05)]


def generate(seed, size=288, kind=None):
    rng = np.random.default_rng([20261122, int(seed)])
    w = np.array([s[1] for s in SCENES]); k = rng.choice(len(SCENES), p=w / w.sum()) if kind is None else kind
    with np.errstate(all='ignore'):
        C = SCENES[k][0](rng, size); rgb = finish(C)
    d = np.nan_to_num(np.clip(C.disp, 0, 10)).astype(F32)
    return rgb, d
