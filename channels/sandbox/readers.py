"""The sandbox's public: how many people have read, shared, liked and commented on something after so many seconds."""

from dataclasses import dataclass
from math import exp

# Most come on the first two days.
_SECONDS = 2 * 86_400
# Every so many, one finds nobody: the platforms leave such ones out of their figures.
_UNSEEN = 10


@dataclass(frozen=True)
class Crowd:
    """People, from the publication on; the numbers only grow."""

    reads: int
    shares: int
    likes: int
    comments: int


def crowd(number: int, seconds: float) -> Crowd:
    """Those of the publication with this number, the same whenever it is asked."""
    most = 0 if number % _UNSEEN == 0 else 200 + number * 7_919 % 5_000
    come = 1 - exp(-max(seconds, 0.0) / _SECONDS)
    return Crowd(*(int(most * share * come) for share in (1, 0.04, 0.03, 0.01)))
