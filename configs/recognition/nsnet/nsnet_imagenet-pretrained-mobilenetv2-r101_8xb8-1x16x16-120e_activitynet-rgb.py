# NSNet on ActivityNet as in the supplement (75.5 mAP without TSN training of
# the recognizer, 80.8 with it)
_base_ = [
    '../../_base_/models/nsnet_mobilenetv2-r101.py',
    '../../_base_/datasets/activitynet_nsnet.py',
    '../../_base_/schedules/nsnet_120e.py',
    '../../_base_/default_runtime.py'
]
