"""The classifier with a hidden layer."""

import torch
import torch.nn.functional as F

from s2dnet_mmaction.models.heads import MobileNetV3Head


def test_each_frame_before_the_mean():
    head = MobileNetV3Head(5, 6, mid_channels=7, num_segments=2,
                           is_shift=False).eval()
    head.init_weights()
    x = torch.randn(4, 6, 3, 2)
    logits = head.fc_cls(F.hardswish(head.fc(x.mean((2, 3)))))
    torch.testing.assert_close(head(x, num_segs=2),
                               logits.view(2, 2, 5).mean(1))
    assert head.in_channels == 6
