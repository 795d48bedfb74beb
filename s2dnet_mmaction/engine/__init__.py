"""Hooks that the host lacks."""

from .hooks import TwoStageHook

__all__ = ['TwoStageHook']
