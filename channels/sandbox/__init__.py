"""Weibo and WeChat as real HTTP servers on loopback: the rehearsal ground, the embedded default and what tests run against.

They enforce what the platforms' contracts say, keep what was published, and show it as a reader sees it on a phone.
"""
