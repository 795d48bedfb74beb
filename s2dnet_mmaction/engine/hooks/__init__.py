from .two_stage_hook import TwoStageHook

__all__ = ['TwoStageHook']
