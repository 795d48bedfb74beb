"""Write what the authors' code answers, for tests:

    python -m tests.support.authors_afnet CHECKOUT tests/data

CHECKOUT is of https://github.com/BeSpontaneous/AFNet-pytorch, commit f20b92e.
It needs no torchvision. The weights and frames are those of filling.py.
"""

import importlib
import json
import sys
import types
from pathlib import Path

import numpy as np
import torch

from tests.support import afnet, filling


def networks(checkout):
    """Name, network and frames of the variants."""
    for name in ('torchvision', 'torchvision.transforms'):
        sys.modules.setdefault(name, types.ModuleType(name))
    sys.modules['torchvision'].transforms = sys.modules[
        'torchvision.transforms']
    sys.path.insert(0, f'{checkout}/ops')
    gate, resnet, mobilenet = (
        importlib.import_module(f'backbone.{name}')
        for name in ('gumbel_softmax', 'AF_ResNet', 'AF_MobileNetv3'))
    # no noise: the larger logit
    gate.GumbleSoftmax.sample_gumbel_like = (
        lambda self, logits, eps=1e-10: torch.zeros_like(logits))
    yield 'r50_tsm', resnet.AF_resnet50(False, shift=True, num_segments=8)
    yield 'r101_tsm', resnet.AF_resnet101(False, shift=True, num_segments=8)
    yield 'mobilenetv3', mobilenet.AF_mobilenetv3(
        False, num_segments=8, num_class=174)


@torch.no_grad()
def main():
    checkout, out = sys.argv[1:]
    for name, net in networks(checkout):
        # as in their files of Something-Something
        shapes = {f'base_model.{key}': list(value.shape)
                  for key, value in net.state_dict().items()}
        weights = afnet.filled(shapes)
        net.load_state_dict({key[len('base_model.'):]: value
                             for key, value in weights.items()})
        logits, masks = net.eval()(filling.frames(name, 1, 8).flatten(0, 1))
        np.savez_compressed(
            Path(out) / f'afnet_{name}_t8.npz',
            logits=logits.view(1, 8, -1).mean(1).numpy(),
            masks=torch.stack([mask.view(1, 8) for mask in masks]).numpy()
            .astype(np.uint8),
            keys=json.dumps(shapes, separators=(',', ':')),
            source=json.dumps(dict(
                repo='https://github.com/BeSpontaneous/AFNet-pytorch',
                commit='f20b92e', input=name)))


if __name__ == '__main__':
    main()
