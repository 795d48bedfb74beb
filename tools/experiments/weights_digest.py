"""Print a digest of the weights in checkpoints: the same for the same bits.

The digest of a file differs each time, as mmengine saves the time with the
weights."""

import argparse
import hashlib

import torch


def weights_digest(file):
    """sha1 of the names, types, shapes and bits of all weights."""
    digest = hashlib.sha1()
    checkpoint = torch.load(file, map_location='cpu', weights_only=False)
    weights = checkpoint.get('state_dict', checkpoint)
    for name, weight in sorted(weights.items()):
        digest.update(f'{name} {weight.dtype} {tuple(weight.shape)} '.encode())
        digest.update(
            weight.contiguous().flatten().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('checkpoints', nargs='+')
    for file in parser.parse_args().checkpoints:
        print(weights_digest(file), file)


if __name__ == '__main__':
    main()
