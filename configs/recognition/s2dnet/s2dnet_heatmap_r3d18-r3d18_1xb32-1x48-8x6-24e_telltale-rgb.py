# S2DNet on Telltale whose centres are expectations over heat maps of the
# synopsis. They learn at a tenth of the rate of other new layers, as the
# release's f_theta does; docs/telltale.md has other rates.
_base_ = './s2dnet_r3d18-r3d18_1xb32-1x48-8x6-24e_telltale-rgb.py'

model = dict(
    neck=dict(locator=dict(_delete_=True, type='HeatmapLocator')))
optim_wrapper = dict(
    paramwise_cfg=dict(custom_keys=dict(neck=dict(lr_mult=0.1))))
