"""Procedural scenes with their inverse depth (numpy and OpenCV only).

Every image is synthesised from random numbers; no photograph, scan, mesh or
third-party asset is involved.  A scene of the first edition is drawn with a small
z-buffered rasteriser (canvas.py) that works on image-space bounding boxes:

* planar 3-D polygons (ground, walls, boxes, tables, roofs ...): inverse depth of
  a plane is affine in pixel coordinates, texture is perspective correct;
* "soft" primitives (ellipses, capsules, lathe profiles) with a rounded relief;
* billboards cut out by arbitrary masks (fractal blobs, foliage, Fourier shapes).

The second edition adds scenes of solids in space, drawn by a ray caster with cast
shadows (caster.py): rooms, table tops, faces, animals, leaves, thin things, waterfalls; some pictures have letters on them.

`generate(seed, size, edition=2)` returns (rgb uint8 [S,S,3], inverse depth float32 [S,S]);
inverse depth is 1/z in 1/metre along the optical axis, 0 for sky.  The result is
a function of the seed, the size, the kind and the edition alone.

    python -m scenes sheet.png [PER_KIND [EDITION]]   draws sample scenes
    python -m scenes.check                    draws scenes twice and compares them
"""
import cv2
import numpy as np

from .cast_scenes import CAST_SCENES
from .closeup import sc_close
from .finish import finish, lettering
from .indoor import sc_room, sc_table
from .outdoor import sc_field, sc_land, sc_street
from .shapes import sc_shapes
from .textures import bank

__all__ = ['CAST_SCENES', 'SCENES', 'bank', 'generate']

cv2.setNumThreads(1)
F32 = np.float32

# How often each kind is drawn.
SCENES = [(sc_room, .25), (sc_table, .2), (sc_street, .11), (sc_land, .12), (sc_close, .16), (sc_field, .11), (sc_shapes, .05)]


# Of the second edition's scenes, so many are of the first edition's kinds.
FIRST_SHARE = .4


def generate(seed, size=288, kind=None, edition=1):
    """A picture and its inverse depth; `kind` counts through SCENES, in edition 2 through CAST_SCENES."""
    rng = np.random.default_rng([20261122, int(seed)] + ([2] if edition == 2 else []))
    kinds = CAST_SCENES if edition == 2 and (kind is not None or rng.random() >= FIRST_SHARE) else SCENES
    w = np.array([s[1] for s in kinds]); k = rng.choice(len(kinds), p=w / w.sum()) if kind is None else kind
    with np.errstate(all='ignore'):
        C = kinds[k][0](rng, size); rgb = finish(C)
    if edition == 2 and rng.random() < .06: rgb = lettering(rng, rgb)
    d = np.nan_to_num(np.clip(C.disp, 0, 10)).astype(F32)
    return rgb, d
