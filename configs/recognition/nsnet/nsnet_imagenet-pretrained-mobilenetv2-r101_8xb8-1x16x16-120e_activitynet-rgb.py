# NSNet on ActivityNet, as in the ablations of the supplement: the recognizer
# is trained on single frames (75.5 mAP)
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/activitynet_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]
