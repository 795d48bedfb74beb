"""Options of the Telltale data set."""

from dataclasses import dataclass, field, fields
from typing import Any, Tuple

import numpy as np

from ..._checks import require, require_int, require_ints

# Lights keep this many of their standard deviations apart.
LIGHTS_APART = 3
# Numbers that may not be 0; all others of type float may.
_POSITIVE = ('disc_radius_px', 'stripe_period_px', 'stripe_std_px',
             'stripe_std_frames', 'light_std_frames', 'plain_period_px')


def _require_number(name: str, got: Any) -> None:
    """Raise unless a finite number >= 0, or > 0 if 0 is not allowed."""
    positive = name in _POSITIVE
    expected = f'a finite number {">" if positive else ">="} 0'
    remedy = f'Set {name} to one.'
    is_number = isinstance(got, (int, float)) and not isinstance(got, bool)
    require(is_number, name, repr(got), expected, remedy, TypeError)
    require(
        np.isfinite(got) and (got > 0 if positive else got >= 0), name, got,
        expected, remedy)


@dataclass(frozen=True)
class SceneOptions:
    """What a video looks like. Brightness is in steps of 0..255.

    Args:
        frame_px: height and width.
        num_frames: shortest and longest video.
        disc_radius_px: of the disc.
        stripe_period_px: of the stripes.
        stripe_std_px: of the Gaussian by which they fade towards the rim.
        stripe_contrast: their amplitude at the peak of the light.
        stripe_std_frames: of the Gaussian by which they appear and fade.
        light_std_frames: of the same for the light.
        light_margin_frames: the peak keeps this far from both ends.
        ground_light: brightness that the light adds to the ground.
        disc_light: brightness that it adds to the disc.
        spread_px: largest distance of the disc from the middle, along y and
            along x, midway through the video. The places have a triangular
            distribution about the middle, as a camera follows its subject.
        drift_px: largest displacement of a disc along y and along x.
        num_decoys: grey discs that light up, each once, at another time than
            the disc of the class and without stripes.
        decoy_ground_light: as ground_light, of a decoy's light.
        colour_in_corner: whether the disc is dark grey and another one, in the
            corner that is farthest from it, has the colour of the group.
        plain_period_px: of the wide stripes on the ground of plain videos.
        plain_contrast: their amplitude.
        mottle: amplitude of the ground's pattern.
        noise_std: of the sensor, the same in all three channels.

    Raises:
        TypeError: if a count is no int.
        ValueError: if a number is out of range.
    """
    frame_px: int = 128
    num_frames: Tuple[int, int] = (36, 44)
    disc_radius_px: float = 13.0
    stripe_period_px: float = 6.0
    stripe_std_px: float = 4.3
    stripe_contrast: float = 95.0
    stripe_std_frames: float = 1.2
    light_std_frames: float = 2.5
    light_margin_frames: int = 4
    ground_light: float = 45.0
    disc_light: float = 30.0
    spread_px: float = 46.0
    drift_px: float = 6.0
    num_decoys: int = 0
    decoy_ground_light: float = 15.0
    colour_in_corner: bool = False
    plain_period_px: float = 40.0
    plain_contrast: float = 20.0
    mottle: float = 6.0
    noise_std: float = 14.0

    def __post_init__(self) -> None:
        require_ints('num_frames', self.num_frames, ('shortest', 'longest'),
                     'Give two numbers.')
        # A file holds a list in place of the pair.
        object.__setattr__(self, 'num_frames', tuple(self.num_frames))
        shortest, longest = self.num_frames
        require_int('num_frames', shortest, 2)
        require(shortest <= longest, 'num_frames', self.num_frames,
                '(shortest, longest)', 'Swap the two.')
        require_int('frame_px', self.frame_px, 2)
        require(self.frame_px % 2 == 0, 'frame_px', self.frame_px,
                'an even number', 'The video codec takes no other.')
        require_int('light_margin_frames', self.light_margin_frames, 0)
        require_int('num_decoys', self.num_decoys, 0)
        for option in fields(SceneOptions):
            if option.type is float:
                _require_number(option.name, getattr(self, option.name))
        require(isinstance(self.colour_in_corner, bool), 'colour_in_corner',
                self.colour_in_corner, 'True or False', 'Write one of them.',
                TypeError)
        # of the two discs' centres, where they come closest
        distance = 2**0.5 * ((self.frame_px - 1 - self.drift_px) / 2 -
                             self.disc_radius_px)
        require(
            not self.colour_in_corner or distance > 2 * self.disc_radius_px,
            'colour_in_corner', f'True in frames of {self.frame_px} px',
            'False, or room for two discs', 'Make frame_px larger, or '
            'disc_radius_px or drift_px smaller.')
        require(2 * self.light_margin_frames < shortest,
                'light_margin_frames', self.light_margin_frames,
                f'less than half of the shortest video, {shortest}',
                'Leave the light a frame to peak in: make num_frames at '
                f'least {2 * self.light_margin_frames + 1}.')
        apart = 2 * LIGHTS_APART * self.light_std_frames
        room = shortest - 2 * self.light_margin_frames - 1
        require(self.num_decoys == 0 or room >= apart, 'num_decoys',
                f'{self.num_decoys} in videos of {shortest} frames',
                f'0, or videos of {int(np.ceil(apart)) + shortest - room} '
                'frames or more', 'The lights of the decoys need room beside '
                'that of the disc: make the videos longer.')
        most = (self.frame_px - 1) / 2 - self.drift_px / 2
        require(self.spread_px <= most, 'spread_px', self.spread_px,
                f'at most {most} in a frame of {self.frame_px} px',
                'Lower it, or make frame_px larger: the centre of the disc '
                'stays in the frame, also as it drifts.')


@dataclass(frozen=True)
class TelltaleOptions(SceneOptions):
    """All numbers of the data set; those of the videos as SceneOptions.

    Args:
        num_train: number of training videos.
        num_val: number of validation videos.
        num_closeups: number of close-ups; 0: none.
        plain_share: share of the videos that are plain: their class shows in
            the synopsis, too.
        seed: of all random numbers.
        closeup: what the close-ups look like; a disc of its own colour is in
            all of them, also with colour_in_corner.

    Raises:
        TypeError: if a count is no int.
        ValueError: if a number is out of range.
    """
    num_train: int = 2300
    num_val: int = 400
    num_closeups: int = 1500
    plain_share: float = 0.0
    seed: int = 0
    closeup: SceneOptions = field(default=SceneOptions(
        frame_px=40, num_frames=(8, 8), stripe_std_frames=4.0,
        light_std_frames=4.0, light_margin_frames=1, ground_light=30.0,
        spread_px=8.0, drift_px=2.0, noise_std=8.0))

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, minimum in dict(
                num_train=1, num_val=1, num_closeups=0, seed=0).items():
            require_int(name, getattr(self, name), minimum)
        _require_number('plain_share', self.plain_share)
        require(self.plain_share <= 1, 'plain_share', self.plain_share,
                'a share from 0 to 1', 'Write 0.5 for half of the videos.')
        require(
            isinstance(self.closeup, SceneOptions), 'closeup',
            type(self.closeup).__name__, 'SceneOptions',
            'Give the looks of the close-ups.')
        for name in ('disc_radius_px', 'stripe_period_px', 'stripe_std_px'):
            require(
                getattr(self.closeup, name) == getattr(self, name),
                f'closeup.{name}', getattr(self.closeup, name),
                f'{getattr(self, name)}, as {name}',
                'Close-ups show the stripes of the videos: set both.')
