"""What an account may still do, for people to see."""

from datetime import datetime

from channels.base import Allowance
from content.quotas import Budget, Quotas, next_period


def allowance(budget: Budget, quotas: Quotas, now: datetime) -> Allowance:
    return Allowance(budget.name, quotas.left(budget), budget.most, next_period(budget.span, now))
