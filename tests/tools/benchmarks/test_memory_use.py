"""Page faults and CPU time of this process."""

import memory_use


def test_usage_counts_memory_that_is_touched():
    before = memory_use.usage()
    memory = bytearray(64 << 20)  # zeros: not touched yet
    memory[::4096] = bytes(len(memory) // 4096)
    faults, user, system = memory_use.usage() - before
    assert faults >= 32  # at least one per 2 MB
    assert user + system > 0
