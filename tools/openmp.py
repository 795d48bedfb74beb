"""How OpenMP's threads wait. Import it before torch, which starts OpenMP.

By default they spin for milliseconds before they sleep. Beside any other
process that needs a core, such as a worker of the loader, the thread with
work waits for those that spin. After 1000 checks they sleep, which costs
nothing on an idle machine (docs/performance.md). Only GNU's OpenMP, which
comes with torch on Linux, reads this setting. What the user has set stays.
"""

import os

VARIABLES = ('OMP_WAIT_POLICY', 'GOMP_SPINCOUNT', 'KMP_BLOCKTIME')

if not any(name in os.environ for name in VARIABLES):
    os.environ['GOMP_SPINCOUNT'] = '1000'
