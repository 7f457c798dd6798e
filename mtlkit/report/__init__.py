"""Executed notebooks and the claims' ledger as a site that works offline."""

from mtlkit.report.assemble import build

__all__ = ["build"]
